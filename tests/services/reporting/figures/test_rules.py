from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.words import MAX_COUNT, TargetOn
from services.reporting.figures.rules import Aim, Counts, Ratio, Standing, league_key, ranks_of, rate_of, standing_of

known = st.none() | st.integers(0, MAX_COUNT)
ratios = st.builds(Ratio, st.integers(0, 2**62), st.integers(1, 2**63 - 1))
ties = st.builds(Ratio, st.integers(0, 3), st.integers(1, 3))


def standing(counts: Counts, *, target: str = "1", on: TargetOn = TargetOn.RAW, baseline: bool = False) -> Standing:
    return standing_of(counts, Aim(baseline, Fraction(target), on))


@pytest.mark.parametrize(
    ("counts", "outstanding"),
    [
        (Counts(quota=837, added=579, exempt=187, declined=71), 0),
        (Counts(quota=837, added=579), 258),
        (Counts(quota=837, exempt=187), 650),
        (Counts(quota=837, declined=71), 766),
        (Counts(quota=837), None),
        (Counts(added=579), None),
        (Counts(quota=10, added=12), 0),
        (Counts(quota=0, added=0), 0),
    ],
)
def test_outstanding_is_what_is_left_of_the_quota(counts: Counts, outstanding: int | None) -> None:
    assert standing(counts).outstanding == outstanding


@pytest.mark.parametrize(
    ("counts", "rate", "adjusted"),
    [
        (Counts(quota=837, added=579, exempt=187, leaving=187), (579, 837), (579, 650)),
        (Counts(quota=837, added=579, exempt=187, leaving=0), (579, 837), (579, 837)),
        (Counts(quota=837, added=579), (579, 837), (579, 837)),
        (Counts(quota=837, exempt=187, leaving=187), None, None),
        (Counts(quota=0, added=3), None, None),
        (Counts(added=3), None, None),
        (Counts(quota=5, added=0, exempt=5, leaving=5), (0, 5), None),
        (Counts(quota=5, added=0, exempt=6, leaving=6), (0, 5), None),
        (Counts(quota=22095, added=22471), (22471, 22095), (22471, 22095)),
    ],
)
def test_rates_are_exact_and_absent_without_a_denominator(
    counts: Counts, rate: tuple[int, int] | None, adjusted: tuple[int, int] | None
) -> None:
    found = standing(counts)
    assert (found.rate, found.adjusted_rate) == (rate, adjusted)


def test_a_target_is_reached_at_equality_and_not_one_below() -> None:
    assert standing(Counts(quota=10, added=8), target="0.8").reached is True
    assert standing(Counts(quota=10**15, added=8 * 10**14 - 1), target="0.8").reached is False
    assert standing(Counts(quota=3, added=1), target="0.3333333333333333").reached is True
    assert standing(Counts(quota=3, added=1), target="0.3333333333333334").reached is False
    assert standing(Counts(quota=10), target="0").reached is None
    assert standing(Counts(quota=10, added=8, exempt=2, leaving=2), on=TargetOn.ADJUSTED).reached is True


def test_a_baseline_counts_once_something_is_known() -> None:
    assert standing(Counts(quota=100, baseline=40, added=25), baseline=True).achieved == 65
    assert standing(Counts(quota=100, baseline=40), baseline=True).achieved is None
    assert standing(Counts(quota=100, baseline=40, added=25)).achieved == 25
    assert standing(Counts(added=25), baseline=True).achieved == 25


@given(st.lists(st.none() | ratios | ties))
def test_ranks_count_who_is_strictly_ahead(rates: list[Ratio | None]) -> None:
    found = ranks_of(rates)
    exact = [None if one is None else Fraction(one.numerator, one.denominator) for one in rates]
    assert found.of == sum(one is not None for one in exact)
    for rank, rate in zip(found.ranks, exact, strict=True):
        ahead = None if rate is None else 1 + sum(other is not None and other > rate for other in exact)
        assert rank == ahead


@given(ratios, ratios)
def test_order_keys_compare_as_fractions_do(one: Ratio, other: Ratio) -> None:
    left, right = Fraction(*one), Fraction(*other)
    assert (one.order_key < other.order_key) == (left < right)
    assert (one.order_key == other.order_key) == (left == right)


def test_neighbours_among_the_largest_quotas_are_told_apart() -> None:
    quota = MAX_COUNT
    assert Ratio(quota - 2, quota - 1).order_key < Ratio(quota - 1, quota).order_key


def test_equal_rates_share_a_rank() -> None:
    rates = [Ratio(1, 2), Ratio(3, 4), None, Ratio(2, 4), Ratio(1, 4)]
    assert ranks_of(rates) == ([2, 1, None, 2, 4], 4)
    assert ranks_of([]) == ([], 0)


@given(st.lists(st.tuples(st.none() | ties, st.text("ab", max_size=3)), unique_by=lambda one: one[1]))
def test_units_without_a_rate_come_last_in_either_order(lines: list[tuple[Ratio | None, str]]) -> None:
    for worst_first in (False, True):
        ordered = sorted(lines, key=lambda one: league_key(*one, worst_first=worst_first))
        rated = [Fraction(*rate) for rate, _ in ordered if rate is not None]
        assert rated == sorted(rated, reverse=not worst_first)
        assert all(rate is None for rate, _ in ordered[len(rated) :])
        for (rate, code), (next_rate, next_code) in pairwise(ordered):
            if rate is next_rate is None or (rate and next_rate and Fraction(*rate) == Fraction(*next_rate)):
                assert code < next_code


@given(st.builds(Counts, known, known, known, known, known, known), st.booleans(), st.sampled_from(TargetOn))
def test_nothing_is_made_up_of_what_is_unknown(counts: Counts, counts_baseline: bool, on: TargetOn) -> None:
    aim = Aim(counts_baseline, Fraction(1), on)
    found = standing_of(counts, aim)
    assert (found.achieved is None) == (counts.added is None)
    assert (found.rate is None) == (found.achieved is None or not counts.quota)
    assert (found.reached is None) == ((found.rate if on is TargetOn.RAW else found.adjusted_rate) is None)
    settled = [one for one in (found.achieved, counts.exempt, counts.declined) if one is not None]
    assert (found.outstanding is None) == (counts.quota is None or not settled)
    assert found.rate == rate_of(counts, aim)
