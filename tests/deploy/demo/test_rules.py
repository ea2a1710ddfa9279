"""Exact splits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.rules import split_evenly, split_over_left, split_within, totals_by_day
from deploy.loading.shares import CannotSplit

counts = st.integers(min_value=0, max_value=10**7)
weights = st.dictionaries(st.from_regex(r"\d{3}", fullmatch=True), counts, min_size=1, max_size=20)


def test_held_parts_keep_their_value_and_the_others_share_the_rest() -> None:
    assert split_evenly(100, ["1", "2", "3", "4"], {"4": 9}) == {"1": 31, "2": 30, "3": 30, "4": 9}


def test_held_parts_may_not_exceed_the_whole() -> None:
    with pytest.raises(CannotSplit, match="101, more than the 100"):
        split_evenly(100, ["1", "2"], {"1": 101})


@given(weights, st.integers(min_value=0, max_value=100))
def test_no_part_within_weights_exceeds_its_weight(given_weights: dict[str, int], percent: int) -> None:
    total = sum(given_weights.values()) * percent // 100
    parts = split_within(total, given_weights)
    assert sum(parts.values()) == total
    assert all(0 <= parts[code] <= given_weights[code] for code in given_weights)


@given(weights, st.lists(st.integers(min_value=1, max_value=50), max_size=6))
def test_reason_after_reason_leaves_nothing_negative(left: dict[str, int], shares: list[int]) -> None:
    whole = sum(left.values())
    reasons = [whole * share // max(1, sum(shares)) for share in shares]
    parts, rest = split_over_left(reasons, left)
    assert [sum(part.values()) for part in parts] == reasons
    assert all(sum(part[code] for part in parts) + rest[code] == left[code] for code in left)
    assert min(rest.values()) >= 0


def test_more_cases_than_there_are_left_are_a_contradiction() -> None:
    with pytest.raises(CannotSplit, match="6 exempt cases do not fit into the 5"):
        split_over_left([6], {"1": 2, "2": 3})


@given(counts, st.lists(st.integers(min_value=0, max_value=1000), min_size=1, max_size=91), counts)
def test_totals_never_fall_rest_on_days_without_weight_and_end_at_the_whole(
    total: int, days: list[int], phase: int
) -> None:
    if not any(days):
        days[-1] = 1
    totals = totals_by_day(total, days, phase=phase)
    assert totals[-1] == total
    before = 0
    for weight, now in zip(days, totals, strict=True):
        assert now >= before
        assert weight or now == before
        before = now


def test_a_count_needs_a_day_to_fall_on() -> None:
    assert totals_by_day(0, [0, 0], phase=3) == [0, 0]
    with pytest.raises(CannotSplit, match="no day is left"):
        totals_by_day(1, [0, 0], phase=3)
