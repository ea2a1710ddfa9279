"""Activities, milestones and places in a table: reported through progress, answered as figures."""

from typing import Any

import pytest

from tests.services.reporting.figures.test_real_path import UNITS
from tests.services.reporting.series.office import Office
from tests.services.reporting.support import NOON


def _indicator(code: str, kind: str, level: str = "commune") -> dict[str, Any]:
    more = {"reconciliation_level": level, "authority": [["portal"], ["self_report"]]}
    return {"code": code, "kind": kind, "name": {"vi": code}, **more}


@pytest.fixture
async def office(start: Any, clock: Any) -> Any:
    clock.set(NOON)
    async with start("quota", "progress", "reporting") as stack:
        one = Office(stack)
        kinds = [_indicator("news", "activity"), _indicator("issued", "milestone"), _indicator("portal_rank", "rank")]
        await one.set_up(indicators=kinds)
        yield one


def row(indicator: str, unit: str, day: int, value: int, **more: Any) -> dict[str, Any]:
    return {"unit": unit, "indicator": indicator, "day": f"2024-04-0{day}", "value": value, **more}


async def figures(office: Office, indicator: str, **asked: Any) -> dict[str, Any]:
    found = await office.ask("figures", **{"depth": 2, **asked, "indicator": indicator})
    return {one["unit"]: one for one in found["items"]}


async def test_an_activity_is_counted_without_a_quota_and_keeps_its_hedge(office: Office, clock: Any) -> None:
    await office.send([row("news", "25001", 5, 90, hedge="about"), row("news", "25002", 5, 44)], "portal")
    await office.send([row("news", "25003", 5, 30, hedge="about")], "self_report")
    found = await figures(office, "news")
    assert {code: (one["achieved"], one.get("hedge")) for code, one in found.items()} == {
        "70": (164, "about"),
        "688": (134, "about"),
        "689": (30, "about"),
        "25001": (90, "about"),
        "25002": (44, None),
        "25003": (30, "about"),
    }
    assert (found["70"]["quota"], found["70"]["rate"], found["70"]["band"]) == (None, None, "unknown")
    before = clock.now().isoformat().replace("+00:00", "Z")
    clock.move(seconds=60)
    await office.send([row("news", "25001", 7, 91, mode="cumulative"), row("news", "25003", 6, 31)], "portal")
    found = await figures(office, "news")
    assert [one["unit"] for one in found.values() if "hedge" in one] == [], "an exact total, another who speaks"
    assert found["70"]["achieved"] == 91 + 44 + 31
    assert "hedge" in (await figures(office, "news", as_of="2024-04-05"))["70"]
    then = await figures(office, "news", known_at=before)
    assert (then["70"]["achieved"], then["70"].get("hedge")) == (164, "about")


async def test_of_a_milestone_so_many_units_have_done_it_of_those_that_are_expected_to(
    office: Office, clock: Any
) -> None:
    await office.send([row("issued", "25001", 5, 1), row("issued", "25003", 5, 1)], "portal")
    before = clock.now().isoformat().replace("+00:00", "Z")
    clock.move(seconds=60)
    await office.send([row("issued", "25001", 6, 1), row("issued", "25003", 6, 0)], "portal")
    found = await figures(office, "issued")
    coverage = {code: (one["achieved"], *one["coverage"].values()) for code, one in found.items()}
    assert coverage == {
        "70": (1, 2, 3),
        "688": (1, 1, 2),
        "689": (0, 1, 1),
        "25001": (1, 1, 1),
        "25002": (None, 0, 1),
        "25003": (0, 1, 1),
    }
    assert (await figures(office, "issued", as_of="2024-04-04"))["70"]["coverage"] == {"reported": 0, "expected": 3}
    then = (await figures(office, "issued", known_at=before))["70"]
    assert (then["achieved"], then["coverage"]) == (2, {"reported": 2, "expected": 3})
    (item,) = (
        await office.ask("series", unit="70", **{"indicator": "issued", "from": "2024-04-05", "to": "2024-04-05"})
    )["items"]
    assert item["achieved"] == 2


async def test_a_place_in_a_table_is_a_units_own_latest_and_adds_up_to_nothing(office: Office, clock: Any) -> None:
    await office.send([row("portal_rank", "25001", 5, 47), row("portal_rank", "25002", 5, 9)], "self_report")
    await office.send([row("portal_rank", "25001", 4, 30)], "portal")
    before = clock.now().isoformat().replace("+00:00", "Z")
    clock.move(seconds=60)
    await office.send([row("portal_rank", "25001", 6, 1)], "portal")

    found = await figures(office, "portal_rank")
    assert {code: one["achieved"] for code, one in found.items()} == {
        "70": None,
        "688": None,
        "689": None,
        "25001": 1,
        "25002": 9,
        "25003": None,
    }
    assert (found["25001"]["last_day"], found["25001"]["rate"], found["25001"]["rank"]) == ("2024-04-06", None, None)
    assert (await figures(office, "portal_rank", as_of="2024-04-05"))["25001"]["achieved"] == 30, "by whoever speaks"
    assert (await figures(office, "portal_rank", known_at=before))["25001"]["achieved"] == 30
    every = await office.ask("figures", indicator="portal_rank", unit="25001")
    assert [one["indicator"] for one in every["items"]] == ["portal_rank"]


async def test_a_place_is_labelled_as_the_batch_was_that_told_of_it(office: Office) -> None:
    await office.send([row("portal_rank", "25001", 5, 47)], "self_report", labels=["imputed"])
    await office.send([row("portal_rank", "25002", 5, 9)], "self_report")

    found = await figures(office, "portal_rank")

    assert {code: one["labels"] for code, one in found.items() if one["labels"]} == {"25001": ["imputed"]}
    await office.send([row("portal_rank", "25001", 6, 3)], "self_report")
    assert (await figures(office, "portal_rank"))["25001"]["labels"] == []


async def test_where_units_are_merged_places_end_and_a_hedge_goes_on(office: Office) -> None:
    await office.send(
        [row("portal_rank", unit, 5, value) for unit, value in (("25001", 3), ("25002", 9), ("25003", 5))], "portal"
    )
    await office.send(
        [row("news", "25001", 5, 3, hedge="about"), row("news", "25002", 5, 9), row("news", "25003", 5, 5)], "portal"
    )
    communes = [one for one in UNITS if one["level"] == "commune"]
    units = [{**one, "valid_to": "2024-04-30"} for one in communes]
    units += [{**communes[0], "valid_from": "2024-05-01"}, {**communes[2], "code": "25009", "valid_from": "2024-05-01"}]
    await office.tell("quota", "PUT", "/v1/units", {"units": units})
    decision = {"number": "1", "date": "2024-04-20"}
    acts = [
        {"day": "2024-05-01", "decision": decision, "relation": relation, "predecessors": before, "successors": [after]}
        for relation, before, after in (("merge", ["25001", "25002"], "25001"), ("rename", ["25003"], "25009"))
    ]
    await office.tell("quota", "POST", "/v1/successions", {"successions": acts})

    places = await figures(office, "portal_rank", hierarchy="2024-05-01")
    news = await figures(office, "news", hierarchy="2024-05-01")

    assert {code: one["achieved"] for code, one in places.items() if code.startswith("25")} == {
        "25001": None,
        "25009": 5,
    }
    assert {code: (one["achieved"], one.get("hedge")) for code, one in news.items() if code.startswith("25")} == {
        "25001": (12, "about"),
        "25009": (5, None),
    }
