from typing import Any

from tests.services.reporting.drive import CCCD, Drive, indicator, row

DOSSIERS = indicator("dossiers", ["csdlqg"], kind="flow", reasons=[])
AT = "2024-05-09T08:00:00Z"


async def told(drive: Drive, **changes: Any) -> None:
    """Each kind of contradiction once, and beside each something that is none."""
    await drive.begin(CCCD, DOSSIERS, reports={"hamlets": ["cccd"]}, **changes)
    await drive.plan(None, "1", p70=1000)
    await drive.plan("70", "2", d688=200, d689=100)
    await drive.plan("688", "3", c25001=50, c25002=150)
    await drive.report("csdlqg", row("25001", "2024-05-01", 45), row("25002", "2024-05-01", 149), at=AT)
    await drive.report("csdlqg", row("25001", "2024-05-01", 6, outcome="declined"), at=AT)
    # The hamlets of 25001 tell of more than the commune has.
    await drive.report(
        "hamlets", row("9001", "2024-05-02", 40), row("9002", "2024-05-02", 6), at="2024-05-10T08:00:00Z"
    )
    flow = {"code": "dossiers"}
    await drive.report(
        "csdlqg",
        row("25001", "2024-05-01", 10, outcome="carried_over", **flow),
        row("25001", "2024-05-01", 5, outcome="received", **flow),
        row("25001", "2024-05-02", 3, outcome="resolved", **flow),
        row("25001", "2024-05-03", 12, outcome="carried_over", **flow),
        row("25001", "2024-05-04", 14, outcome="carried_over", **flow),
        at=AT,
    )


def outline(page: Any) -> list[tuple[Any, ...]]:
    return [(one["unit"], one["kind"], one["day"], one["value"], one["limit"]) for one in page["items"]]


async def test_contradictions_are_listed_with_their_numbers(drive: Drive) -> None:
    await told(drive)

    page = await drive.get("contradictions")

    # A stock of 12 is what was left, one of 14 the day after is not.
    assert outline(page) == [
        ("25001", "outcomes_above_quota", "2024-07-03", 51, 50),
        ("25001", "children_above_parent", "2024-07-03", 46, 45),
        ("25001", "opening_stock", "2024-05-04", 14, 12),
    ]
    assert (page["total"], page["next_cursor"], page["known_at"]) == (3, None, None)
    first, second, third = page["items"]
    assert (first["numbers"], first["difference"], first["level"], first["cohort"]) == (
        {"achieved": 45, "declined": 6},
        1,
        "commune",
        None,
    )
    assert (second["source"], second["indicator"], third["indicator"]) == ("hamlets", "cccd", "dossiers")
    assert all(one["what_to_do"] for one in page["items"])
    days: dict[str, Any] = {"from": "2024-04-04", "to": "2024-07-03"}
    breaks = await drive.get("flows", unit="25001", indicator="dossiers", **days)
    assert [(one["day"], one["stated"], one["expected"]) for one in breaks["breaks"]] == [("2024-05-04", 14, 12)]


async def test_a_day_and_a_moment_know_what_was_told_then(drive: Drive) -> None:
    await told(drive)
    assert outline(await drive.get("contradictions", as_of="2024-05-01")) == [
        ("25001", "outcomes_above_quota", "2024-05-01", 51, 50)
    ]
    then = await drive.get("contradictions", known_at=AT, unit="25001", indicator="cccd")
    assert [one["kind"] for one in then["items"]] == ["outcomes_above_quota"]
    before = await drive.get("contradictions", known_at="2024-05-09T07:59:59Z")
    assert before["items"] == []


async def test_a_quota_that_is_revised_below_what_was_handed_down_is_found(drive: Drive) -> None:
    await drive.begin(allow_stretch=True)
    await drive.plan(None, "1", p70=250)
    await drive.plan("70", "2", d688=200, d689=100)
    assert outline(await drive.get("contradictions")) == [
        ("70", "quota_handed_down_above_received", "2024-07-03", 300, 250)
    ]


async def test_pages_follow_one_another_and_kinds_are_chosen(drive: Drive) -> None:
    await told(drive)
    whole = (await drive.get("contradictions"))["items"]
    found, cursor = [], {}
    while cursor is not None:
        page = await drive.get("contradictions", limit=1, **cursor)
        found += page["items"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert found == whole
    assert [one["day"] for one in (await drive.get("contradictions", kind="opening_stock"))["items"]] == ["2024-05-04"]
    assert (await drive.get("contradictions", level="district"))["items"] == []


async def test_a_printed_share_is_compared_with_what_roundings_yield(drive: Drive) -> None:
    await told(drive)
    asked: dict[str, Any] = {"unit": "25001", "indicator": "cccd"}
    assert (await drive.get("contradictions", printed="90,00", **asked))["items"] == []
    (wrong,) = (await drive.get("contradictions", printed="91", **asked))["items"]
    assert (wrong["kind"], wrong["value"], wrong["limit"], wrong["printed"]) == ("printed_share", 45, 50, "91")
    assert (await drive.ask("contradictions", printed="91.0", **asked))[1]["code"] == "share_not_printed"
    assert (await drive.ask("contradictions", printed="91"))[1]["code"] == "invalid_input"
    nothing = await drive.ask("contradictions", printed="91", unit="25003", indicator="cccd")
    assert nothing[1]["code"] == "share_of_nothing"


async def test_a_token_sees_what_contradicts_itself_in_its_own_units(drive: Drive) -> None:
    await told(drive, published_to=["*"])
    assert len((await drive.get("contradictions", units=("688",)))["items"]) == 3
    assert (await drive.get("contradictions", units=("689",)))["items"] == []
    assert (await drive.ask("contradictions", units=("689",), unit="25001"))[0] == 404
    assert (await drive.ask("contradictions", units=("75",)))[0] == 404


async def test_exempt_cases_that_would_tell_are_not_counted_against_the_quota(drive: Drive) -> None:
    alone = CCCD | {"reasons": [{"code": "illness", "name": {"vi": "Ốm đau"}, "sensitive": True}]}
    await drive.begin(alone)
    await drive.plan(None, "1", p70=10)
    await drive.plan("70", "2", d688=10)
    await drive.plan("688", "3", c25001=10)
    await drive.report(
        "csdlqg",
        row("25001", "2024-05-01", 9),
        row("25001", "2024-05-01", 2, outcome="exempt", reason="illness"),
        at=AT,
    )
    assert (await drive.get("contradictions"))["items"] == []
    told_all = await drive.get("contradictions", scope="reporting:read reporting:sensitive", unit="25001")
    assert [one["numbers"] for one in told_all["items"]] == [{"achieved": 9, "exempt": 2}]
