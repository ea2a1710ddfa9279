from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.definitions import CommendationDefinition
from services.contracts.words import Level, Verdict, VerdictReason
from services.reporting.commendation.rules import (
    Attainment,
    OwnReports,
    gravest,
    grounds_of,
    places_of,
    score_of,
)
from services.reporting.figures.rules import Ratio
from services.reporting.reconciliation.rules import Compared

RULE = CommendationDefinition(
    level=Level.COMMUNE, minimum_on_time_share="0.9", tolerance="0.02", weights={"cccd": 2, "sim": 1}
)
RATES = st.none() | st.builds(Ratio, st.integers(0, 10**6), st.integers(1, 10**6))


def verdict(
    reports: OwnReports | None = None, own: Compared | None = None, rate: Ratio | None = Ratio(1, 1)
) -> tuple[Verdict | None, list[VerdictReason]]:
    grounds = grounds_of(RULE, reports=reports or OwnReports(), own=own, attainment=Attainment(rate, "1"))
    return gravest(one.leads_to for one in grounds), [one.code for one in grounds]


def test_a_unit_is_excluded_whatever_its_rate_else_falls_short_else_is_eligible() -> None:
    assert verdict() == (Verdict.ELIGIBLE, [VerdictReason.TARGET_REACHED])
    assert verdict(rate=Ratio(99, 100)) == (Verdict.FELL_SHORT, [VerdictReason.BELOW_TARGET])
    assert verdict(rate=None) == (Verdict.FELL_SHORT, [VerdictReason.NOTHING_KNOWN])
    assert verdict(OwnReports(91, 81)) == (
        Verdict.EXCLUDED,
        [VerdictReason.REPORTS_NOT_ON_TIME, VerdictReason.TARGET_REACHED],
    )
    assert verdict(own=Compared(103, 100))[0] is Verdict.EXCLUDED
    assert verdict(OwnReports(92, 91, is_final_missing=True))[1][0] is VerdictReason.FINAL_REPORT_MISSING


def test_what_may_not_be_known_outweighs_all_but_an_exclusion() -> None:
    grounds = grounds_of(RULE, reports=OwnReports(), own=None, attainment=None)
    assert [(one.code, one.leads_to) for one in grounds] == [(VerdictReason.WITHHELD, None)]
    assert gravest([Verdict.FELL_SHORT, None, Verdict.ELIGIBLE]) is None
    assert gravest([Verdict.FELL_SHORT, None, Verdict.EXCLUDED]) is Verdict.EXCLUDED


def test_a_limit_that_is_just_met_is_met() -> None:
    assert verdict(OwnReports(10, 9))[0] is Verdict.ELIGIBLE
    assert verdict(own=Compared(98, 100))[0] is Verdict.ELIGIBLE
    assert verdict(own=Compared(0, 0))[0] is Verdict.ELIGIBLE
    assert verdict(own=Compared(1, 0))[0] is Verdict.EXCLUDED


def test_reasons_carry_their_numbers() -> None:
    grounds = grounds_of(
        RULE, reports=OwnReports(10, 8), own=Compared(90, 100), attainment=Attainment(Ratio(3, 4), "0.8")
    )
    assert [(one.value, one.of, one.share, one.limit) for one in grounds] == [
        (8, 10, Ratio(8, 10), "0.9"),
        (90, 100, Ratio(10, 100), "0.02"),
        (3, 4, Ratio(3, 4), "0.8"),
    ]


def test_a_score_is_the_exact_mean_by_weights_of_what_the_unit_has_a_quota_for() -> None:
    assert score_of({"cccd": Ratio(1, 3), "sim": Ratio(1, 1)}, RULE.weights) == Ratio(5, 9)
    assert score_of({"cccd": Ratio(1, 3)}, RULE.weights) == Ratio(1, 3)
    assert score_of({"cccd": Ratio(1, 3), "sim": None}, RULE.weights) is None
    assert score_of({"cccd": Ratio(1, 3), "other": None}, RULE.weights) == Ratio(1, 3)
    assert score_of({"other": Ratio(1, 1)}, RULE.weights) is None


@given(st.lists(RATES, max_size=8))
def test_a_place_is_one_more_than_how_many_are_better(scores: list[Ratio | None]) -> None:
    places, count = places_of(scores)
    known = [Fraction(*one) for one in scores if one is not None]
    assert count == len(known)
    for score, place in zip(scores, places, strict=True):
        if score is None:
            assert place is None
        else:
            assert place == 1 + sum(one > Fraction(*score) for one in known)


@given(st.dictionaries(st.sampled_from(["cccd", "sim"]), RATES), st.integers(1, 5))
def test_weights_that_are_all_larger_change_no_score(rates: dict[str, Ratio | None], factor: int) -> None:
    larger = {code: weight * factor for code, weight in RULE.weights.items()}
    assert score_of(rates, larger) == score_of(rates, RULE.weights)
