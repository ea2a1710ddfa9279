"""What passes straight through is what reckoning the whole anchor anew gives."""

from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.projector.contributions import (
    Anchor,
    Differences,
    LiveRow,
    NewRow,
    Presence,
    may_pass_through,
    passed_through,
    reckoned_anew,
    rows_before,
    silent_from,
    stands_alone,
    stretched,
    stretches,
)

ANCHOR = Anchor(1, 1, 7, 1)
LABELS = {1: ["a"], 2: [], 3: ["a", "b"], 4: ["b"]}

_row = st.builds(
    LiveRow,
    unit_id=st.sampled_from([7, 8]),
    source_id=st.integers(1, 4),
    cohort_no=st.just(0),
    reason_no=st.just(0),
    day=st.integers(0, 6),
    mode_no=st.sampled_from([0] * 9 + [1]),
    value=st.integers(0, 4),
    acknowledgement=st.integers(1, 4),
)
_any_row = st.builds(
    LiveRow,
    unit_id=st.sampled_from([7, 8]),
    source_id=st.integers(1, 2),
    cohort_no=st.just(0),
    reason_no=st.just(0),
    day=st.integers(0, 12),
    mode_no=st.sampled_from([0, 0, 1]),
    value=st.integers(0, 4),
    acknowledgement=st.integers(1, 4),
)
_rows = st.lists(_row, max_size=10, unique_by=lambda row: (row[:4], row.day))
_groups = st.dictionaries(st.integers(1, 4), st.integers(0, 2))


def presences(rows: list[LiveRow]) -> dict[int, Presence]:
    found: dict[int, Presence] = {}
    for row in rows:
        old = found.get(row.source_id, Presence(row.day, False))
        found[row.source_id] = Presence(min(old.first_day, row.day), old.has_cumulative or bool(row.mode_no))
    return found


def arriving(old: list[LiveRow], coming: list[LiveRow]) -> list[NewRow]:
    """The coming rows as the ledger hands them over."""
    standing = {(row[:4], row.day): row for row in old}
    found, seen = [], set()
    for row in sorted(coming):
        before = standing.get((row[:4], row.day))
        days = [one.day for one in old if one[:4] == row[:4]]
        opens = before is None and row[:4] not in seen
        seen.add(row[:4])
        replaced = (None, None, None) if before is None else before[5:]
        found.append(
            NewRow(*ANCHOR, *row, *replaced, opens=opens, first_day=min(days, default=None) if opens else None)
        )
    return found


def summed(found: Differences) -> dict[Any, Any]:
    sums: defaultdict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, (delta, known, rows) in found.days:
        sums[key][0] += delta
        sums[key][1] += known
        sums[key][2] += rows
    for key, rows in found.labels:
        sums[key][2] += rows
    return {key: value for key, value in sums.items() if any(value)}


@given(old=_rows, coming=_rows, groups=_groups)
def test_what_passes_through_equals_what_is_reckoned_anew(
    old: list[LiveRow], coming: list[LiveRow], groups: dict[int, int]
) -> None:
    new_rows = arriving(old, coming)
    after = list(({(row[:4], row.day): row for row in old} | {(row[:4], row.day): row for row in coming}).values())
    assert sorted(rows_before(after, new_rows)) == sorted(old)
    present = presences(old + coming)
    anew, through = Differences(), Differences()
    reckoned_anew(ANCHOR, before=old, after=after, groups=groups, labels=LABELS, found=anew)
    if may_pass_through(presences(old), present, groups):
        passed_through(new_rows, present, groups, LABELS, through)
        assert summed(through) == summed(anew)


def around(rows: list[LiveRow], new_rows: list[NewRow], groups: dict[int, int]) -> list[LiveRow]:
    """The rows of each stretch, from the last cumulative row before it to the first one behind it."""
    found = []
    for series, first_day, last_day in stretches(new_rows, groups):
        of_it = [row for row in rows if row[:4] == series]
        begins = max((row.day for row in of_it if row.mode_no and row.day < first_day), default=0)
        ends = min((row.day for row in of_it if row.mode_no and row.day > last_day), default=99)
        found += [row for row in of_it if begins <= row.day <= ends]
    return found


@given(
    old=st.lists(_any_row, max_size=14, unique_by=lambda row: (row[:4], row.day)),
    coming=st.lists(_any_row, max_size=4, unique_by=lambda row: (row[:4], row.day)),
    groups=_groups,
)
def test_the_days_between_two_cumulative_rows_tell_what_the_whole_anchor_does(
    old: list[LiveRow], coming: list[LiveRow], groups: dict[int, int]
) -> None:
    new_rows = arriving(old, coming)
    after = list(({(row[:4], row.day): row for row in old} | {(row[:4], row.day): row for row in coming}).values())
    present = presences(old + coming)
    anew, some = Differences(), Differences()
    reckoned_anew(ANCHOR, before=old, after=after, groups=groups, labels=LABELS, found=anew)
    if stands_alone(presences(old), present, groups):
        seen = around(after, new_rows, groups)
        before = rows_before(seen, [row for row in new_rows if row.source_id in groups])
        stretched(ANCHOR, before=before, after=seen, present=present, groups=groups, labels=LABELS, found=some)
        assert summed(some) == summed(anew)


def test_a_group_falls_silent_on_the_first_day_of_any_group_before_it() -> None:
    here = {1: Presence(5, False), 2: Presence(3, False), 3: Presence(1, False), 9: Presence(0, False)}
    assert silent_from(here, {1: 0, 2: 1, 3: 2}) == {0: None, 1: 5, 2: 3}


def test_daily_rows_of_one_group_pass_through() -> None:
    assert may_pass_through({1: Presence(3, False)}, {1: Presence(0, False)}, {1: 0})


def test_a_cumulative_row_does_not_pass_through() -> None:
    assert not may_pass_through({}, {1: Presence(0, True)}, {1: 0})
    assert may_pass_through({}, {1: Presence(0, False), 2: Presence(0, True)}, {1: 0})


def test_a_group_silenced_from_another_day_is_reckoned_anew() -> None:
    before = {1: Presence(5, False), 2: Presence(0, False)}
    assert may_pass_through(before, before, {1: 0, 2: 1})
    assert not may_pass_through(before, before | {1: Presence(4, False)}, {1: 0, 2: 1})
