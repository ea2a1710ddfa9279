from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.counting.lateness import day_at, due_moment, is_late

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
MAY_1 = date(2024, 5, 1)


def test_a_second_before_and_at_seventeen_hours_utc_are_two_days() -> None:
    assert day_at(datetime(2024, 5, 1, 16, 59, 59, tzinfo=UTC), HOME) == MAY_1
    assert day_at(datetime(2024, 5, 1, 17, 0, 0, tzinfo=UTC), HOME) == date(2024, 5, 2)


@pytest.mark.parametrize(
    ("hour", "days", "expected"),
    [
        (17, 0, datetime(2024, 5, 1, 10, tzinfo=UTC)),
        (0, 0, datetime(2024, 4, 30, 17, tzinfo=UTC)),
        (24, 0, datetime(2024, 5, 1, 17, tzinfo=UTC)),
        (8, 2, datetime(2024, 5, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_report_is_due_by_the_campaign_s_clock(hour: int, days: int, expected: datetime) -> None:
    assert due_moment(MAY_1, due_hour=hour, due_days_after=days, zone=HOME) == expected


@given(st.integers(0, 24), st.integers(0, 5), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_at_the_very_moment_it_is_on_time_and_then_late(hour: int, days: int, day: date) -> None:
    due = due_moment(day, due_hour=hour, due_days_after=days, zone=HOME)
    assert not is_late(due, day, due_hour=hour, due_days_after=days, zone=HOME)
    assert is_late(due + timedelta(microseconds=1), day, due_hour=hour, due_days_after=days, zone=HOME)


def test_the_clock_of_a_zone_with_summer_time_is_what_its_walls_show() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    winter = due_moment(date(2024, 3, 30), due_hour=17, due_days_after=0, zone=berlin)
    summer = due_moment(date(2024, 3, 31), due_hour=17, due_days_after=0, zone=berlin)
    assert (winter.hour, summer.hour) == (16, 15)
