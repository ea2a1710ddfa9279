from datetime import date, timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.words import MAX_COUNT, Band
from services.reporting.pace.calendar import Calendar
from services.reporting.pace.rules import Pace, band_of, half_up, pace_of

FIRST, LAST = date(2024, 4, 4), date(2024, 7, 3)
PAUSE = (date(2024, 6, 24), date(2024, 6, 30))

counts = st.integers(0, MAX_COUNT)
spans = st.tuples(st.integers(-20, 110), st.integers(0, 30)).map(
    lambda one: (FIRST + timedelta(days=one[0]), FIRST + timedelta(days=one[0] + one[1]))
)
days = st.integers(0, 90).map(lambda one: FIRST + timedelta(days=one))


def pace(day: date, *, calendar: Calendar | None = None, **changes: int | None) -> Pace | None:
    plain = {"quota": 837, "baseline": 0, "achieved": 579, "outstanding": 0, "recent": 0}
    given_counts = plain | changes
    return pace_of(target=Fraction(1), calendar=calendar or Calendar(FIRST, LAST), day=day, **given_counts)  # ty: ignore[invalid-argument-type]


def test_the_last_day_of_the_notice_of_2024() -> None:
    assert pace(LAST) == Pace(837, -258, None, 579, False, 0)


def test_both_ends_belong_to_the_campaign_of_91_days() -> None:
    calendar = Calendar(FIRST, LAST)
    assert (calendar.days, calendar.elapsed(FIRST), calendar.left(FIRST)) == (91, 1, 90)
    assert (calendar.elapsed(LAST), calendar.left(LAST)) == (91, 0)
    assert calendar.elapsed(FIRST - timedelta(days=1)) == 0


def test_paused_days_do_not_elapse() -> None:
    calendar = Calendar(FIRST, LAST, [PAUSE])
    assert calendar.days == 84
    assert [calendar.elapsed(date(2024, 6, day)) for day in (23, 24, 30)] == [81, 81, 81]
    assert [calendar.left(day) for day in (date(2024, 6, 30), date(2024, 7, 1), LAST)] == [3, 2, 0]
    assert Calendar(FIRST, LAST, [PAUSE, PAUSE, (date(2024, 6, 20), date(2024, 6, 25))]).days == 80


def test_the_window_holds_the_last_14_days_that_elapsed_whatever_was_paused_between() -> None:
    calendar = Calendar(FIRST, LAST, [PAUSE])
    assert calendar.window(LAST) == (date(2024, 6, 13), 14)
    assert calendar.window(date(2024, 6, 27)) == (date(2024, 6, 10), 14)
    assert calendar.window(date(2024, 4, 6)) == (FIRST, 3)
    assert Calendar(FIRST, LAST, [(FIRST, FIRST)]).window(FIRST) is None


def test_a_campaign_goes_on_with_the_mean_of_its_window() -> None:
    found = pace(date(2024, 5, 3), quota=1000, achieved=100, outstanding=900, recent=42)
    assert found == Pace(330, -230, (900, 61), 283, False, 61)
    assert pace(date(2024, 4, 4), quota=91, achieved=1, outstanding=90, recent=1) == Pace(1, 0, (90, 90), 91, True, 90)


def test_a_baseline_that_counts_stands_before_the_first_day() -> None:
    found = pace(date(2024, 5, 18), quota=1000, baseline=400, achieved=700, outstanding=300, recent=140)
    assert found == Pace(697, 3, (300, 46), 1160, True, 46)


@pytest.mark.parametrize("unknown", ["quota", "achieved"])
def test_without_quota_or_achieved_there_is_no_pace(unknown: str) -> None:
    assert pace(LAST, **{unknown: None}) is None


def test_a_quota_of_zero_says_nothing_of_what_a_forecast_reaches() -> None:
    found = pace(date(2024, 5, 1), quota=0, achieved=0)
    assert found is not None
    assert (found.expected, found.forecast, found.forecast_reached) == (0, 0, None)


