from typing import Any

from tests.services.reporting.drive import CCCD, SIM, Drive, row


async def told(drive: Drive) -> None:
    """csdlqg speaks in 25001 from 3 May on, the operators in 25003; communes tell of both, hamlets of 9001."""
    await drive.begin(CCCD, SIM, reports={"hamlets": ["cccd"]})
    at = "2024-05-09T08:00:00Z"
    await drive.report("viettel", row("25001", "2024-05-01", 40), row("25003", "2024-05-01", 70), at=at)
    await drive.report("vnpt", row("25003", "2024-05-02", 30), at=at)
    await drive.report("csdlqg", row("25001", "2024-05-03", 50, mode="cumulative"), at=at, labels=["simulated"])
    await drive.report(
        "self_report",
        row("25001", "2024-05-02", 51),
        row("25001", "2024-05-05", 1),
        row("25003", "2024-05-02", 100),
        row("25003", "2024-05-02", 3, outcome="declined"),
        at=at,
    )
    await drive.report("hamlets", row("9001", "2024-05-04", 7), at="2024-05-09T09:00:00Z")


def sources(item: Any) -> dict[str, tuple[Any, ...]]:
    return {
        one["source"]: (one["group"], one["speaks"], one["value"], one["compared_with"], one["difference"])
        for one in item["sources"]
    }


async def test_every_source_stands_beside_whoever_speaks(drive: Drive) -> None:
    await told(drive)

    page = await drive.get("reconciliation", unit="25001", indicator="cccd")

    (item,) = page["items"]
    assert (page["tolerance"], page["as_of"], page["known_at"]) == ("0.02", "2024-07-03", None)
    assert (item["unit"], item["level"], item["indicator"], item["outcome"], item["value"]) == (
        "25001",
        "commune",
        "cccd",
        "achieved",
        50,
    )
    assert item["speaking"] == [{"group": 1, "sources": ["csdlqg"], "units": 1, "since": "2024-05-03"}]
    assert sources(item) == {
        "csdlqg": (1, True, 50, 50, 0),
        "viettel": (2, False, 40, 50, -10),
        "self_report": (3, False, 52, 50, 2),
        "hamlets": (None, False, 7, 50, -43),
    }
    assert next(one for one in item["sources"] if one["source"] == "self_report") == {
        "source": "self_report",
        "name": "Self_Report",
        "kind": "unit",
        "outcome": "achieved",
        "group": 3,
        "speaks": False,
        "value": 52,
        "group_value": 52,
        "compared_with": 50,
        "difference": 2,
        "difference_rate": {"numerator": 2, "denominator": 50, "printed": "4,00"},
        "beyond_tolerance": True,
        # On 2 May it stood beside Viettel's 40, on 3 and 4 May within 2 % of 50.
        "beyond_since": "2024-05-05",
        "last_day": "2024-05-05",
        "last_received_at": "2024-05-09T08:00:00Z",
    }


async def test_a_day_is_looked_at_with_whoever_spoke_then(drive: Drive) -> None:
    await told(drive)
    (item,) = (await drive.get("reconciliation", unit="25001", indicator="cccd", as_of="2024-05-02"))["items"]
    assert item["speaking"][0] == {"group": 2, "sources": ["viettel", "vnpt"], "units": 1, "since": "2024-05-01"}
    assert sources(item) == {"viettel": (2, True, 40, 40, 0), "self_report": (3, False, 51, 40, 11)}
    assert {one["source"]: one["beyond_since"] for one in item["sources"]}["self_report"] == "2024-05-02"


async def test_above_the_reconciliation_level_differences_are_summed_where_both_are_known(drive: Drive) -> None:
    await told(drive)
    items = (await drive.get("reconciliation", depth=1, indicator="cccd"))["items"]
    assert [(one["unit"], one["outcome"], one["value"]) for one in items] == [
        ("70", "achieved", 150),
        ("70", "declined", 3),
        ("688", "achieved", 50),
        ("689", "achieved", 100),
        ("689", "declined", 3),
    ]
    province = items[0]
    assert [(one["group"], one["units"]) for one in province["speaking"]] == [(1, 1), (2, 1)]
    # The operators are a group: 40 + 100 beside 50 + 100, Viettel's own part is 110.
    assert sources(province)["viettel"] == (2, True, 110, 150, -10)
    assert sources(province)["vnpt"] == (2, True, 30, 150, -10)
    assert sources(province)["csdlqg"] == (1, True, 50, 50, 0)
    assert sources(province)["self_report"] == (3, False, 152, 150, 2)


