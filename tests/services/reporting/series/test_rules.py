from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.pace.calendar import Calendar
from services.reporting.series.courses import Break, Course, course_of, together
from services.reporting.series.rules import Change, Days, QuotaFrom, counted, expected, in_force, with_baseline

FIRST = date(2024, 4, 4)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def days(first: int, last: int, *, as_of: int = 90) -> Days:
    return Days(day(first), day(last), day(as_of))


CHANGES = [Change(day(1), 5, 1), Change(day(3), -2, 1), Change(day(4), 0, -2), Change(day(6), 7, 1)]


def test_a_total_is_unknown_before_the_first_day_that_anything_is_known_of_and_whenever_nothing_is() -> None:
    assert counted(CHANGES, days(0, 7), cumulative=True) == [None, 5, 5, 3, None, None, 10, 10]
    assert counted(CHANGES, days(0, 7), cumulative=False) == [None, 5, 0, -2, None, None, 7, 0]


def test_what_came_before_the_first_day_asked_for_counts_in_totals_and_makes_days_known() -> None:
    assert counted(CHANGES, days(2, 3), cumulative=True) == [5, 3]
    assert counted(CHANGES, days(2, 3), cumulative=False) == [0, -2]


def test_days_after_the_one_looked_at_are_unknown() -> None:
    assert counted(CHANGES, days(1, 3, as_of=2), cumulative=True) == [5, 5, None]
    assert counted(CHANGES, days(1, 0), cumulative=True) == []


def test_the_expected_line_follows_the_quota_in_force_and_stands_still_while_paused() -> None:
    calendar = Calendar(day(0), day(9), [(day(2), day(3))])
    steps = [QuotaFrom(day(1), 80, 8), QuotaFrom(day(5), 160, 8), QuotaFrom(day(7), None, 0)]
    quotas = in_force(steps, days(0, 8))
    line = expected(quotas, calendar, days(0, 8), counts_baseline=False, cumulative=True)
    assert line == [None, 20, 20, 20, 30, 80, 100, None, None]
    daily = expected(quotas, calendar, days(0, 8), counts_baseline=False, cumulative=False)
    assert daily == [None, 10, 0, 0, 10, 20, 20, None, None], "by the quota in force on the day"
    line = expected(quotas[:3], calendar, days(0, 2), counts_baseline=True, cumulative=True)
    assert line == [None, 8 + 18, 8 + 18]
    stopped = Calendar(day(0), day(9), [(day(0), day(9))])
    assert expected(quotas[1:2], stopped, days(1, 1), counts_baseline=False, cumulative=True) == [None]


def test_a_baseline_that_counts_is_unknown_while_what_was_added_is() -> None:
    quotas = in_force([QuotaFrom(day(1), 80, 8)], days(0, 2))
    assert with_baseline([3, None, 5], quotas) == [3, None, 13]


_changes = st.lists(
    st.builds(Change, st.integers(0, 20).map(day), st.integers(-5, 9), st.integers(0, 2)), max_size=12
).map(sorted)


@given(changes=_changes, first=st.integers(0, 20), length=st.integers(0, 20))
def test_days_add_up_to_the_difference_of_totals(changes: list[Change], first: int, length: int) -> None:
    asked = days(first, first + length)
    totals = counted(changes, asked, cumulative=True)
    gains = counted(changes, asked, cumulative=False)
    for on, total, gain in zip(asked.all(), totals, gains, strict=True):
        known = sum(one.known for one in changes if one.day <= on) > 0
        assert total == (sum(one.delta for one in changes if one.day <= on) if known else None)
        assert gain == (sum(one.delta for one in changes if one.day == on) if known else None)


def test_a_stated_stock_counts_even_where_it_is_not_what_was_left() -> None:
    gained = {day(1): 10, day(2): -4, day(5): 3}
    assert course_of({day(1): 100}, gained, first=day(1), last=day(2)) == Course(100, 106, {})
    broken = course_of({day(1): 100, day(3): 90, day(4): 90}, gained, first=day(1), last=day(5))
    assert broken == Course(100, 93, {day(3): Break(90, 106)}), "stated again as it is left: no break"
    later = course_of({day(1): 100, day(3): 90}, gained, first=day(3), last=day(5))
    assert later == Course(90, 93, {day(3): Break(90, 106)}), "at the very start too"
    assert course_of({day(1): 100, day(3): 90}, gained, first=day(4), last=day(5)) == Course(90, 93, {})


def test_a_stock_that_was_never_stated_is_unknown() -> None:
    assert course_of({}, {day(1): 10}, first=day(0), last=day(5)) == Course(None, None, {})
    assert course_of({day(3): 7}, {day(1): 10}, first=day(0), last=day(5)) == Course(None, 7, {})


def test_units_together_have_the_sum_of_what_is_known_and_of_the_breaks_of_a_day() -> None:
    one = Course(10, 12, {day(3): Break(8, 9), day(4): Break(1, 2)})
    other = Course(None, 5, {day(3): Break(4, 3)})
    assert together([one, other], unstated=2) == Course(10, 19, {day(3): Break(12, 12), day(4): Break(1, 2)})
    assert together([], unstated=2) == Course(None, None, {})


_by_day = st.dictionaries(st.integers(0, 9).map(day), st.integers(-20, 50), max_size=6)


@given(opening=st.integers(0, 99), stated=_by_day, gained=_by_day, first=st.integers(0, 9), last=st.integers(0, 9))
def test_the_closing_is_the_opening_with_what_was_gained_and_what_breaks_added(
    opening: int, stated: dict[date, int], gained: dict[date, int], first: int, last: int
) -> None:
    first, last = min(first, last), max(first, last)
    course = course_of({**stated, day(0): opening}, gained, first=day(first), last=day(last))
    assert course.opening is not None
    within = sum(delta for on, delta in gained.items() if day(first) <= on <= day(last))
    broken = sum(one.stated - one.expected for on, one in course.breaks.items() if on > day(first))
    assert course.closing == course.opening + within + broken


@given(stated=_by_day, gained=_by_day, cut=st.integers(1, 8))
def test_the_closing_of_one_day_is_the_opening_of_the_next_unless_that_one_is_stated(
    stated: dict[date, int], gained: dict[date, int], cut: int
) -> None:
    before = course_of(stated, gained, first=day(0), last=day(cut - 1))
    after = course_of(stated, gained, first=day(cut), last=day(9))
    if day(cut) not in stated:
        assert after.opening == before.closing
    else:
        assert after.opening == stated[day(cut)]
        differs = before.closing not in (None, stated[day(cut)])
        assert (day(cut) in after.breaks) == differs
