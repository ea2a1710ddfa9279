"""A place in a table day by day: the latest one that whoever speaks has told of the unit itself."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.reporting.figures.places import Place
from services.reporting.series.places import latest_by_day
from services.reporting.series.rules import Days
from tests.services.reporting.series.office import Office
from tests.services.reporting.support import FIRST

PORTAL = {
    "code": "portal_rank",
    "kind": "rank",
    "name": {"vi": "Xếp hạng cổng dịch vụ công"},
    "reconciliation_level": "commune",
    "authority": [["portal"], ["self_report"]],
    "cohorts": [{"code": "online", "name": {"vi": "Trực tuyến"}, "target_rate": "1"}],
}
DAYS = 6


def place(day: int, value: int, *, minute: int = 0) -> Place:
    return Place(FIRST + timedelta(days=day), datetime(2024, 7, 4, 0, minute, tzinfo=UTC), value, [])


def row(unit: str, day: int, value: int, **more: Any) -> dict[str, Any]:
    when = (FIRST + timedelta(days=day)).isoformat()
    return {"unit": unit, "indicator": "portal_rank", "day": when, "value": value, **more}


async def series(office: Office, unit: str, **asked: Any) -> list[int | None]:
    asked = {"to": (FIRST + timedelta(days=DAYS)).isoformat(), **asked}
    found = await office.ask("series", unit=unit, **{**asked, "indicator": "portal_rank"})
    assert {(one["exempt"], one["declined"], one["expected"], one["paused"]) for one in found["items"]} == {
        (None, None, None, False)
    }
    return [one["achieved"] for one in found["items"]]


def test_a_place_stands_until_another_is_told_or_somebody_else_speaks() -> None:
    days = Days(FIRST, FIRST + timedelta(days=6), FIRST + timedelta(days=5))
    begun = {2: FIRST + timedelta(days=1), 1: FIRST + timedelta(days=4)}
    told = [(2, place(1, 9)), (2, place(3, 7)), (2, place(3, 8, minute=1)), (2, place(5, 1))]
    assert latest_by_day(told, begun, days) == [None, 9, 9, 8, None, None, None]
    assert latest_by_day([*told, (1, place(5, 20))], begun, days) == [None, 9, 9, 8, None, 20, None]


async def test_a_place_has_totals_and_no_gains_and_nobody_above_has_one(office: Office) -> None:
    await office.set_up(indicators=[PORTAL])
    await office.send([row("25001", 1, 47), row("25002", 1, 9)], "self_report")
    await office.send([row("25001", 3, 30, cohort="online"), row("25002", 3, 4, cohort="online")], "portal")

    assert await series(office, "25001") == [None, 47, 47, 30, 30, 30, 30]
    assert await series(office, "25002") == [None, 9, 9, 4, 4, 4, 4]
    assert await series(office, "25002", cohort="online") == [None, None, None, 4, 4, 4, 4]
    assert await series(office, "25001", as_of="2024-04-06") == [None, 47, 47, *[None] * 4]
    middle = {"from": "2024-04-06", "to": "2024-04-07"}
    assert await series(office, "25001", **middle) == [47, 30]
    for unit in ("70", "688"):
        assert await series(office, unit) == [None] * 7, "places are never summed"
    assert await series(office, "25001", cumulative="false") == [None] * 7, "places have no gains"


async def test_the_graph_follows_places_in_the_same_way(office: Office) -> None:
    await office.set_up(indicators=[PORTAL])
    await office.send([row("25001", 1, 47), row("25001", 3, 30)], "portal")
    question = {"campaign": "bp", "units": ["25001", "688"], "indicators": ["portal_rank"], "cumulative": True}
    answer = await office.stack.call(
        *("reporting", "POST", "/internal/graph/series"),
        token=office.admin,
        json={**question, "to_day": (FIRST + timedelta(days=3)).isoformat()},
        after=",".join(office.tokens),
    )
    assert answer.status_code == 200, answer.text
    assert [one["achieved"] for one in answer.json()["items"]] == [[None, 47, 47, 30], []]


@pytest.mark.parametrize("seed", range(2))
async def test_a_place_of_a_day_is_the_figure_as_of_it_then_and_now(office: Office, clock: Any, seed: int) -> None:
    chance = random.Random(seed)
    await office.set_up(indicators=[PORTAL])
    shown = {}
    batches = []
    for step in range(3):
        for source in ("portal", "self_report"):
            rows = {}
            for _ in range(3):
                unit, day = chance.choice(["25001", "25002", "25003"]), chance.randrange(1, DAYS)
                rows[unit, day] = row(unit, day, chance.randrange(1, 60))
            batches.append(await office.send(list(rows.values()), source))
        if step == 2:
            withdrawn = batches.pop(chance.randrange(len(batches)))
            await office.tell("progress", "POST", f"/v1/batches/{withdrawn}/void", {"reason": "nhầm"})
        shown[clock.now().isoformat().replace("+00:00", "Z")] = await _places(office)
        clock.move(seconds=60)
    for moment, then in shown.items():
        assert await _places(office, known_at=moment) == then
    assert len({repr(one) for one in shown.values()}) == 3


async def _places(office: Office, **moment: str) -> dict[str, list[int | None]]:
    """The series of each commune, which its figures as of each day agree with."""
    found = {unit: await series(office, unit, **moment) for unit in ("25001", "25002", "25003")}
    for offset in range(DAYS + 1):
        day: date = FIRST + timedelta(days=offset)
        asked = {"indicator": "portal_rank", "depth": 2, "as_of": day.isoformat(), **moment}
        figures = {one["unit"]: one["achieved"] for one in (await office.ask("figures", **asked))["items"]}
        assert {unit: places[offset] for unit, places in found.items()} == {unit: figures[unit] for unit in found}
    return found
