"""Laws of what may be handed down."""

from hypothesis import given
from hypothesis import strategies as st

from services.quota.plans.ceiling import NO_COHORT, excesses

AMOUNTS = st.dictionaries(st.integers(0, 3), st.integers(0, 6), max_size=4)


def of_indicator(amounts: dict[int, int]) -> dict[tuple[int, int], int]:
    return {(1, cohort_no): amount for cohort_no, amount in amounts.items()}


def can_be_served(received: dict[int, int], handed_down: dict[int, int]) -> bool:
    """Case by case: each goes to its own cohort, or, received without one, to any; without one it comes from any."""
    left = dict(received)
    for cohort_no, amount in handed_down.items():
        if cohort_no == NO_COHORT:
            continue
        for _ in range(amount):
            purse = cohort_no if left.get(cohort_no, 0) else NO_COHORT
            if not left.get(purse, 0):
                return False
            left[purse] -= 1
    return sum(left.values()) >= handed_down.get(NO_COHORT, 0)


@given(AMOUNTS.filter(lambda came: any(cohort_no != NO_COHORT for cohort_no in came)), AMOUNTS)
def test_there_is_an_excess_just_when_some_case_cannot_be_served(received: dict[int, int], handed_down: dict[int, int]):
    found = excesses(of_indicator(received), of_indicator(handed_down))
    assert (not found) is can_be_served(received, handed_down)
    assert all(one.excess > 0 for one in found)


@given(st.integers(0, 20), AMOUNTS)
def test_what_came_without_cohorts_is_bounded_in_sum_only(received: int, handed_down: dict[int, int]):
    found = excesses({(1, NO_COHORT): received}, of_indicator(handed_down))
    total = sum(handed_down.values())
    assert [one.excess for one in found] == ([total - received] if total > received else [])


@given(AMOUNTS)
def test_whatever_was_received_may_be_handed_down_as_it_came(amounts: dict[int, int]):
    assert excesses(of_indicator(amounts), of_indicator(amounts)) == []


@given(AMOUNTS, AMOUNTS)
def test_an_indicator_is_judged_without_regard_to_others(first: dict[int, int], second: dict[int, int]):
    other = {(2, cohort_no): amount for cohort_no, amount in second.items()}
    alone = excesses({}, of_indicator(first))
    assert [one for one in excesses(other, of_indicator(first) | other) if one.indicator_no == 1] == alone


def test_only_a_top_unit_that_received_nothing_of_an_indicator_is_unbounded():
    assert excesses({}, {(1, 0): 5}, unbounded=True) == []
    assert len(excesses({}, {(1, 0): 5})) == 1
    assert len(excesses({(1, 0): 4}, {(1, 0): 5}, unbounded=True)) == 1
