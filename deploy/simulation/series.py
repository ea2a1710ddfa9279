"""What the sources reported: each series runs to its total along the weight of the days, in whole numbers.

The arithmetic is such that SQL does it alike (`deploy.simulation.bulk`).
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from deploy.loading.batches import Batch, Row
from deploy.loading.shares import mixed
from deploy.simulation.hierarchy import Unit
from deploy.simulation.scenario import INDICATORS, LABEL, ZONE, Indicator, Scenario

ROWS_A_BATCH = 5_000
CUMULATIVE_EVERY = 7
"""Exempt and declined cases come as running totals, so many days apart and on the last day."""
SILENT_STEP, SILENT_SPAN = 7_919, 53
"""A hamlet's own report of day d is missing where (number + d × step) is a multiple of the span."""
_LATE_EVERY = 11
"""On every so manieth day the units' own reports come after the hour at which they are due."""


class Series(NamedTuple):
    """One source's reports of one kind from one hamlet: `total` by the last day, shifted by `phase`."""

    unit: Unit
    indicator: Indicator
    source: str
    outcome: str
    reason: str | None
    total: int
    phase: int
    number: int
    """What decides on which days the report is missing; -1: on none."""

    @property
    def is_cumulative(self) -> bool:
        """Whether its rows are running totals."""
        return self.outcome != "achieved"


def all_series(scenario: Scenario, hamlets: list[Unit]) -> Iterator[Series]:
    """All series of these hamlets."""
    wholes = [max(1, scenario.running_weights(one)[-1]) for one in INDICATORS]
    for unit in hamlets:
        for place, indicator in enumerate(INDICATORS):
            yield from _of_one(scenario, unit, indicator, place, wholes[place])


def _of_one(scenario: Scenario, unit: Unit, indicator: Indicator, place: int, whole: int) -> Iterator[Series]:
    seed = scenario.seed
    quota = scenario.quotas[indicator.code][unit.code]
    commune = scenario.hierarchy.units[unit.parent_code or unit.code]
    # Communes differ more than the hamlets of one do; about every fifth commune goes beyond its quota.
    percent = 55 + mixed(seed, commune.number, place) % 46 + mixed(seed, unit.number, place) % 11
    achieved = quota * percent // 100
    stated = achieved * (97 + mixed(seed, unit.number, place, 2) % 7) // 100

    def series(source: str, outcome: str, reason: str | None, total: int, nth: int, *, silent: bool = False) -> Series:
        phase = mixed(seed, unit.number, place, nth) % whole
        return Series(unit, indicator, source, outcome, reason, total, phase, unit.number if silent else -1)

    yield series(scenario.register, "achieved", None, achieved, 3)
    yield series(scenario.field, "achieved", None, stated, 4, silent=True)
    left = max(0, quota - achieved)
    for nth, (reason, share) in enumerate(indicator.exempt.items()):
        yield series(scenario.register, "exempt", reason, left * share // 100, 5 + nth)
    if indicator.declined:
        yield series(scenario.register, "declined", None, left * indicator.declined // 100, 4 + 5)


def total_on(series: Series, running: list[int], day: int) -> int:
    """The total up to and including day number `day` (from 1); 0 on day 0."""
    return (series.total * running[day] + series.phase) // max(1, running[-1])


def cumulative_days(days: int) -> list[int]:
    """The day numbers (from 1) on which running totals come."""
    return sorted({*range(CUMULATIVE_EVERY, days + 1, CUMULATIVE_EVERY), days})


def is_silent(series: Series, day: int) -> bool:
    """Whether the report of day number `day` is missing."""
    return series.number >= 0 and (series.number + day * SILENT_STEP) % SILENT_SPAN == 0


def rows_of_days(scenario: Scenario) -> Iterator[tuple[int, dict[str, list[Row]]]]:
    """By day number (from 1) and source: what is reported. A paused day has no daily rows."""
    every = list(all_series(scenario, scenario.hamlets))
    running = {one.code: scenario.running_weights(one) for one in INDICATORS}
    totals_due = set(cumulative_days(len(scenario.days)))
    for day, moment in enumerate(scenario.days, start=1):
        text = moment.isoformat()
        found: dict[str, list[Row]] = defaultdict(list)
        for one in every:
            weights = running[one.indicator.code]
            now = total_on(one, weights, day)
            if one.is_cumulative:
                if day in totals_due:
                    row = Row(one.unit.code, one.indicator.code, text, now, one.outcome, one.reason, "cumulative")
                    found[one.source].append(row)
            elif weights[day] > weights[day - 1] and not is_silent(one, day):
                value = now - total_on(one, weights, day - 1)
                found[one.source].append(Row(one.unit.code, one.indicator.code, text, value))
        yield day, found


def received_at(scenario: Scenario, source: str, day: int) -> datetime:
    """When a source's report of day number `day` comes in, in UTC."""
    hour = time(16, 30) if source == scenario.register else time(20, 10) if day % _LATE_EVERY == 0 else time(16, 45)
    return datetime.combine(scenario.days[day - 1], hour, ZONE).astimezone(UTC)


def batches(scenario: Scenario) -> Iterator[Batch]:
    """All reports in the order of their days; (source, received_at) tells one from another."""
    for day, by_source in rows_of_days(scenario):
        for source, rows in sorted(by_source.items()):
            at = received_at(scenario, source, day)
            for nth, start in enumerate(range(0, len(rows), ROWS_A_BATCH)):
                part = tuple(rows[start : start + ROWS_A_BATCH])
                yield Batch(source, at + timedelta(seconds=nth), (LABEL,), part)


def rows_expected(scenario: Scenario) -> int:
    """About how many rows there are: nobody's missing reports are left out."""
    active = sum(
        sum(now > before for before, now in pairwise(weights)) for weights in map(scenario.running_weights, INDICATORS)
    )
    totals = sum(len(one.exempt) + bool(one.declined) for one in INDICATORS) * len(cumulative_days(len(scenario.days)))
    return len(scenario.hamlets) * (2 * active + totals)
