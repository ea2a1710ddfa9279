"""Expected, needed and forecast (rule 10), in whole numbers and fractions; nothing here is a floating point number."""

from datetime import date
from fractions import Fraction
from typing import NamedTuple

from services.contracts.words import Band
from services.reporting.pace.calendar import Calendar


class Pace(NamedTuple):
    """Where a unit should stand and where it is heading.

    `needed_per_day`: what is outstanding, and the days it is left for; None on the last day. `forecast` None: no day
    that counts has elapsed. `forecast_reached` None: no forecast, or a quota of 0.
    """

    expected: int
    difference: int
    needed_per_day: tuple[int, int] | None
    forecast: int | None
    forecast_reached: bool | None
    days_left: int


def half_up(numerator: int, denominator: int) -> int:
    """floor(numerator / denominator + ½), for a denominator above 0."""
    return (2 * numerator + denominator) // (2 * denominator)


def expected_by(quota: int, baseline: int, calendar: Calendar, day: date) -> int | None:
    """What should be achieved by the day where a baseline counts (0 where it does not); None where no day counts."""
    if not calendar.days:
        return None
    share, days = calendar.elapsed(day), calendar.days
    return half_up(baseline * days + (quota - baseline) * share, days)


def pace_of(
    *,
    quota: int | None,
    baseline: int,
    achieved: int | None,
    outstanding: int | None,
    recent: int,
    target: Fraction,
    calendar: Calendar,
    day: date,
) -> Pace | None:
    """The pace as of the day; None where quota or achieved is unknown, or every day of the campaign is paused.

    `baseline`: what counts of it, 0 where it does not. `recent`: what the campaign added within the calendar's window.
    """
    if quota is None or achieved is None:
        return None
    expected = expected_by(quota, baseline, calendar, day)
    if expected is None:
        return None
    left = calendar.left(day)
    window = calendar.window(day)
    forecast = None if window is None else half_up(achieved * window[1] + recent * left, window[1])
    return Pace(
        expected=expected,
        difference=achieved - expected,
        needed_per_day=(outstanding, left) if left and outstanding is not None else None,
        forecast=forecast,
        forecast_reached=None if forecast is None or not quota else _reaches(forecast, quota, target),
        days_left=left,
    )


def _reaches(forecast: int, quota: int, target: Fraction) -> bool:
    return forecast * target.denominator >= target.numerator * quota


def band_of(*, quota: int | None, achieved: int | None, reached: bool | None, pace: Pace | None) -> Band:
    """Reached, on track (as much as expected), behind; unknown where quota or achieved is.

    Without a pace, since every day is paused, nothing is expected yet.
    """
    if quota is None or achieved is None:
        return Band.UNKNOWN
    if reached:
        return Band.REACHED
    return Band.ON_TRACK if pace is None or pace.difference >= 0 else Band.BEHIND
