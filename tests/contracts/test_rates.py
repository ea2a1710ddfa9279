from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.rates import printed_rate, shared_out
from services.contracts.words import MAX_COUNT, RoundingMode

counts = st.integers(0, MAX_COUNT)


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        (579, 837, "69,18"),
        (1187, 1857, "63,92"),
        (493, 1017, "48,48"),
        (22471, 22095, "101,70"),
        (2258, 1182, "191,03"),
        (8466, 23920, "35,39"),
        (0, 7, "0,00"),
        (1, 1, "100,00"),
    ],
)
def test_rates_are_printed_as_the_notice_of_2024_prints_them(numerator: int, denominator: int, printed: str) -> None:
    assert printed_rate(numerator, denominator, decimals=2, mode=RoundingMode.HALF_UP) == printed


def test_half_goes_up_and_truncation_drops_it() -> None:
    assert printed_rate(1, 8, decimals=0, mode=RoundingMode.HALF_UP) == "13"
    assert printed_rate(1, 8, decimals=0, mode=RoundingMode.TRUNCATE) == "12"
    assert printed_rate(1, 16, decimals=1, mode=RoundingMode.HALF_UP) == "6,3"


@given(counts, st.integers(1, MAX_COUNT), st.integers(0, 6))
def test_the_printed_form_is_within_half_a_digit_of_the_exact_rate(
    numerator: int, denominator: int, decimals: int
) -> None:
    printed = Fraction(
        printed_rate(numerator, denominator, decimals=decimals, mode=RoundingMode.HALF_UP).replace(",", ".")
    )
    off = Fraction(numerator * 100, denominator) - printed
    assert -Fraction(1, 2 * 10**decimals) <= off < Fraction(1, 2 * 10**decimals)


@given(counts, st.integers(1, MAX_COUNT), st.integers(0, 6))
def test_truncation_never_prints_more_than_there_is(numerator: int, denominator: int, decimals: int) -> None:
    printed = Fraction(
        printed_rate(numerator, denominator, decimals=decimals, mode=RoundingMode.TRUNCATE).replace(",", ".")
    )
    assert 0 <= Fraction(numerator * 100, denominator) - printed < Fraction(1, 10**decimals)


@given(st.integers(-MAX_COUNT, MAX_COUNT), st.lists(counts, min_size=1, max_size=12).filter(any))
def test_what_is_shared_out_adds_up_to_the_last_unit(total: int, weights: list[int]) -> None:
    shares = shared_out(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights))) < 1
