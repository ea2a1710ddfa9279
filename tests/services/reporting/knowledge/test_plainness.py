"""Where the rows of some days alone say what was known."""

from datetime import date, timedelta

import pytest

from services.reporting.knowledge.plainness import Presence, is_plain

SINCE = date(2024, 6, 10)


def told(place: int, days_before: int, *, cumulative: bool = False) -> Presence:
    return Presence(place, SINCE - timedelta(days=days_before), cumulative)


@pytest.mark.parametrize(
    ("presences", "plain"),
    [
        ([], True),
        ([told(1, 1)], True),
        ([told(1, 0)], False),  # whoever speaks now may not have spoken then
        ([told(2, 5), told(2, 0)], True),
        ([told(1, 5), told(2, 5), told(3, 0)], True),
        ([told(1, 4), told(2, 5)], False),  # the second group fell silent
        ([told(1, 5, cumulative=True)], False),
        ([told(1, 5), told(2, 4, cumulative=True)], False),
    ],
)
def test_plain_are_daily_rows_of_whoever_spoke_before_and_always(presences: list[Presence], plain: bool) -> None:
    assert is_plain(presences, SINCE) is plain
