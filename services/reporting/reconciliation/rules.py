"""What voices say beside whoever speaks (rule 5), over plain totals and rows.

A *voice* is a set of sources that add up: an authority group, or a source alone. It is compared with whoever speaks in
every anchor (unit of the reconciliation level) where both are known, and those comparisons are summed: what one of
both does not tell of is not a difference.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from services.contracts.counting.series import DayRow, totals

Groups = Mapping[int, int]
"""The authority group of each source that is in one."""


class Total(NamedTuple):
    """What a source says of one unit up to a day, all cohorts and reasons together. Days are numbers."""

    anchor_id: int
    unit_id: int
    source_id: int
    value: int
    first_day: int
    last_day: int
    received_at: datetime


class Compared(NamedTuple):
    """A voice beside whoever speaks, over the anchors where both are known."""

    value: int
    speaking: int

    @property
    def difference(self) -> int:
        """What the voice says more."""
        return self.value - self.speaking

    def is_beyond(self, tolerance: Fraction) -> bool:
        """Whether it differs by more than that share of what whoever speaks says."""
        return abs(self.difference) * tolerance.denominator > tolerance.numerator * self.speaking


def first_days(everything: Iterable[Total], groups: Groups) -> dict[int, dict[int, int]]:
    """By anchor and group: the first day of which the group has a row there, at whatever unit."""
    found: dict[int, dict[int, int]] = {}
    for one in everything:
        group = groups.get(one.source_id)
        if group is not None:
            days = found.setdefault(one.anchor_id, {})
            days[group] = min(days.get(group, one.first_day), one.first_day)
    return found


def speaking_in(first: Mapping[int, Mapping[int, int]]) -> dict[int, int]:
    """By anchor, the group that speaks: the first that has any row."""
    return {anchor: min(days) for anchor, days in first.items()}


def chosen_in(under: Iterable[Total], groups: Groups, speaking: Mapping[int, int]) -> dict[int, int]:
    """By anchor, what whoever speaks there says of the units `under`; where it says nothing there is no anchor."""
    found: defaultdict[int, int] = defaultdict(int)
    for one in under:
        group = groups.get(one.source_id)
        if group is not None and group == speaking.get(one.anchor_id):
            found[one.anchor_id] += one.value
    return found


def compared(under: Iterable[Total], voice: Collection[int], chosen: Mapping[int, int]) -> Compared | None:
    """The voice of these sources beside whoever speaks; None where they are nowhere known together."""
    value, anchors = 0, set()
    for one in under:
        if one.source_id in voice and one.anchor_id in chosen:
            value += one.value
            anchors.add(one.anchor_id)
    return Compared(value, sum(chosen[anchor] for anchor in anchors)) if anchors else None


class Series(NamedTuple):
    """The live rows of one key without its day, in one anchor, of one outcome."""

    anchor_id: int
    source_id: int
    rows: Sequence[DayRow]


def beyond_since(
    under: Iterable[Series],
    voice: Collection[int],
    *,
    groups: Groups,
    first: Mapping[int, Mapping[int, int]],
    tolerance: Fraction,
) -> int | None:
    """The first day since which the voice has been beyond the tolerance without a break; None: at the end it is not.

    `under`: the series of the units looked at, up to the day looked from. `first` as `first_days` tells. On each day
    whoever speaks is the group that spoke then.
    """
    steps: dict[int, dict[int | None, list[tuple[int, int, int]]]] = {}
    for one in under:
        by_group = steps.setdefault(one.anchor_id, {})
        points = _changes(one.rows)
        if one.source_id in voice:
            by_group.setdefault(None, []).extend(points)
        if one.source_id in groups:
            by_group.setdefault(groups[one.source_id], []).extend(points)
    changes: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for anchor, by_group in steps.items():
        if None not in by_group:
            continue
        before = (0, 0, 0)
        for day, point in _both(by_group, first.get(anchor, {})):
            for place in range(3):
                changes[day][place] += point[place] - before[place]
            before = point
    since: int | None = None
    known = value = speaking = 0
    for day in sorted(changes):
        known, value, speaking = (sum(pair) for pair in zip((known, value, speaking), changes[day], strict=True))
        if not known or not Compared(value, speaking).is_beyond(tolerance):
            since = None
        elif since is None:
            since = day
    return since


def _changes(rows: Iterable[DayRow]) -> list[tuple[int, int, int]]:
    """(day, how the total changes, how many more series are known) of one series."""
    found, before = [], None
    for day, total in totals(rows):
        found.append((day, total - (before or 0), int(before is None)))
        before = total
    return found


def _both(
    by_group: Mapping[int | None, list[tuple[int, int, int]]], first: Mapping[int, int]
) -> Iterable[tuple[int, tuple[int, int, int]]]:
    """Day by day in one anchor: (1, what the voice says, what whoever speaks says), zeros where not both are known."""
    events: defaultdict[int, list[tuple[int | None, int, int]]] = defaultdict(list)
    for group, points in by_group.items():
        for day, delta, known in points:
            events[day].append((group, delta, known))
    for day in first.values():
        events[day] += []
    value: defaultdict[int | None, int] = defaultdict(int)
    known: defaultdict[int | None, int] = defaultdict(int)
    speaks: int | None = None
    for day in sorted(events):
        for group, delta, more in events[day]:
            value[group] += delta
            known[group] += more
        for group, begins in first.items():
            if begins == day and (speaks is None or group < speaks):
                speaks = group
        if speaks is not None and known[None] and known[speaks]:
            yield day, (1, value[None], value[speaks])
        else:
            yield day, (0, 0, 0)
