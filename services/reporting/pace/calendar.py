"""The days of a campaign on which an indicator can progress: those that are not paused for it (rule 10)."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from services.contracts.definitions import CampaignDefinition, PauseDefinition

WINDOW_DAYS = 14
"""A forecast goes on with the mean of the last so many elapsed days."""

CALENDARS_KEPT = 256
"""Calendars that a process has made, of a year some 15 kB each."""


class Calendar:
    """The days that count for one indicator, from the campaign's first to its last."""

    def __init__(self, first: date, last: date, pauses: Iterable[tuple[date, date]] = ()) -> None:
        paused = {
            day for begin, end in pauses for day in range(max(begin, first).toordinal(), min(end, last).toordinal() + 1)
        }
        self._days = [day for day in range(first.toordinal(), last.toordinal() + 1) if day not in paused]

    @property
    def days(self) -> int:
        """How many there are."""
        return len(self._days)

    def elapsed(self, day: date) -> int:
        """How many of them are up to the day, which is included."""
        return bisect_right(self._days, day.toordinal())

    def left(self, day: date) -> int:
        """How many of them come after the day."""
        return len(self._days) - self.elapsed(day)

    def is_paused(self, day: date) -> bool:
        """Whether the day, one of the campaign's, does not count."""
        place = bisect_right(self._days, day.toordinal())
        return place == 0 or self._days[place - 1] != day.toordinal()

    def window(self, day: date) -> tuple[date, int] | None:
        """The first of the last 14 elapsed days, and how many these are; None before any has elapsed."""
        elapsed = self.elapsed(day)
        if not elapsed:
            return None
        size = min(WINDOW_DAYS, elapsed)
        return date.fromordinal(self._days[elapsed - size]), size


def calendar_of(campaign: CampaignDefinition, indicator: str) -> Calendar:
    """The days that count for the indicator of that code; a pause that names none stops all of them."""
    pauses = tuple((one.first_day, one.last_day) for one in campaign.pauses if stops(one, indicator))
    return _calendar(campaign.first_day, campaign.last_day, pauses)


@lru_cache(maxsize=CALENDARS_KEPT)
def _calendar(first: date, last: date, pauses: tuple[tuple[date, date], ...]) -> Calendar:
    return Calendar(first, last, pauses)


def stops(pause: PauseDefinition, indicator: str) -> bool:
    """Whether the pause is one of the indicator's."""
    return not pause.indicators or indicator in pause.indicators


def eve(day: date) -> date:
    """The day before."""
    return day - timedelta(days=1)
