"""What is counted without a quota: activities, milestones, places in a table, flows (rules 4, 5 and 16)."""

from collections import defaultdict
from typing import Any

from tests.laws.model import authority, hierarchy
from tests.laws.model.counting import Live
from tests.laws.model.figures import Knowledge
from tests.laws.model.story import Indicator


def figure(knowledge: Knowledge, unit: str, indicator: Indicator, day: int) -> dict[str, Any]:
    """An activity may be hedged, a milestone is expected of every unit of its level, a place is the latest own."""
    found = knowledge.figure(unit, indicator, None, day) | {"target_rate": None}
    rows = knowledge.counted(unit, indicator, None, day)
    if indicator.kind == "activity" and any(_hedges(live, rows) for live in rows):
        found["hedge"] = "about"
    if indicator.kind == "milestone":
        units = [one.code for one in hierarchy.at_or_under(knowledge.story, unit, indicator.level)]
        reported = [code for code in units if knowledge.received(code, indicator, day)]
        found["coverage"] = {"reported": len(reported), "expected": len(units)}
    if indicator.kind == "rank":
        own = [(live.row.day, live.received, live.row.value, live.labels) for live in rows if live.row.unit == unit]
        on, _, place, labels = max(own, default=(None, None, None, ()))
        found |= {"achieved": place, "last_day": on, "labels": sorted({*knowledge.story.campaign.labels, *labels})}
    return found


def _hedges(live: Live, rows: list[Live]) -> bool:
    """Whether the row was said to be about so many, and no later total of its key took its place."""
    return live.row.about and not any(
        other.row.mode == "cumulative"
        and other.row.day > live.row.day
        and other.key_without_day == live.key_without_day
        for other in rows
    )


def flow(knowledge: Knowledge, unit: str, indicator: Indicator, first: int, last: int) -> dict[str, Any]:
    """From the stock at the start of `first` to the one at the end of `last`.

    What comes in and is settled belongs to the stock of the nearest unit above that states one, up to the unit asked
    for; a stated stock counts, even where the day before had left another.
    """
    story = knowledge.story
    stated = {
        one.code: stocks
        for one in hierarchy.at_or_under(story, unit)
        if (stocks := _stated(knowledge, one.code, indicator, last))
    }
    holders = {unit, *stated}

    def gained(holder: str, day: int) -> int:
        """Of all at or under the holder that no holder further down has."""
        below = [
            one
            for one in holders - {holder}
            if next((up.code for up in hierarchy.line_up(story, one)[1:] if up.code in holders), None) == holder
        ]
        return _net(knowledge, holder, indicator, day) - sum(_net(knowledge, one, indicator, day) for one in below)

    openings, closings, breaks = [], [], defaultdict[int, list[tuple[int, int]]](list)
    for holder, stocks in stated.items():
        stock = None
        for day in range(last + 1):
            if day in stocks:
                if stock not in (None, stocks[day]) and day >= first:
                    breaks[day].append((stocks[day], stock))
                stock = stocks[day]
            if day == first and stock is not None:
                openings.append(stock)
            if stock is not None:
                stock += gained(holder, day)
        if stock is not None:
            closings.append(stock)
    unstated = 0 if unit in stated else sum(gained(unit, day) for day in range(first, last + 1))
    return {
        "unit": unit,
        "indicator": indicator.code,
        "from": first,
        "to": last,
        "opening": sum(openings) if openings else None,
        "received": _came(knowledge, unit, indicator, "received", first, last),
        "resolved": _came(knowledge, unit, indicator, "resolved", first, last),
        "closing": sum(closings) + unstated if closings else None,
        "breaks": [
            {
                "day": day,
                "stated": sum(stated for stated, _ in found),
                "expected": sum(left for _, left in found),
                "difference": sum(stated - left for stated, left in found),
            }
            for day, found in sorted(breaks.items())
        ],
    }


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
