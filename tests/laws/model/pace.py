"""Rule 10: what is expected by a day, what is needed from it on, and what will come of it."""

from dataclasses import dataclass
from fractions import Fraction

from tests.laws.model.rates import half_up
from tests.laws.model.story import Pause, Story

WINDOW_DAYS = 14


@dataclass(frozen=True)
class Pace:
    expected: int
    difference: int
    needed_per_day: tuple[int, int] | None
    forecast: int | None
    days_left: int


def days_that_count(story: Story, pauses: tuple[Pause, ...], indicator: str) -> list[int]:
    """The days of the campaign that are not paused for the indicator."""
    return [
        day
        for day in range(story.campaign.days)
        if not any(
            pause.first_day <= day <= pause.last_day and (not pause.indicators or indicator in pause.indicators)
            for pause in pauses
        )
    ]


def expected(days: list[int], *, day: int, quota: int, baseline: int | None) -> int:
    """By the share of days that have elapsed of those that count; `baseline`: None where it does not count."""
    share = Fraction(sum(1 for one in days if one <= day), len(days))
    return half_up(quota * share if baseline is None else baseline + (quota - baseline) * share)


def eve_of_window(days: list[int], day: int) -> int | None:
    """The day before the last 14 elapsed days, or before as many as there are; None before any has elapsed."""
    elapsed = [one for one in days if one <= day]
    return elapsed[-WINDOW_DAYS:][0] - 1 if elapsed else None


def pace(
    days: list[int],
    *,
    day: int,
    quota: int,
    baseline: int | None,
    achieved: int,
    outstanding: int,
    recent: int,
) -> Pace | None:
    """`baseline`: None where it does not count. `recent`: what the campaign added within the window; unknown is 0."""
    if not days:
        return None
    elapsed = [one for one in days if one <= day]
    left = len(days) - len(elapsed)
    by_now = expected(days, day=day, quota=quota, baseline=baseline)
    forecast = None  # before any day has elapsed there is no window
    if elapsed:
        mean = Fraction(recent, min(len(elapsed), WINDOW_DAYS))
        forecast = half_up(achieved + mean * left)
    return Pace(by_now, achieved - by_now, (outstanding, left) if left else None, forecast, left)
