from datetime import date

from services.contracts.words import QuotaBasis
from services.reporting.projector.quota_steps import (
    Amounts,
    From,
    InForce,
    Issue,
    in_force,
    received,
    revisions_in_force,
    together,
)


def day(number: int) -> date:
    return date(2024, 4, number)


def test_a_revision_holds_from_its_own_date() -> None:
    issues = [Issue(2, day(9), "b"), Issue(1, day(2), "a")]
    assert revisions_in_force(issues) == [From(day(2), "a"), From(day(9), "b")]


def test_a_revision_dated_before_the_first_replaces_it_altogether() -> None:
    assert revisions_in_force([Issue(1, day(5), "a"), Issue(2, day(3), "b")]) == [From(day(3), "b")]


def test_of_two_revisions_of_one_day_the_higher_holds() -> None:
    assert revisions_in_force([Issue(1, day(5), "a"), Issue(2, day(5), "b")]) == [From(day(5), "b")]


def test_a_revision_that_changes_nothing_is_no_step() -> None:
    assert revisions_in_force([Issue(1, day(5), "a"), Issue(2, day(7), "a")]) == [From(day(5), "a")]


def test_nothing_and_something_is_something() -> None:
    one = [From(day(1), Amounts(5, 1)), From(day(4), None)]
    other = [From(day(2), Amounts(7, 0)), From(day(4), Amounts(8, 0))]
    assert together([one, other]) == [
        From(day(1), Amounts(5, 1)),
        From(day(2), Amounts(12, 1)),
        From(day(4), Amounts(8, 0)),
    ]


def test_a_sum_of_nothing_is_nothing() -> None:
    assert together([]) == []
    assert together([[From(day(1), Amounts(0, 0)), From(day(2), None)], []])[-1] == From(day(2), None)


def test_what_was_received_stands_before_what_the_children_have() -> None:
    children = [[From(day(1), Amounts(3, 0))], [From(day(6), Amounts(4, 0))]]
    own = [From(day(2), Amounts(10, 0)), From(day(5), None)]
    assert in_force(own, children) == [
        From(day(1), InForce(Amounts(3, 0), QuotaBasis.DERIVED)),
        From(day(2), InForce(Amounts(10, 0), QuotaBasis.RECEIVED)),
        From(day(5), InForce(Amounts(3, 0), QuotaBasis.DERIVED)),
        From(day(6), InForce(Amounts(7, 0), QuotaBasis.DERIVED)),
    ]


def test_lines_of_several_plans_add_up() -> None:
    plans = [[Issue(1, day(1), "f1"), Issue(2, day(3), "f2")], [Issue(1, day(2), "g1")]]
    assert received({"f1": Amounts(5, 0), "g1": Amounts(2, 1)}, plans) == [
        From(day(1), Amounts(5, 0)),
        From(day(2), Amounts(7, 1)),
        From(day(3), Amounts(2, 1)),
    ]