def test_where_every_day_is_paused_there_is_no_pace_and_nobody_is_behind() -> None:
    never = Calendar(FIRST, LAST, [(FIRST, LAST)])
    assert pace(LAST, calendar=never) is None
    assert band_of(quota=5, achieved=0, reached=False, pace=None) is Band.ON_TRACK


def test_before_any_day_has_elapsed_there_is_no_forecast() -> None:
    found = pace(FIRST, calendar=Calendar(FIRST, LAST, [(FIRST, FIRST)]), achieved=3, recent=3)
    assert found is not None
    assert (found.expected, found.forecast, found.forecast_reached, found.days_left) == (0, None, None, 90)


def test_a_pause_that_is_added_late_moves_what_was_expected_at_once() -> None:
    before, after = pace(date(2024, 6, 23)), pace(date(2024, 6, 23), calendar=Calendar(FIRST, LAST, [PAUSE]))
    assert before is not None
    assert after is not None
    assert (before.expected, after.expected) == (745, 807)


@given(counts, counts, counts, st.integers(-MAX_COUNT, MAX_COUNT), st.lists(spans, max_size=3), days)
def test_pace_is_what_the_rule_says_in_fractions(
    quota: int, baseline: int, achieved: int, recent: int, pauses: list[tuple[date, date]], day: date
) -> None:
    counted = [
        one
        for one in (FIRST + timedelta(days=place) for place in range(91))
        if not any(begin <= one <= end for begin, end in pauses)
    ]
    elapsed = [one for one in counted if one <= day]
    left = len(counted) - len(elapsed)
    found = pace_of(
        quota=quota,
        baseline=baseline,
        achieved=achieved,
        outstanding=max(0, quota - achieved),
        recent=recent,
        target=Fraction(9, 10),
        calendar=Calendar(FIRST, LAST, pauses),
        day=day,
    )
    if not counted:
        assert found is None
        return
    assert found is not None
    half = Fraction(1, 2)
    assert found.expected == floor(baseline + (quota - baseline) * Fraction(len(elapsed), len(counted)) + half)
    assert found.difference == achieved - found.expected
    assert found.days_left == left
    assert (found.needed_per_day is None) == (left == 0)
    if elapsed:
        mean = Fraction(recent, min(14, len(elapsed)))
        assert found.forecast == floor(achieved + mean * left + half)
        assert found.forecast_reached == (Fraction(found.forecast, quota) >= Fraction(9, 10) if quota else None)
    else:
        assert found.forecast is None


@given(counts, st.integers(0, 90), st.lists(spans, max_size=2))
def test_expected_grows_from_day_to_day_and_comes_to_the_quota(
    quota: int, offset: int, pauses: list[tuple[date, date]]
) -> None:
    calendar = Calendar(FIRST, LAST, pauses)
    day = FIRST + timedelta(days=offset)
    today, tomorrow, end = (pace(one, calendar=calendar, quota=quota) for one in (day, day + timedelta(days=1), LAST))
    if today is None or tomorrow is None or end is None:
        assert calendar.days == 0
        return
    assert 0 <= today.expected <= tomorrow.expected <= quota
    assert end.expected == quota


@given(st.none() | counts, st.none() | counts, st.none() | st.booleans(), st.integers(-5, 5))
def test_one_band_at_a_time(quota: int | None, achieved: int | None, reached: bool | None, difference: int) -> None:
    standing = Pace(0, difference, None, None, None, 0)
    found = band_of(quota=quota, achieved=achieved, reached=reached, pace=standing)
    if quota is None or achieved is None:
        assert found is Band.UNKNOWN
    elif reached:
        assert found is Band.REACHED
    else:
        assert found is (Band.ON_TRACK if difference >= 0 else Band.BEHIND)


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**6))
def test_half_up_is_the_floor_of_x_and_a_half(numerator: int, denominator: int) -> None:
    assert half_up(numerator, denominator) == floor(Fraction(numerator, denominator) + Fraction(1, 2))
