from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.contracts.definitions import CohortDefinition, IndicatorDefinition, ReasonDefinition
from services.contracts.disclosure import Disclosure, guarded, leaving, whole
from services.contracts.figures import ExemptionCount
from services.contracts.words import TargetOn
from services.reporting.exemptions.disclosure import told
from tests.services.reporting.support import indicator
from tests.support.spans import Span


def defined(reasons: str, leaves: str | None = None, **cohorts: str | None) -> IndicatorDefinition:
    """Reasons by one letter each, sensitive ones in capitals; of cohorts the reasons that leave the denominator."""
    return indicator(
        "cccd",
        reasons=tuple(ReasonDefinition(one.lower(), {"vi": one}, sensitive=one.isupper()) for one in reasons),
        reasons_leaving_denominator=None if leaves is None else tuple(leaves.lower()),
        cohorts=tuple(
            CohortDefinition(code, {"vi": code}, "1", TargetOn.RAW, None if named is None else tuple(named.lower()))
            for code, named in cohorts.items()
        ),
    )


def entries(definition: IndicatorDefinition) -> str:
    return " ".join("".join(one) for one in guarded(definition, 5).entries)


def withheld(definition: IndicatorDefinition) -> set[str | None]:
    return set(guarded(definition, 5).withheld_rates)


def test_sensitive_reasons_are_told_of_with_the_last_that_is_not() -> None:
    assert entries(defined("abIcD")) == "a b icd"
    assert entries(defined("Iab")) == "ib a"
    assert withheld(defined("abIcD")) == set()


def test_without_a_sensitive_reason_or_a_small_count_nothing_is_put_together() -> None:
    assert guarded(defined("abc"), 5) == whole(defined("abc"))
    assert guarded(defined("aI"), 1) == whole(defined("aI")) == guarded(defined("aI"), 0)
    assert not guarded(defined("aI"), 2).is_full


def test_what_leaves_a_denominator_is_kept_apart_from_what_does_not_so_that_the_rate_can_be_told() -> None:
    assert entries(defined("abIcD", "cid")) == "a b icd"
    assert entries(defined("abIcD", "abI")) == "a bi cd"
    assert withheld(defined("abIcD", "abI")) == set()
    assert entries(defined("abIcD", hard="bi")) == "a bi cd"
    assert withheld(defined("abIcD", hard="bi", easy=None)) == set()


def test_a_rate_that_would_take_sensitive_reasons_apart_is_withheld_and_no_other() -> None:
    assert entries(defined("abI", "i")) == "a bi"
    assert withheld(defined("abI", "i")) == {None}
    assert withheld(defined("abI", "i", easy="ab", whole="abi", nothing="")) == {None, "easy"}
    assert entries(defined("abIcD", "bi", hard="d")) == "a bid c", "with what covers one of them"
    assert withheld(defined("abIcD", "bi", hard="d")) == {None, "hard"}


def test_where_every_reason_is_sensitive_the_total_is_theirs_and_is_not_told() -> None:
    alone = guarded(defined("ID", hard="", easy="i"), 5)
    assert alone == Disclosure((("i", "d"),), frozenset({None, "easy"}), tells_exempt=False)
    assert told(defined("ID"), alone, {"i": 2}) == [
        ExemptionCount("i", "I", None, suppressed=True),
        ExemptionCount("d", "D", None, suppressed=True),
    ]


def test_what_is_told_adds_up_whoever_asks() -> None:
    definition = defined("abIcD")
    counts = {"a": 7, "i": 2, "b": 0}
    assert told(definition, whole(definition), counts) == [
        ExemptionCount("a", "a", 7),
        ExemptionCount("b", "b", 0),
        ExemptionCount("i", "I", 2),
    ]
    assert told(definition, guarded(definition, 5), counts) == [
        ExemptionCount("a", "a", 7),
        ExemptionCount("b", "b", 0),
        ExemptionCount("i", "I", None, suppressed=True),
        ExemptionCount("c", "c", None, suppressed=True),
        ExemptionCount("d", "D", None, suppressed=True),
        ExemptionCount("i+c+d", "I; c; D", 2),
    ]
    assert told(definition, guarded(definition, 5), {"c": 0}) == told(definition, guarded(definition, 5), {"d": 0})
    assert told(definition, guarded(definition, 5), {}) == []


