from typing import Any

from tests.services.reporting.drive import CCCD, Drive, row

COHORTS = {
    "cohorts": [
        {"code": "young", "name": {"vi": "Đến tuổi"}},
        {"code": "hard", "name": {"vi": "Khó tiếp cận"}},
    ]
}
MORNING, NOON, EVENING = "2024-05-09T02:00:00Z", "2024-05-09T05:00:00Z", "2024-05-09T11:00:00Z"


async def told(drive: Drive, **changes: Any) -> dict[str, str]:
    """Batches by name: csdlqg speaks in 25001, the operators in 25003."""
    await drive.begin(CCCD | COHORTS | changes.pop("indicator", {}), reports={"hamlets": ["cccd"]}, **changes)
    daily = await drive.report(
        "csdlqg",
        row("25001", "2024-05-01", 40, cohort="young"),
        row("25001", "2024-05-02", 5, cohort="hard"),
        at=MORNING,
        labels=["b"],
    )
    total = await drive.report("csdlqg", row("25002", "2024-05-03", 60, mode="cumulative", cohort="hard"), at=NOON)
    await drive.report("csdlqg", row("25002", "2024-05-02", 999, cohort="hard"), at=MORNING)
    silent = await drive.report("viettel", row("25001", "2024-05-01", 33), row("25003", "2024-05-01", 8), at=NOON)
    more = await drive.report(
        "csdlqg", row("25001", "2024-05-02", 6, cohort="hard"), row("25002", "2024-05-04", 1, cohort="hard"), at=EVENING
    )
    await drive.report("hamlets", row("9001", "2024-05-04", 7), at=EVENING)
    return {"daily": daily, "total": total, "silent": silent, "more": more}


async def test_a_figure_comes_from_children_sources_and_batches(drive: Drive) -> None:
    batches = await told(drive)

    found = await drive.get("explain", unit="70", indicator="cccd")

    assert (found["value"], found["withheld"], found["basis"], found["lines"]) == (115, False, None, [])
    assert [(one["kind"], one["unit"], one["value"]) for one in found["parts"]] == [
        ("child", "688", 107),
        ("child", "689", 8),
    ]
    assert found["sources"] == [
        {
            "source": "csdlqg",
            "name": "Csdlqg",
            "kind": "register",
            "group": 1,
            "value": 107,
            "counted": 107,
            "not_counted": None,
            "since": None,
        },
        {
            "source": "viettel",
            "name": "Viettel",
            "kind": "operator",
            "group": 2,
            "value": 41,
            "counted": 8,
            "not_counted": "earlier_group_speaks",
            "since": "2024-05-01",
        },
        {
            "source": "hamlets",
            "name": "Hamlets",
            "kind": "unit",
            "group": None,
            "value": 7,
            "counted": 0,
            "not_counted": "in_no_group",
            "since": None,
        },
    ]
    assert found["batches"][0] == {
        "batch": batches["daily"],
        "source": "csdlqg",
        "received_at": MORNING,
        "labels": ["b"],
        "amends": False,
        # The row of 2 May was corrected.
        "rows": 1,
        "value": 40,
    }
    # What came before a total of all does not count.
    assert [(one["batch"], one["rows"], one["value"]) for one in found["batches"][1:]] == [
        (batches["total"], 1, 60),
        (batches["silent"], 1, 8),
        (batches["more"], 2, 7),
    ]


async def test_a_unit_that_was_told_of_itself_is_a_part_of_its_own(drive: Drive) -> None:
    await told(drive)
    found = await drive.get("explain", unit="25001", indicator="cccd")
    assert found["value"] == 46
    assert [(one["kind"], one["unit"], one["value"]) for one in found["parts"]] == [
        ("child", "9001", None),
        ("child", "9002", None),
        ("own", "25001", 46),
    ]
    young = await drive.get("explain", unit="25001", indicator="cccd", cohort="young")
    assert (young["value"], young["sources"][0]["counted"], len(young["sources"])) == (40, 40, 1)
    hamlet = await drive.get("explain", unit="9001", indicator="cccd")
    assert (hamlet["value"], hamlet["sources"][0]["not_counted"]) == (None, "in_no_group")


async def test_a_moment_and_a_day_are_explained_by_what_was_known_then(drive: Drive) -> None:
    batches = await told(drive)
    then = await drive.get("explain", unit="25001", indicator="cccd", known_at=NOON)
    assert (then["value"], then["known_at"]) == (45, NOON)
    assert [(one["batch"], one["value"]) for one in then["batches"]] == [(batches["daily"], 45)]
    day = await drive.get("explain", unit="25001", indicator="cccd", as_of="2024-05-01")
    assert (day["value"], [one["value"] for one in day["batches"]]) == (40, [40])


