import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.rates import printed_rate
from services.contracts.words import Outcome, RoundingMode
from services.reporting.contradictions.rules import exceeding, handed_down_too_much, is_printed_of


def test_outcomes_exceed_a_quota_together_and_only_where_it_is_known() -> None:
    told = {Outcome.ACHIEVED: 80, Outcome.EXEMPT: 15, Outcome.DECLINED: None}
    assert exceeding(told, 94) == {"achieved": 80, "exempt": 15}
    assert exceeding(told, 95) is None
    assert exceeding(told, None) is None
    assert exceeding({Outcome.ACHIEVED: None}, 0) is None


def test_what_children_have_may_use_up_what_was_received() -> None:
    assert handed_down_too_much(100, [60, None, 40]) is None
    assert handed_down_too_much(100, [60, 41]) == 101
    assert handed_down_too_much(None, [60, 41]) is None
    assert handed_down_too_much(0, []) is None


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 4), st.sampled_from(RoundingMode))
def test_what_is_printed_of_a_rate_is_printed_of_it(
    numerator: int, denominator: int, decimals: int, mode: RoundingMode
) -> None:
    assert is_printed_of(printed_rate(numerator, denominator, decimals=decimals, mode=mode), numerator, denominator)


def test_a_share_that_no_rounding_yields_is_found_out() -> None:
    assert is_printed_of("69,18", 579, 837)
    assert is_printed_of("69,17", 579, 837)
    assert not is_printed_of("69,19", 579, 837)
    assert is_printed_of("69", 579, 837)
    assert not is_printed_of("70", 579, 837)
    assert is_printed_of("069,2", 579, 837)
    for wrong in ("69.18", "69,", "", "-1", "69,18%", "٦٩"):
        with pytest.raises(ValueError):
            is_printed_of(wrong, 579, 837)


def test_whatever_is_shown_as_a_rate_is_a_share() -> None:
    most = 2**54 - 2
    assert is_printed_of(printed_rate(most, 1, decimals=10, mode=RoundingMode.HALF_UP), most, 1)
