"""Counts day by day, as REST answers them and, in columns, as the gateway receives them."""

from datetime import date, datetime

import msgspec


class DayCount(msgspec.Struct, frozen=True):
    """One day of a series. `None` is unknown, never 0: before the first day that anything is known of.

    Cumulative: totals as of the day by whoever spoke on it, a baseline that counts included, and what is expected by
    the day (rule 10). Daily: what the totals gained since the day before, negative where a correction took away, and
    what should be gained on the day. `paused`: the indicator cannot progress on the day.

    `received` and `resolved` are those of a flow, and `carried_over` is the stock that was stated for the start of the
    day, of all units that stated one.

    Of kind `rank`, cumulative: `achieved` is the unit's own latest place as of the day, by whoever speaks as of it;
    daily: None, since places add up to nothing and so have no gains.
    """

    day: date
    achieved: int | None = None
    exempt: int | None = None
    declined: int | None = None
    expected: int | None = None
    paused: bool = False
    carried_over: int | None = None
    received: int | None = None
    resolved: int | None = None


class Series(msgspec.Struct, frozen=True):
    """One unit and indicator, one item per day from `from` to `to`."""

    unit: str
    indicator: str
    cohort: str | None
    cumulative: bool
    from_day: date = msgspec.field(name="from")
    to_day: date = msgspec.field(name="to")
    items: list[DayCount]
    as_of: date
    known_at: datetime | None
    as_of_token: str


class FlowBreak(msgspec.Struct, frozen=True):
    """On `day`, `stated` was carried over, where the day before had left `expected` (rule 16): the former counts."""

    day: date
    stated: int
    expected: int
    difference: int


class Flow(msgspec.Struct, frozen=True):
    """A unit's stock at the start of `from` and at the end of `to`, what came in and what was settled in between.

    Breaks are those of the units that state a stock, added up by day.
    """

    unit: str
    indicator: str
    from_day: date = msgspec.field(name="from")
    to_day: date = msgspec.field(name="to")
    opening: int | None
    received: int | None
    resolved: int | None
    closing: int | None
    breaks: list[FlowBreak]
    as_of: date
    known_at: datetime | None
    as_of_token: str


class SeriesColumns(msgspec.Struct, frozen=True):
    """The series of one unit and indicator or cohort, a column per field of `DayCount`, one value per day.

    A column in which nothing is known is empty.
    """

    unit: str
    indicator: str
    cohort: str | None
    achieved: list[int | None]
    exempt: list[int | None]
    declined: list[int | None]
    expected: list[int | None]
    carried_over: list[int | None]
    received: list[int | None]
    resolved: list[int | None]
