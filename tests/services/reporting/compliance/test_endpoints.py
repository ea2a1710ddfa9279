from datetime import UTC, datetime
from typing import Any

from tests.services.reporting.drive import CCCD, SIM, Drive, row

PAUSE = {"first_day": "2024-05-04", "last_day": "2024-05-04", "indicators": [], "reason": "nghỉ"}


async def begin(drive: Drive, **changes: Any) -> None:
    await drive.begin(pauses=[PAUSE], **changes)
    await drive.plan(None, "1", p70=100)
    await drive.plan("70", "2", d688=100)
    await drive.plan("688", "3", day="2024-05-02", c25001=60, c25002=0)


async def statuses(drive: Drive, **asked: Any) -> list[tuple[str, ...]]:
    page = await drive.get("compliance", **{"from": "2024-05-01", "to": "2024-05-05", "unit": "25001", **asked})
    return [(one["day"][-2:], one["source"], one["status"], one["reason"] or "") for one in page["items"]]


async def test_each_report_is_on_time_late_missing_or_not_owed(drive: Drive) -> None:
    await begin(drive)
    await drive.report("csdlqg", row("25001", "2024-05-02", 1), at="2024-05-02T10:00:00Z")
    await drive.report("csdlqg", row("25001", "2024-05-03", 1), at="2024-05-03T10:00:01Z")
    # A zero is a report, and so is a hamlet's.
    await drive.report("csdlqg", row("25001", "2024-05-05", 0, outcome="declined"), at="2024-05-05T01:00:00Z")

    assert await statuses(drive, source="csdlqg") == [
        ("01", "csdlqg", "not_owed", "no_quota"),
        ("02", "csdlqg", "on_time", ""),
        ("03", "csdlqg", "late", ""),
        ("04", "csdlqg", "not_owed", "paused"),
        ("05", "csdlqg", "on_time", ""),
    ]
    assert {one[2] for one in await statuses(drive, source="self_report")} == {"missing", "not_owed"}
    (late,) = (await drive.get("compliance", source="csdlqg", status="late"))["items"]
    assert late == {
        "unit": "25001",
        "source": "csdlqg",
        "kind": "register",
        "day": "2024-05-03",
        "report": "daily",
        "status": "late",
        "reason": None,
        "due_at": "2024-05-03T10:00:00Z",
        "received_at": "2024-05-03T10:00:01Z",
        "missing": [],
        "late": ["cccd"],
    }
    # A quota of 0 owes nothing.
    page = await drive.get("compliance", unit="25002")
    assert {one["status"] for one in page["items"]} == {"not_owed"}


async def test_a_correction_makes_nothing_late_and_a_void_makes_it_missing(drive: Drive, clock: Any) -> None:
    await begin(drive)
    first = await drive.report("csdlqg", row("25001", "2024-05-02", 1), at="2024-05-02T08:00:00Z")
    await drive.report("csdlqg", row("25001", "2024-05-02", 2), at="2024-05-09T08:00:00Z")
    assert (await statuses(drive, source="csdlqg"))[1][2] == "on_time"
    await drive.void(first)
    assert (await statuses(drive, source="csdlqg"))[1][2] == "late"
    # Before the void it was there, before it came it was missing, and before the plan was issued nothing was owed.
    assert (await statuses(drive, source="csdlqg", known_at="2024-07-09T00:00:00Z"))[1][2] == "on_time"
    assert (await statuses(drive, source="viettel", known_at="2024-05-03T00:00:00Z"))[1][2] == "missing"
    known = await statuses(drive, source="viettel", known_at="2024-04-04T01:59:59Z")
    assert {one[2:] for one in known} == {("not_owed", "no_quota")}


async def test_before_it_is_due_a_report_is_not_owed_yet(drive: Drive, clock: Any) -> None:
    await begin(drive)
    await drive.report("csdlqg", row("25001", "2024-05-02", 1), at="2024-05-02T08:00:00Z")
    clock.set(datetime(2024, 5, 3, 10, tzinfo=UTC))
    assert (await statuses(drive, source="csdlqg"))[1:] == [
        ("02", "csdlqg", "on_time", ""),
        ("03", "csdlqg", "not_owed", "not_due"),
    ]
    clock.set(datetime(2024, 5, 3, 10, 0, 1, tzinfo=UTC))
    assert (await statuses(drive, source="csdlqg"))[2][2] == "missing"


