"""Authority (rule 5): at a unit of the reconciliation level, for one outcome, the first group that has rows speaks."""

from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from services.contracts.counting.series import DayRow, totals

Key = TypeVar("Key", bound=Hashable)


class Change(NamedTuple):
    """On `day` the chosen total changes by `delta`, and by `known` the number of series that it is known from."""

    day: int
    delta: int
    known: int


class Contribution(NamedTuple):
    """What one series adds to the figures. From `silent_from` on (None: never) an earlier group speaks instead."""

    changes: list[Change]
    silent_from: int | None


def chosen_changes(series: Mapping[Key, tuple[int, Iterable[DayRow]]]) -> dict[Key, Contribution]:
    """What each series contributes to the figures, as changes by day.

    `series`: all series at or under one unit of the reconciliation level, for one indicator and outcome, each with the
    number of its authority group (0 is asked first). Summing the changes up to a day D gives the total as of D by
    whoever speaks on D, and in `known` whether anything is known; a series that does not speak contributes nothing.
    Series without rows, and days without a change, are left out.
    """
    reckoned = [(key, group, points) for key, (group, rows) in series.items() if (points := totals(rows))]
    first_days: dict[int, int] = {}
    for _, group, points in reckoned:
        first_days[group] = min(first_days.get(group, points[0][0]), points[0][0])
    silent = silent_from(first_days)
    found: dict[Key, Contribution] = {}
    for key, group, points in reckoned:
        if changes := changes_until(points, silent[group]):
            found[key] = Contribution(changes, silent[group])
    return found


def silent_from(first_days: Mapping[int, int]) -> dict[int, int | None]:
    """For each authority group, by the first day of each: from which day on it is silent (None: never).

    A group falls silent for good on the first day of any group before it: more days only bring more groups.
    """
    found: dict[int, int | None] = {}
    earliest: int | None = None
    for group in sorted(first_days):
        found[group] = earliest
        earliest = first_days[group] if earliest is None else min(earliest, first_days[group])
    return found


def changes_until(points: Iterable[tuple[int, int]], until: int | None) -> list[Change]:
    """What a series with these totals by day adds to the figures until it falls silent."""
    changes: list[Change] = []
    before = 0
    for day, total in points:
        if until is not None and day >= until:
            break
        known = 0 if changes else 1
        if total != before or known:
            changes.append(Change(day, total - before, known))
        before = total
    if changes and until is not None:
        changes.append(Change(until, -before, -1))
    return changes
