"""When a report of a day is due (rule 12), and which calendar day a moment falls on (rule 7), as the campaign's clock
says."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def day_at(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day in the campaign's time zone."""
    return moment.astimezone(zone).date()


def due_moment(day: date, *, due_hour: int, due_days_after: int, zone: ZoneInfo) -> datetime:
    """The last moment, in UTC, at which a report of `day` is on time. Hour 24 is the midnight that ends a day."""
    due_day = day + timedelta(days=due_days_after + due_hour // 24)
    return datetime(due_day.year, due_day.month, due_day.day, due_hour % 24, tzinfo=zone).astimezone(UTC)


def is_late(received_at: datetime, day: date, *, due_hour: int, due_days_after: int, zone: ZoneInfo) -> bool:
    """Whether a report of `day` came after it was due; at the very hour it is on time."""
    return received_at > due_moment(day, due_hour=due_hour, due_days_after=due_days_after, zone=zone)