_letters = "abcdef"
_subset = st.none() | st.sets(st.sampled_from(_letters)).map("".join)
_flags = st.sets(st.sampled_from(_letters))
_cohorts = st.dictionaries(st.sampled_from(["hard", "easy"]), _subset)


def _with(flags: set[str], leaves: str | None, cohorts: dict[str, str | None]) -> IndicatorDefinition:
    return defined("".join(one.upper() if one in flags else one for one in _letters), leaves, **cohorts)


def _sums(definition: IndicatorDefinition, disclosure: Disclosure) -> list[dict[Any, int]]:
    """All that is told of one unit on one day: the entries, the total, what leaves the denominators of told rates."""
    denominators = {None: leaving(definition), **{one.code: leaving(definition, one) for one in definition.cohorts}}
    told_of = [left for key, left in denominators.items() if key not in disclosure.withheld_rates]
    if disclosure.tells_exempt:
        told_of += [frozenset(one) for one in disclosure.entries]
    return [dict.fromkeys(one, 1) for one in told_of]


@given(flags=_flags.filter(bool), leaves=_subset, cohorts=_cohorts)
def test_nothing_about_sensitive_reasons_alone_follows_from_what_is_told(
    flags: set[str], leaves: str | None, cohorts: dict[str, str | None]
) -> None:
    definition = _with(flags, leaves, cohorts)
    disclosure = guarded(definition, 5)
    assert sorted(code for one in disclosure.entries for code in one) == list(_letters)
    span = Span(_sums(definition, disclosure))
    _gives_no_sensitive_sum_away(span, flags)
    everything = Span(_sums(definition, whole(definition)))
    assert all(everything.gives_away({one: 1}) for one in _letters)


@given(before=_flags.filter(bool), after=_flags, leaves=_subset, cohorts=_cohorts)
@example(before={"c", "d"}, after={"c", "f"}, leaves="c", cohorts={"hard": "ef"})
def test_nor_from_what_is_told_before_and_after_a_change_that_quota_admits(
    before: set[str], after: set[str], leaves: str | None, cohorts: dict[str, str | None]
) -> None:
    # By which rule quota refuses the others: tests/services/quota/campaigns/test_changing.py.
    one, other = _with(before, leaves, cohorts), _with(after, leaves, cohorts)
    was, becomes = guarded(one, 5), guarded(other, 5)
    if becomes.keeps(was):
        _gives_no_sensitive_sum_away(Span([*_sums(one, was), *_sums(other, becomes)]), before)


def test_a_change_by_which_a_subtraction_would_tell_a_sensitive_reason_is_not_admitted() -> None:
    one, other = _with({"c", "d"}, "c", {"hard": "ef"}), _with({"c", "f"}, "c", {"hard": "ef"})
    was, becomes = guarded(one, 5), guarded(other, 5)
    assert Span([*_sums(one, was), *_sums(other, becomes)]).gives_away({"c": 1})
    assert not becomes.keeps(was)


def _gives_no_sensitive_sum_away(span: Span, sensitive: set[str]) -> None:
    # A sum of sensitive reasons, however weighted, is in the span only where one of them is when the others are told.
    for hidden in sensitive:
        others: list[dict[Any, Any]] = [{other: 1} for other in sensitive - {hidden}]
        assert not Span([*span.sums(), *others]).gives_away({hidden: 1})


@pytest.mark.parametrize("small_count", [2, 5, 1000])
def test_how_small_a_small_count_is_changes_nothing(small_count: int) -> None:
    definition = defined("abIcD", "abI")
    assert guarded(definition, small_count) == guarded(definition, 5)
