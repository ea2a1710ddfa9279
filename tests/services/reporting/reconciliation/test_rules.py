"""What voices say beside whoever speaks, against a model that looks at every day anew (rule 5)."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.counting.authority import chosen_changes
from services.contracts.counting.series import DayRow
from services.reporting.reconciliation.rules import (
    Compared,
    Series,
    Total,
    beyond_since,
    chosen_in,
    compared,
    first_days,
    speaking_in,
)

LAST = 7
GROUPS = {1: 1, 2: 2, 3: 2, 4: 3}
"""Source 5 stands in no group."""
SOURCES = (1, 2, 3, 4, 5)
VOICES = [frozenset({1}), frozenset({2, 3}), frozenset({4}), frozenset({5}), frozenset({3, 4})]
TENTH = Fraction(1, 10)


class Key(NamedTuple):
    """A series: units 10 and 11 lie in anchor 1, unit 20 in anchor 2."""

    unit: int
    source: int
    cohort: int

    @property
    def anchor(self) -> int:
        return self.unit // 10


Told = dict[Key, dict[int, tuple[bool, int]]]
TOLD = st.dictionaries(
    st.builds(Key, st.sampled_from([10, 11, 20]), st.sampled_from(SOURCES), st.sampled_from([0, 1])),
    st.dictionaries(st.integers(0, LAST), st.tuples(st.booleans(), st.integers(0, 9)), min_size=1, max_size=4),
    max_size=6,
)
UNDER = st.sampled_from([{10, 11, 20}, {10}, {11}, {20}, {10, 11}])


def total(rows: dict[int, tuple[bool, int]], day: int) -> int | None:
    """Rule 4, day by day."""
    found = None
    for one in range(day + 1):
        if one in rows:
            is_cumulative, value = rows[one]
            found = value if is_cumulative else (found or 0) + value
    return found


def plainly(told: Told, under: set[int], voice: frozenset[int], day: int) -> tuple[int | None, Compared | None]:
    """The figure by whoever speaks on that day, and the voice beside it."""
    figure, pair = None, None
    for anchor in (1, 2):
        known = {
            key: value for key, rows in told.items() if key.anchor == anchor and (value := total(rows, day)) is not None
        }
        groups = {GROUPS[key.source] for key in known if key.source in GROUPS}
        speaks = min(groups, default=None)
        said = [value for key, value in known.items() if key.unit in under and GROUPS.get(key.source) == speaks]
        if speaks is None or not said:
            continue
        figure = (figure or 0) + sum(said)
        own = [value for key, value in known.items() if key.unit in under and key.source in voice]
        if own:
            pair = Compared((pair.value if pair else 0) + sum(own), (pair.speaking if pair else 0) + sum(said))
    return figure, pair


def totals_of(told: Told) -> list[Total]:
    moment = datetime(2024, 5, 1, tzinfo=UTC)
    found = []
    for key, rows in told.items():
        value = total(rows, LAST)
        assert value is not None
        found.append(Total(key.anchor, key.unit, key.source, value, min(rows), max(rows), moment))
    return found


@given(TOLD, UNDER)
def test_voices_are_compared_where_both_are_known(told: Told, under: set[int]) -> None:
    everything = totals_of(told)
    looked_at = [one for one in everything if one.unit_id in under]
    chosen = chosen_in(looked_at, GROUPS, speaking_in(first_days(everything, GROUPS)))
    for voice in VOICES:
        figure, pair = plainly(told, under, voice, LAST)
        assert (sum(chosen.values()) if chosen else None) == figure
        assert compared(looked_at, voice, chosen) == pair


@given(TOLD)
def test_what_whoever_speaks_says_is_the_figure(told: Told) -> None:
    everything = totals_of(told)
    chosen = chosen_in(everything, GROUPS, speaking_in(first_days(everything, GROUPS)))
    for anchor in (1, 2):
        changes = chosen_changes(
            {
                key: (GROUPS[key.source], [DayRow(day, *row) for day, row in rows.items()])
                for key, rows in told.items()
                if key.anchor == anchor and key.source in GROUPS
            }
        )
        assert chosen.get(anchor, 0) == sum(change.delta for one in changes.values() for change in one.changes)


@given(TOLD, UNDER)
def test_a_difference_stands_since_the_first_day_of_the_run_that_reaches_the_last(told: Told, under: set[int]) -> None:
    first = first_days(totals_of(told), GROUPS)
    series = [
        Series(key.anchor, key.source, [DayRow(day, *row) for day, row in rows.items()])
        for key, rows in told.items()
        if key.unit in under
    ]
    for voice in VOICES:
        since = None
        for day in range(LAST, -1, -1):
            _, pair = plainly(told, under, voice, day)
            if pair is None or not pair.is_beyond(TENTH):
                break
            since = day
        assert beyond_since(series, voice, groups=GROUPS, first=first, tolerance=TENTH) == since


def test_a_tolerance_may_be_used_up_and_nothing_may_be_off_nothing() -> None:
    assert not Compared(102, 100).is_beyond(Fraction("0.02"))
    assert Compared(103, 100).is_beyond(Fraction("0.02"))
    assert Compared(97, 100).is_beyond(Fraction("0.02"))
    assert not Compared(0, 0).is_beyond(Fraction(0))
    assert Compared(1, 0).is_beyond(Fraction("0.5"))
