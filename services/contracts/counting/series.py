"""Two ways of counting (rule 4): what the rows of one key, without its day, add up to."""

from collections.abc import Iterable
from typing import NamedTuple


class DayRow(NamedTuple):
    """The live row of one day. Days are day numbers."""

    day: int
    is_cumulative: bool
    value: int


def totals(rows: Iterable[DayRow]) -> list[tuple[int, int]]:
    """(day, total as of that day) for each day that has a row, by day.

    total(D) = value(c) + the daily rows of (c, D], where c is the last day ≤ D with a cumulative row; where there is
    none, c lies before the first day and its value is 0. Between two of the days the total stands still.
    """
    running = 0
    found = []
    for row in sorted(rows):
        running = row.value if row.is_cumulative else running + row.value
        found.append((row.day, running))
    return found
