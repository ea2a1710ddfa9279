"""What rows contribute to the figures, as differences that may be summed up the tree.

Three ways that give the same differences (a law holds them together): `passed_through` looks at the new rows alone,
`stretched` at the days of their series between the cumulative rows around them, `reckoned_anew` at all rows of an
anchor before and after.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from services.contracts.counting.authority import changes_until
from services.contracts.counting.authority import silent_from as silent_by_group
from services.contracts.counting.series import DayRow, totals

SeriesKey = tuple[int, int, int, int]
"""Unit, source, cohort, reason: a key without its day, under one anchor, indicator and outcome."""

Labels = Mapping[int, Sequence[str]]
"""Acknowledgement of a batch → its labels; a batch without labels may be absent."""

MODE_CUMULATIVE = 1


class Anchor(NamedTuple):
    """Where authority is decided: one unit, one indicator, one outcome."""

    tenant: int
    indicator_no: int
    anchor_id: int
    outcome_no: int


class NewRow(NamedTuple):
    """A row that has just become the live one of its key; `old_…` is what it replaces, None where nothing.

    `opens`: it is the first new row of its series and replaces nothing; then `first_day` is the first day that the
    series had before (None: it had no row).
    """

    tenant: int
    indicator_no: int
    anchor_id: int
    outcome_no: int
    unit_id: int
    source_id: int
    cohort_no: int
    reason_no: int
    day: int
    mode_no: int
    value: int
    acknowledgement: int
    old_mode_no: int | None
    old_value: int | None
    old_acknowledgement: int | None
    opens: bool
    first_day: int | None


class LiveRow(NamedTuple):
    """The live row of one key of an anchor."""

    unit_id: int
    source_id: int
    cohort_no: int
    reason_no: int
    day: int
    mode_no: int
    value: int
    acknowledgement: int


class Presence(NamedTuple):
    """From which day on a source has rows at an anchor, and whether one of them ever was cumulative."""

    first_day: int
    has_cumulative: bool


Sums = tuple[int, int, int]
"""Delta, known, rows."""

Presences = Mapping[int, Presence]
"""By source, at one anchor."""


class Differences:
    """Differences of figures at the units that were reported on.

    `days`: unit, indicator, cohort, outcome, reason, day; then delta, known, rows as in `rollup_day`.
    `labels`: unit, indicator, label, day; then rows as in `rollup_label`.
    """

    def __init__(self) -> None:
        self.days: list[tuple[tuple[int, int, int, int, int, int], Sums]] = []
        self.labels: list[tuple[tuple[int, int, str, int], int]] = []

    def __len__(self) -> int:
        return len(self.days) + len(self.labels)


def silent_from(presences: Presences, groups: Mapping[int, int]) -> dict[int, int | None]:
    """For each authority group that has rows, the first day on which an earlier group speaks (None: never)."""
    first_days: dict[int, int] = {}
    for source_id, presence in presences.items():
        group = groups.get(source_id)
        if group is not None:
            first_days[group] = min(first_days.get(group, presence.first_day), presence.first_day)
    return silent_by_group(first_days)


def may_pass_through(before: Presences, after: Presences, groups: Mapping[int, int]) -> bool:
    """Whether the anchor has daily rows only, and each series `stands_alone` at it."""
    if any(one.has_cumulative for source_id, one in after.items() if source_id in groups):
        return False
    return stands_alone(before, after, groups)


def stands_alone(before: Presences, after: Presences, groups: Mapping[int, int]) -> bool:
    """Whether no group that has rows is silenced from another day than before: then new rows change their series only.

    Two days of a series know of each other only where no cumulative row lies between them.
    """
    silent_before, silent_after = silent_from(before, groups), silent_from(after, groups)
    return all(silent_after[group] == until for group, until in silent_before.items())


def passed_through(
    new_rows: Iterable[NewRow], after: Presences, groups: Mapping[int, int], labels: Labels, found: Differences
) -> None:
    """Adds to `found` what the new rows of an anchor that `may_pass_through` change.

    A daily row changes the total from its day on, until its group falls silent; what it was known from moves with the
    first day of its series.
    """
    silent = silent_from(after, groups)
    for row in new_rows:
        group = groups.get(row.source_id)
        if group is None:
            continue
        until = silent[group]
        if until is not None and row.day >= until:
            continue
        where = (row.unit_id, row.indicator_no, row.cohort_no, row.outcome_no, row.reason_no)
        is_new = row.old_value is None
        delta = row.value - (row.old_value or 0)
        opens = row.opens and (row.first_day is None or row.day < row.first_day)
        if delta or is_new:
            found.days.append(((*where, row.day), (delta, int(opens), int(is_new))))
        first_known = row.first_day if until is None or row.first_day is None or row.first_day < until else None
        if opens and first_known is not None:
            found.days.append(((*where, first_known), (0, -1, 0)))
        if until is not None:
            newly_known = int(opens and first_known is None)
            if delta or newly_known:
                found.days.append(((*where, until), (-delta, -newly_known, 0)))
        _relabel(row, until, labels, found)


def _relabel(row: NewRow, until: int | None, labels: Labels, found: Differences) -> None:
    gained = labels.get(row.acknowledgement, ())
    lost = () if row.old_acknowledgement is None else labels.get(row.old_acknowledgement, ())
    if gained == lost:
        return
    for sign, names in ((1, gained), (-1, lost)):
        for name in names:
            found.labels.append(((row.unit_id, row.indicator_no, name, row.day), sign))
            if until is not None:
                found.labels.append(((row.unit_id, row.indicator_no, name, until), -sign))


def rows_before(after: Iterable[LiveRow], new_rows: Iterable[NewRow]) -> list[LiveRow]:
    """The live rows of an anchor as they were before the new ones came."""
    rows = {(row[:4], row.day): row for row in after}
    for new in new_rows:
        key = ((new.unit_id, new.source_id, new.cohort_no, new.reason_no), new.day)
        if new.old_mode_no is None or new.old_value is None or new.old_acknowledgement is None:
            del rows[key]
        else:
            rows[key] = LiveRow(*key[0], new.day, new.old_mode_no, new.old_value, new.old_acknowledgement)
    return list(rows.values())


class Stretch(NamedTuple):
    """The first and the last day on which a series of an anchor has new rows."""

    series: SeriesKey
    first_day: int
    last_day: int


def stretches(new_rows: Iterable[NewRow], groups: Mapping[int, int]) -> list[Stretch]:
    """Where the new rows of an anchor lie; those of sources that never speak are left out."""
    days: defaultdict[SeriesKey, list[int]] = defaultdict(list)
    for row in new_rows:
        if row.source_id in groups:
            days[row.unit_id, row.source_id, row.cohort_no, row.reason_no].append(row.day)
    return [Stretch(series, min(some), max(some)) for series, some in days.items()]


def stretched(
    anchor: Anchor,
    *,
    before: Iterable[LiveRow],
    after: Iterable[LiveRow],
    present: Presences,
    groups: Mapping[int, int],
    labels: Labels,
    found: Differences,
) -> None:
    """Adds to `found` what new rows change at an anchor where each series `stands_alone`.

    `before` and `after`: the live rows of the `stretches`, from the last cumulative row before each to the first one
    behind it, which are the same in both; `present`: who has rows at the anchor.
    """
    silent = silent_from(present, groups)
    _add_differences(anchor, ((-1, before, silent), (1, after, silent)), groups, labels, found)


def reckoned_anew(
    anchor: Anchor,
    *,
    before: Collection[LiveRow],
    after: Collection[LiveRow],
    groups: Mapping[int, int],
    labels: Labels,
    found: Differences,
) -> None:
    """Adds to `found` what an anchor contributes by the rows `after`, less what it did by those `before`."""
    sides = [(sign, rows, silent_from(_present(rows), groups)) for sign, rows in ((-1, before), (1, after))]
    _add_differences(anchor, sides, groups, labels, found)


def _present(rows: Iterable[LiveRow]) -> dict[int, Presence]:
    first_days: dict[int, int] = {}
    for row in rows:
        first_days[row.source_id] = min(first_days.get(row.source_id, row.day), row.day)
    return {source_id: Presence(day, has_cumulative=False) for source_id, day in first_days.items()}


def _add_differences(
    anchor: Anchor,
    sides: Iterable[tuple[int, Iterable[LiveRow], Mapping[int, int | None]]],
    groups: Mapping[int, int],
    labels: Labels,
    found: Differences,
) -> None:
    days: defaultdict[tuple[int, int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    named: defaultdict[tuple[int, str, int], int] = defaultdict(int)
    for sign, rows, silent in sides:
        _add_chosen(sign, rows, groups, silent, labels, days, named)
    for (unit_id, cohort_no, reason_no, day), (delta, known, count) in days.items():
        if delta or known or count:
            key = (unit_id, anchor.indicator_no, cohort_no, anchor.outcome_no, reason_no, day)
            found.days.append((key, (delta, known, count)))
    for (unit_id, label, day), count in named.items():
        if count:
            found.labels.append(((unit_id, anchor.indicator_no, label, day), count))


def _add_chosen(
    sign: int,
    rows: Iterable[LiveRow],
    groups: Mapping[int, int],
    silent: Mapping[int, int | None],
    labels: Labels,
    days: dict[tuple[int, int, int, int], list[int]],
    named: dict[tuple[int, str, int], int],
) -> None:
    by_series: dict[SeriesKey, list[LiveRow]] = {}
    for row in rows:
        if row.source_id in groups:
            by_series.setdefault(row[:4], []).append(row)
    for key, series in by_series.items():
        unit_id, source_id, cohort_no, reason_no = key
        until = silent[groups[source_id]]
        points = totals(DayRow(row.day, row.mode_no == MODE_CUMULATIVE, row.value) for row in series)
        for day, delta, known in changes_until(points, until):
            sums = days[unit_id, cohort_no, reason_no, day]
            sums[0] += sign * delta
            sums[1] += sign * known
        for row in series:
            if until is not None and row.day >= until:
                continue
            days[unit_id, cohort_no, reason_no, row.day][2] += sign
            for name in labels.get(row.acknowledgement, ()):
                named[unit_id, name, row.day] += sign
                if until is not None:
                    named[unit_id, name, until] -= sign
