"""What is counted without a quota: activities, milestones, ratios, places in a table, flows (rules 4, 5 and 16)."""

from dataclasses import dataclass
from typing import Any

from tests.laws.model import authority, hierarchy
from tests.laws.model.counting import Live
from tests.laws.model.figures import Knowledge
from tests.laws.model.story import Cohort, Indicator
from tests.laws.model.successions import ByOtherUnits


def figure(knowledge: Knowledge, unit: str, indicator: Indicator, cohort: Cohort | None, day: int) -> dict[str, Any]:
    """An activity may be hedged, a milestone is expected of every unit of its level, a place is the latest own."""
    found = knowledge.figure(unit, indicator, cohort, day)
    rows = knowledge.counted(unit, indicator, None if cohort is None else cohort.code, day)
    if indicator.kind == "activity" and any(_hedges(live, rows) for live in rows):
        found["hedge"] = "about"
    if indicator.fed:
        members, issued = knowledge.issued(unit, indicator, day)
        found["coverage"] = {"reported": len(issued), "expected": len(members)}
    elif indicator.kind == "milestone":
        units = [one.code for one in hierarchy.at_or_under(knowledge.story, unit, indicator.level)]
        reported = [code for code in units if knowledge.received(code, indicator, day)]
        found["coverage"] = {"reported": len(reported), "expected": len(units)}
    if indicator.kind == "rank":
        on, place, labels = latest_place(knowledge, unit, indicator, day)
        found |= {"achieved": place, "last_day": on, "labels": sorted({*knowledge.story.campaign.labels, *labels})}
    return found


def latest_place(
    knowledge: Knowledge, unit: str, indicator: Indicator, day: int
) -> tuple[int | None, int | None, tuple[str, ...]]:
    """The day of the unit's own latest place by whoever speaks, the place, and the labels that it came with."""
    rows = knowledge.counted(unit, indicator, None, day)
    own = [(live.row.day, live.received, live.row.value, live.labels) for live in rows if live.row.unit == unit]
    on, _, place, labels = max(own, default=(None, None, None, ()))
    return on, place, labels


def figure_by(other: ByOtherUnits, name: str, indicator: Indicator, cohort: Cohort | None, day: int) -> dict[str, Any]:
    """By a unit of another day: a place ends where units are merged or divided, the rest is summed."""
    knowledge = other.knowledge
    found = other.figure(name, indicator, cohort, day)
    made_of = list(other.made_of(name, indicator.level))
    members = [unit for unit, images in made_of if images is None or None not in other.images[unit].values()]
    own = [figure(knowledge, unit, indicator, cohort, day) for unit in members]
    if indicator.kind == "activity" and any("hedge" in one for one in own):
        found["hedge"] = "about"
    if indicator.kind == "milestone":
        found["coverage"] = {key: sum(one["coverage"][key] for one in own) for key in ("reported", "expected")}
    if indicator.kind == "rank":
        nothing = {"achieved": None, "last_day": None, "labels": sorted(knowledge.story.campaign.labels)}
        is_one = len(made_of) == 1 and made_of[0][1] is None
        found |= {key: own[0][key] for key in nothing} if is_one else nothing
    return found


def _hedges(live: Live, rows: list[Live]) -> bool:
    """Whether the row was said to be about so many, and no later total of its key took its place."""
    return live.row.about and not any(
        other.row.mode == "cumulative"
        and other.row.day > live.row.day
        and other.key_without_day == live.key_without_day
        for other in rows
    )


@dataclass(frozen=True)
class Course:
    """A unit's stock at the start of the first day and at the end of the last.

    `breaks`: by day, a stock that was stated, and what the day before had left instead.
    """

    opening: int | None
    closing: int | None
    breaks: dict[int, tuple[int, int]]


def flow(knowledge: Knowledge, unit: str, indicator: Indicator, first: int, last: int) -> dict[str, Any]:
    """From the stock at the start of `first` to the one at the end of `last`, all units that state one together."""
    stated = _all_stated(knowledge, unit, indicator, last)
    holders = {unit, *stated}
    courses = [_course(knowledge, holder, stocks, holders, indicator, first, last) for holder, stocks in stated.items()]
    openings = [one.opening for one in courses if one.opening is not None]
    closings = [one.closing for one in courses if one.closing is not None]
    unstated = 0
    if unit not in stated:
        unstated = sum(_gained(knowledge, unit, holders, indicator, day) for day in range(first, last + 1))
    breaks = []
    for day in range(first, last + 1):
        of_the_day = [one.breaks[day] for one in courses if day in one.breaks]
        if of_the_day:
            told, left = (sum(pair[place] for pair in of_the_day) for place in (0, 1))
            breaks.append({"day": day, "stated": told, "expected": left, "difference": told - left})
    return {
        "unit": unit,
        "indicator": indicator.code,
        "from": first,
        "to": last,
        "opening": sum(openings) if openings else None,
        "received": _came(knowledge, unit, indicator, "received", first, last),
        "resolved": _came(knowledge, unit, indicator, "resolved", first, last),
        "closing": sum(closings) + unstated if closings else None,
        "breaks": breaks,
    }


