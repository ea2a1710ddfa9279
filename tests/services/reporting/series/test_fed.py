"""When a unit begins and ceases to have a plan in force."""

import uuid
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.series.fed import Revision, turns

FAMILIES = [uuid.UUID(int=one) for one in range(3)]
FIRST = date(2024, 4, 4)


def revision(family: int, number: int, day: int, *, hands_down: bool = True) -> Revision:
    return Revision(FAMILIES[family], number, FIRST + timedelta(days=day), hands_down)


def test_a_plan_begins_on_its_day_and_ceases_when_it_is_withdrawn() -> None:
    found = turns([revision(0, 1, 2), revision(0, 2, 5), revision(0, 3, 9, hands_down=False)])
    assert found == [(date(2024, 4, 6), 1), (date(2024, 4, 13), -1)]


def test_a_withdrawal_that_is_dated_before_the_plan_leaves_it_nothing() -> None:
    assert turns([revision(0, 1, 5), revision(0, 2, 3, hands_down=False)]) == []


def test_another_plan_goes_on() -> None:
    assert turns([revision(0, 1, 0), revision(0, 2, 4, hands_down=False), revision(1, 1, 2)]) == [(FIRST, 1)]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12), st.booleans()), max_size=10))
def test_turns_add_up_to_what_stands_on_each_day(drawn: list[tuple[int, int, bool]]) -> None:
    every = [
        revision(family, number, day, hands_down=down) for number, (family, day, down) in enumerate(drawn, start=1)
    ]
    found = turns(every)
    for day in (FIRST + timedelta(days=ahead) for ahead in range(14)):
        in_force = {}
        for one in sorted(every, key=lambda one: one.revision):
            if one.day <= day:
                in_force[one.family] = one.hands_down
        assert sum(turn for when, turn in found if when <= day) == any(in_force.values())
