"""The newest reception of a unit, found among few days or many, and the last day that has a row."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.services.reporting.support import FIRST, ReadModel, indicator

COMMUNES = ("25001", "25002", "25003", "25004")
NOON = datetime(2024, 4, 4, 5, tzinfo=UTC)


def _at(day: date, *, days_later: float = 0.0) -> datetime:
    return NOON + (day - FIRST) + timedelta(days=days_later)


def _newest(told: dict[tuple[str, date], datetime], units: set[str], until: date) -> str | None:
    moments = [moment for (unit, day), moment in told.items() if unit in units and day <= until]
    return f"{max(moments):%Y-%m-%dT%H:%M:%SZ}" if moments else None


UNDER = {"70": set(COMMUNES), "688": set(COMMUNES[:2]), "689": set(COMMUNES[2:]), "690": set[str]()}


@pytest.mark.parametrize(("late_days", "seed"), [(0, 1), (2, 2), (5, 3), (40, 4)])
async def test_a_late_row_of_any_day_may_be_the_newest(written: Any, get: Any, late_days: int, seed: int) -> None:
    """Where rows of 40 days came late, all days are read; where of few, only those."""
    made_up = random.Random(seed)
    days = [FIRST + timedelta(days=one) for one in range(45)]
    late = set(made_up.sample(days, late_days))
    model = ReadModel(indicator("cccd"))
    told: dict[tuple[str, date], datetime] = {}
    for unit in COMMUNES:
        for day in days[: made_up.randint(1, 45)]:
            is_late = day in late and made_up.random() < 0.5
            moment = _at(day, days_later=made_up.randint(1, 60) if is_late else made_up.choice((0.1, 0.2)))
            moment = moment.replace(microsecond=0)
            told[unit, day] = moment
            model.report(unit, "cccd", 1, day=day, received_at=moment)
    await written(model)
    for until in (days[-1] + timedelta(days=10), days[20], days[3]):
        page = await get("figures", depth=1, as_of=until.isoformat())
        shown = {one["unit"]: one["last_received_at"] for one in page["items"] if one["unit"] in UNDER}
        assert shown == {unit: _newest(told, units, until) for unit, units in UNDER.items()}


async def test_the_last_day_is_one_of_which_a_row_is_left(written: Any, get: Any, reading: Any) -> None:
    model = ReadModel(indicator("cccd"))
    days = [FIRST + timedelta(days=one) for one in range(3)]
    for day in days:
        model.report("25001", "cccd", 1, day=day, received_at=_at(day))
    await written(model)
    async with reading.connection("reporting") as connection:
        await connection.execute("UPDATE rollup_day SET rows = 0 WHERE day > $1", days[0])
    (figure,) = (await get("figures", unit="25001"))["items"]
    assert figure["last_day"] == days[0].isoformat()
    assert figure["last_received_at"] == "2024-04-06T05:00:00Z"