def breaks(knowledge: Knowledge, indicator: Indicator, day: int) -> dict[str, dict[int, tuple[int, int]]]:
    """Up to the day, by unit that states stocks and by day, what it stated and what the day before had left."""
    stated = _all_stated(knowledge, knowledge.story.units[0].code, indicator, day)
    return {
        code: _course(knowledge, code, stocks, set(stated), indicator, 0, day).breaks for code, stocks in stated.items()
    }


def carried_over(knowledge: Knowledge, unit: str, indicator: Indicator, last: int) -> dict[int, int]:
    """By day up to the last, what is stated to be carried over, of all units at or under this one that state any."""
    found: dict[int, int] = {}
    for stocks in _all_stated(knowledge, unit, indicator, last).values():
        for day, stock in stocks.items():
            found[day] = found.get(day, 0) + stock
    return found


def _course(
    knowledge: Knowledge,
    holder: str,
    stocks: dict[int, int],
    holders: set[str],
    indicator: Indicator,
    first: int,
    last: int,
) -> Course:
    """A stated stock counts, even where the day before had left another."""
    stock = opening = None
    breaks = {}
    for day in range(last + 1):
        if day in stocks:
            if stock is not None and stock != stocks[day] and day >= first:
                breaks[day] = (stocks[day], stock)
            stock = stocks[day]
        if day == first:
            opening = stock
        if stock is not None:
            stock += _gained(knowledge, holder, holders, indicator, day)
    return Course(opening, stock, breaks)


def _gained(knowledge: Knowledge, holder: str, holders: set[str], indicator: Indicator, day: int) -> int:
    """What came in less what was settled at or under the holder; what a holder further down has belongs to that."""
    below = [
        one
        for one in holders - {holder}
        if next((up.code for up in hierarchy.line_up(knowledge.story, one)[1:] if up.code in holders), None) == holder
    ]
    return _net(knowledge, holder, indicator, day) - sum(_net(knowledge, one, indicator, day) for one in below)


def _all_stated(knowledge: Knowledge, unit: str, indicator: Indicator, last: int) -> dict[str, dict[int, int]]:
    """By unit at or under this one, the stocks that it states up to the day; units that state none are left out."""
    found = {
        one.code: _stated(knowledge, one.code, indicator, last) for one in hierarchy.at_or_under(knowledge.story, unit)
    }
    return {code: stocks for code, stocks in found.items() if stocks}


def _stated(knowledge: Knowledge, unit: str, indicator: Indicator, last: int) -> dict[int, int]:
    """What the unit states to be carried over at the start of a day, by whoever spoke of stocks on that day."""
    anchor = hierarchy.at_level(knowledge.story, unit, indicator.level)
    above = unit if anchor is None else anchor.code
    found: dict[int, int] = {}
    for live in knowledge.rows:
        row = live.row
        if (row.indicator, row.outcome, row.unit) != (indicator.code, "carried_over", unit) or row.day > last:
            continue
        group = authority.speaking_group(
            knowledge.story, indicator, knowledge.rows, unit=above, outcome="carried_over", day=row.day
        )
        if live.source in group:
            found[row.day] = found.get(row.day, 0) + row.value
    return found


def _total(knowledge: Knowledge, unit: str, indicator: Indicator, outcome: str, day: int) -> int | None:
    return authority.count(knowledge.counted(unit, indicator, None, day), outcome=outcome, day=day)


def _net(knowledge: Knowledge, unit: str, indicator: Indicator, day: int) -> int:
    """What came in on the day less what was settled, by whoever spoke; unknown is 0."""

    def gain(outcome: str) -> int:
        now, before = (_total(knowledge, unit, indicator, outcome, on) for on in (day, day - 1))
        return (now or 0) - (before or 0)

    return gain("received") - gain("resolved")


def _came(knowledge: Knowledge, unit: str, indicator: Indicator, outcome: str, first: int, last: int) -> int | None:
    total = _total(knowledge, unit, indicator, outcome, last)
    return None if total is None else total - (_total(knowledge, unit, indicator, outcome, first - 1) or 0)