async def test_batches_come_in_pages_that_add_up(drive: Drive) -> None:
    await told(drive)
    whole = await drive.get("explain", unit="70", indicator="cccd")
    found, cursor = [], {}
    while cursor is not None:
        page = await drive.get("explain", unit="70", indicator="cccd", limit=1, **cursor)
        assert (page["value"], page["batches_total"], len(page["batches"])) == (115, 4, 1)
        found += page["batches"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert found == whole["batches"]
    assert sum(one["value"] for one in found) == 115


async def test_a_quota_comes_from_the_lines_received_or_from_the_children(drive: Drive) -> None:
    await told(drive)
    await drive.plan(None, "128/KH", p70=1000, cohort="young")
    await drive.plan(None, "129/KH", p70=200, day="2024-04-10", cohort="hard")
    await drive.plan("70", "1/KH", d688=700, cohort="young")

    top = await drive.get("explain", unit="70", indicator="cccd", outcome="quota")
    assert (top["value"], top["basis"], top["parts"]) == (1200, "received", [])
    assert [(one["number"], one["date"], one["cohort"], one["amount"], one["from_unit"]) for one in top["lines"]] == [
        ("128/KH", "2024-04-04", "young", 1000, None),
        ("129/KH", "2024-04-10", "hard", 200, None),
    ]
    assert top["lines"][0]["plan"] == drive.plans["128/KH"]
    earlier = await drive.get("explain", unit="70", indicator="cccd", outcome="quota", as_of="2024-04-09")
    assert (earlier["value"], [one["amount"] for one in earlier["lines"]]) == (1000, [1000])
    district = await drive.get("explain", unit="688", indicator="cccd", outcome="quota")
    assert [(one["amount"], one["from_unit"]) for one in district["lines"]] == [(700, "70")]
    nothing = await drive.get("explain", unit="25003", indicator="cccd", outcome="quota")
    assert (nothing["value"], nothing["basis"], nothing["lines"]) == (None, None, [])


async def test_exempt_cases_are_told_of_all_together_or_not_at_all(drive: Drive) -> None:
    alone = {"reasons": [{"code": "illness", "name": {"vi": "Ốm đau"}, "sensitive": True}]}
    await told(drive, indicator=alone)
    await drive.report(
        "csdlqg", row("25001", "2024-05-01", 3, outcome="exempt", reason="illness", cohort="hard"), at=NOON
    )

    found = await drive.get("explain", unit="25001", indicator="cccd", outcome="exempt")
    assert (found["withheld"], found["value"], found["parts"], found["sources"], found["batches"]) == (
        True,
        None,
        [],
        None,
        None,
    )
    whole = await drive.get(
        "explain", unit="25001", indicator="cccd", outcome="exempt", scope="reporting:read reporting:sensitive"
    )
    assert (whole["withheld"], whole["value"], whole["batches"][0]["value"]) == (False, 3, 3)
    assert "illness" not in str(whole)


async def test_a_publication_shows_parts_and_no_ledger(drive: Drive) -> None:
    await told(drive, published_to=["*"])
    found = await drive.get("explain", unit="70", indicator="cccd", units=("75",))
    assert (found["value"], len(found["parts"])) == (115, 2)
    assert (found["sources"], found["batches"], found["batches_total"]) == (None, None, None)
    mixed = await drive.get("explain", unit="25001", indicator="cccd", units=("688",))
    assert mixed["batches_total"] == 2
    beside = await drive.get("explain", unit="25003", indicator="cccd", units=("688",))
    assert beside["batches"] is None


async def test_what_cannot_be_explained_is_refused(drive: Drive) -> None:
    await drive.begin()
    assert (await drive.ask("explain", unit="70", indicator="x"))[1]["code"] == "indicator_unknown"
    assert (await drive.ask("explain", unit="70", indicator="cccd", cohort="x"))[1]["code"] == "cohort_unknown"
    assert (await drive.ask("explain", unit="70", indicator="cccd", cohort="*"))[0] == 422
    assert (await drive.ask("explain", unit="70", indicator="cccd", outcome="received"))[0] == 422
    assert (await drive.ask("explain", unit="70", indicator="cccd", units=("688",)))[0] == 404
    assert (await drive.ask("explain", indicator="cccd"))[0] == 422