async def test_below_the_level_who_speaks_for_the_commune_is_compared_where_it_reports_that_deep(drive: Drive) -> None:
    await told(drive)
    (item,) = (await drive.get("reconciliation", unit="9001", indicator="cccd"))["items"]
    assert (item["value"], [one["group"] for one in item["speaking"]]) == (None, [1])
    assert sources(item) == {"hamlets": (None, False, 7, None, None)}


async def test_without_a_tolerance_nothing_is_flagged(drive: Drive) -> None:
    await drive.begin(commendation=None)
    await drive.report("csdlqg", row("25001", "2024-05-01", 1), at="2024-05-09T08:00:00Z")
    await drive.report("self_report", row("25001", "2024-05-01", 9), at="2024-05-09T08:00:00Z")
    page = await drive.get("reconciliation", unit="25001")
    assert page["tolerance"] is None
    assert [one["beyond_tolerance"] for one in page["items"][0]["sources"]] == [None, None]


async def test_pages_together_are_the_whole_list(drive: Drive) -> None:
    await told(drive)
    whole = (await drive.get("reconciliation", depth=5))["items"]
    assert len(whole) == 9
    for limit in (1, 2, 5):
        found, cursor = [], {}
        while cursor is not None:
            page = await drive.get("reconciliation", depth=5, limit=limit, **cursor)
            assert len(page["items"]) <= limit
            found += page["items"]
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
        assert found == whole
    asked = await drive.graph("sources", units=["25003", "25001", "x"], indicators=["cccd"])
    assert [(one["unit"], one["outcome"]) for one in asked["items"]] == [
        ("25003", "achieved"),
        ("25003", "declined"),
        ("25001", "achieved"),
    ]


async def test_a_token_sees_what_sources_say_of_its_own_units_alone(drive: Drive) -> None:
    await drive.begin(published_to=["*"])
    await drive.report(
        "csdlqg", row("25001", "2024-05-01", 1), row("25003", "2024-05-01", 1), at="2024-05-09T08:00:00Z"
    )
    own = await drive.get("reconciliation", units=("688",), depth=5)
    assert [one["unit"] for one in own["items"]] == ["688", "25001"]
    assert (await drive.ask("reconciliation", units=("688",), unit="25003"))[0] == 404
    assert (await drive.ask("reconciliation", units=("75",), unit="25003"))[0] == 404
    assert (await drive.ask("reconciliation", units=("75",)))[0] == 404


async def test_a_moment_knows_what_had_been_received(drive: Drive) -> None:
    await told(drive)
    page = await drive.get("reconciliation", unit="25001", indicator="cccd", known_at="2024-05-09T08:30:00Z")
    assert page["known_at"] == "2024-05-09T08:30:00Z"
    assert set(sources(page["items"][0])) == {"csdlqg", "viettel", "self_report"}
    before = await drive.get("reconciliation", unit="25001", indicator="cccd", known_at="2024-05-09T07:59:59Z")
    assert before["items"] == []


async def test_exempt_cases_are_left_out_where_their_sum_tells_of_a_sensitive_reason(drive: Drive) -> None:
    alone = CCCD | {"reasons": [{"code": "illness", "name": {"vi": "Ốm đau"}, "sensitive": True}]}
    await drive.begin(alone)
    await drive.report(
        "csdlqg", row("25001", "2024-05-01", 3, outcome="exempt", reason="illness"), at="2024-05-09T08:00:00Z"
    )
    assert (await drive.get("reconciliation", unit="25001"))["items"] == []
    told_all = await drive.get("reconciliation", unit="25001", scope="reporting:read reporting:sensitive")
    assert [(one["outcome"], one["value"]) for one in told_all["items"]] == [("exempt", 3)]
