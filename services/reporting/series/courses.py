"""Flows (rules 4 and 16): from one stock to the next, and where a stated stock is not what was left."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple


class Break(NamedTuple):
    """A stock that was stated otherwise than what the day before had left."""

    stated: int
    expected: int


class Course(NamedTuple):
    """One unit's stock at the start and at the end of the days asked for; None: not known."""

    opening: int | None
    closing: int | None
    breaks: Mapping[date, Break]


def course_of(stated: Mapping[date, int], gained: Mapping[date, int], *, first: date, last: date) -> Course:
    """The stock from `first` to `last`, both included.

    `stated`: for the start of a day; it counts even where it differs from what was left. `gained`: received less
    resolved, by day. Both hold days before `first` too.
    """
    stock: int | None = None
    opening: int | None = None
    breaks = {}
    for day in sorted({first, *stated, *gained}):
        if day > last:
            break
        told = stated.get(day)
        if told is not None:
            if stock not in (None, told) and day >= first:
                breaks[day] = Break(told, stock)
            stock = told
        if day == first:
            opening = stock
        if stock is not None:
            stock += gained.get(day, 0)
    return Course(opening, stock, breaks)


def together(courses: Iterable[Course], *, unstated: int) -> Course:
    """Several units as one: stocks that are known are added up, breaks of one day are one.

    `unstated`: what units that never stated a stock gained in these days; it is part of what is left as soon as
    anything is known.
    """
    every = list(courses)
    openings = [one.opening for one in every if one.opening is not None]
    closings = [one.closing for one in every if one.closing is not None]
    breaks: dict[date, Break] = {}
    for one in every:
        for day, found in one.breaks.items():
            before = breaks.get(day, Break(0, 0))
            breaks[day] = Break(before.stated + found.stated, before.expected + found.expected)
    return Course(
        sum(openings) if openings else None,
        sum(closings) + unstated if closings else None,
        dict(sorted(breaks.items())),
    )
