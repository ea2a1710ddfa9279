"""Exact splits, by the largest remainder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.loading.shares import CannotSplit, split

counts = st.integers(min_value=0, max_value=10**7)
weights = st.dictionaries(st.from_regex(r"\d{3}", fullmatch=True), counts, min_size=1, max_size=20)


@given(counts, weights)
def test_parts_add_up_and_each_is_its_share_rounded_down_or_up(total: int, given_weights: dict[str, int]) -> None:
    whole = sum(given_weights.values())
    if whole == 0:
        total = 0
    parts = split(total, given_weights)
    assert sum(parts.values()) == total
    assert all(whole == 0 or abs(parts[code] * whole - total * given_weights[code]) < whole for code in parts)


def test_equal_remainders_go_to_the_first_codes() -> None:
    assert split(5, {"3": 1, "1": 1, "2": 1}) == {"1": 2, "2": 2, "3": 1}


def test_the_larger_remainder_is_served_first() -> None:
    assert split(10, {"1": 10, "2": 15, "3": 25}) == {"1": 2, "2": 3, "3": 5}
    assert split(10, {"1": 33, "2": 33, "3": 34}) == {"1": 3, "2": 3, "3": 4}


def test_nothing_is_shared_out_where_nobody_weighs_anything() -> None:
    assert split(0, {"1": 0}) == {"1": 0}
    with pytest.raises(CannotSplit, match="7 cannot be split"):
        split(7, {"1": 0, "2": 0})
