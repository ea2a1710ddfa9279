"""What changes of totals come to day by day (rules 4 to 6), and what should have been there (rule 10)."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.reporting.pace.calendar import Calendar
from services.reporting.pace.rules import expected_by

Column = list[int | None]


class Change(NamedTuple):
    """On a day the total changes by `delta`, and by `known` the number of series that it is known from."""

    day: date
    delta: int
    known: int


class QuotaFrom(NamedTuple):
    """The quota in force from a day until the next; None: none."""

    day: date
    amount: int | None
    baseline: int


class Days(NamedTuple):
    """The days asked for, both included; counts are known up to `as_of`."""

    first: date
    last: date
    as_of: date

    def all(self) -> list[date]:
        """Each of them; none where the last lies before the first."""
        return [self.first + timedelta(days=one) for one in range((self.last - self.first).days + 1)]


def counted(changes: Iterable[Change], days: Days, *, cumulative: bool) -> Column:
    """The total as of each day, or what it gained on it; unknown while nothing is known, and after `as_of`.

    `changes`: by day, of any days.
    """
    found: Column = []
    coming = iter([*changes, Change(date.max, 0, 0)])
    change, total, known = next(coming), 0, 0
    for day in days.all():
        gained = 0
        while change.day <= day:
            gained = gained + change.delta if change.day == day else 0
            total, known, change = total + change.delta, known + change.known, next(coming)
        is_told = known > 0 and day <= days.as_of
        found.append((total if cumulative else gained) if is_told else None)
    return found


def in_force(steps: Sequence[QuotaFrom], days: Days) -> list[QuotaFrom | None]:
    """The quota in force on each of the days. `steps`: by day."""
    found: list[QuotaFrom | None] = []
    place = -1
    for day in days.all():
        while place + 1 < len(steps) and steps[place + 1].day <= day:
            place += 1
        one = steps[place] if place >= 0 else None
        found.append(None if one is None or one.amount is None else one)
    return found


def expected(
    quotas: Sequence[QuotaFrom | None], calendar: Calendar, days: Days, *, counts_baseline: bool, cumulative: bool
) -> Column:
    """By the quota in force on each day, what should be there by the day, or should be gained on it."""

    def by(one: QuotaFrom, day: date) -> int | None:
        return expected_by(one.amount or 0, one.baseline if counts_baseline else 0, calendar, day)

    found: Column = []
    for day, one in zip(days.all(), quotas, strict=True):
        due = None if one is None else by(one, day)
        if cumulative or one is None or due is None:
            found.append(due)
        else:
            found.append(due - (by(one, day - timedelta(days=1)) or 0))
    return found


def with_baseline(totals: Column, quotas: Sequence[QuotaFrom | None]) -> Column:
    """Totals with the baseline that counts, unknown while they are (rule 9)."""
    return [
        None if total is None else total + (0 if one is None else one.baseline)
        for total, one in zip(totals, quotas, strict=True)
    ]