async def test_a_report_on_several_indicators_is_as_good_as_its_worst(drive: Drive) -> None:
    await drive.begin(CCCD, SIM)
    for code in ("cccd", "sim"):
        await drive.plan(None, f"1{code}", code=code, p70=60)
        await drive.plan("70", f"2{code}", code=code, d688=60)
        await drive.plan("688", f"3{code}", code=code, c25001=60)
    await drive.report("viettel", row("25001", "2024-05-02", 1), at="2024-05-02T08:00:00Z")
    await drive.report("viettel", row("25001", "2024-05-02", 1, code="sim"), at="2024-05-02T10:00:01Z")
    await drive.report("viettel", row("25001", "2024-05-03", 1), at="2024-05-03T08:00:00Z")

    second, third = (
        await drive.get("compliance", source="viettel", unit="25001", **{"from": "2024-05-02", "to": "2024-05-03"})
    )["items"]

    assert (second["status"], second["late"], second["received_at"]) == ("late", ["sim"], "2024-05-02T10:00:01Z")
    assert (third["status"], third["missing"], third["received_at"]) == ("missing", ["sim"], None)
    alone = await drive.get("compliance", source="viettel", unit="25001", indicator="cccd", status="on_time")
    assert [one["day"] for one in alone["items"]] == ["2024-05-02", "2024-05-03"]


async def test_pages_together_are_the_whole_list_and_the_summary_counts_it(drive: Drive) -> None:
    await begin(
        drive,
        compliance={"level": "commune", "due_hour": 17, "final_report_due": "2024-05-10"},
    )
    await drive.report("csdlqg", row("25001", "2024-05-10", 1), at="2024-05-10T08:00:00Z")
    whole = await drive.get("compliance", limit=1000, to="2024-05-12")
    items = whole["items"]
    assert next(one for one in items if one["report"] == "final" and one["status"] == "on_time")["source"] == "csdlqg"
    # 39 days and a final report, of three communes, from four sources.
    assert len(items) == 40 * 3 * 4
    counts = whole["summary"]["counts"]
    assert counts["on_time"] == sum(one["status"] == "on_time" for one in items) == 2
    assert counts["missing"] == sum(one["status"] == "missing" for one in items)
    assert counts["not_owed"] == sum(one["status"] == "not_owed" for one in items)
    assert counts["on_time_share"]["denominator"] == counts["on_time"] + counts["missing"]
    assert [one["source"] for one in whole["summary"]["sources"]] == ["csdlqg", "self_report", "viettel", "vnpt"]
    for limit in (1, 7, 100):
        found, cursor = [], {}
        while cursor is not None and len(found) < 60:
            page = await drive.get("compliance", limit=limit, to="2024-05-12", **cursor)
            found += page["items"]
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
        assert found == items[: len(found)]
    day = await drive.graph("compliance", level="commune", day="2024-05-10")
    assert (day["counts"]["on_time"], day["first_day"], day["units"]) == (2, "2024-05-10", 3)


async def test_what_cannot_be_answered_is_refused(drive: Drive) -> None:
    await begin(drive, compliance=None)
    assert (await drive.ask("compliance"))[1]["code"] == "reports_not_required"
    assert (await drive.ask("compliance", level="commune"))[1]["code"] == "reports_not_required"
    asked: dict[str, Any] = {"from": "2024-05-02", "to": "2024-05-01"}
    assert (await drive.ask("compliance", level="commune", **asked))[1]["code"] == "days_reversed"
    assert (await drive.ask("compliance", unit="75"))[1]["code"] == "unit_not_found"
    assert (await drive.ask("compliance", indicator="x"))[1]["code"] == "indicator_unknown"


async def test_a_token_sees_reports_on_its_own_units_even_where_the_campaign_is_published(drive: Drive) -> None:
    await begin(drive, published_to=["*"])
    own = await drive.get("compliance", units=("25002",))
    assert {one["unit"] for one in own["items"]} == {"25002"}
    assert own["summary"]["units"] == 1
    stranger = await drive.get("compliance", units=("75",))
    assert (stranger["items"], stranger["summary"]["units"], stranger["summary"]["counts"]["missing"]) == ([], 0, 0)
    assert (await drive.ask("compliance", units=("75",), unit="25002"))[0] == 404
