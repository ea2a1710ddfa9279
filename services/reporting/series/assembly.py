"""Series put together: units × subjects, day by day."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from services.contracts.series import DayCount
from services.contracts.words import OUTCOME_NO, IndicatorKind, Outcome
from services.reporting.exemptions.disclosure import Disclosures
from services.reporting.figures.subjects import Subject
from services.reporting.pace.calendar import calendar_of
from services.reporting.series.fed import fed_changes
from services.reporting.series.places import places_by_day
from services.reporting.series.queries import fetch_changes, fetch_quotas
from services.reporting.series.rules import Column, Days, counted, expected, in_force, with_baseline
from services.reporting.series.stocks import fetch_stocks
from services.reporting.view import View
from services.reporting.visibility.campaigns import FIGURED, CampaignInSight
from services.reporting.visibility.units import TreeRow

_ACHIEVED, _EXEMPT, _DECLINED = (OUTCOME_NO[one] for one in (Outcome.ACHIEVED, Outcome.EXEMPT, Outcome.DECLINED))
_RECEIVED, _RESOLVED = OUTCOME_NO[Outcome.RECEIVED], OUTCOME_NO[Outcome.RESOLVED]


FLOWS = frozenset({IndicatorKind.FLOW})
FOLLOWED = FIGURED | FLOWS
"""Kinds of indicators that have a series."""


class SeriesOf(NamedTuple):
    """The columns of one unit and subject, one value per day; where nothing can be known, they are empty."""

    achieved: Column
    exempt: Column
    declined: Column
    expected: Column
    carried_over: Column
    received: Column
    resolved: Column


async def series_of(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    days: Days,
    *,
    cumulative: bool,
) -> list[SeriesOf]:
    """One per unit and subject, in the order given. The caller may see the figures of all these units."""
    until = min(days.last, view.as_of)
    changes = await fetch_changes(connection, campaign, units, subjects, view, first=days.first, last=until)
    changes = {**changes, **await fed_changes(connection, campaign, units, subjects, view, last=until)}
    quotas = await fetch_quotas(connection, campaign, units, subjects, view, last=days.last)
    stated = await _stated(connection, campaign, units, subjects, view)
    # What is gained on a day adds up to a total; places add up to nothing, so that they have no gains.
    places = await places_by_day(connection, campaign, units, subjects, view, days) if cumulative else {}
    calendars = [calendar_of(campaign.definition, one.indicator.code) for one in subjects]
    disclosures = [Disclosures(campaign, one.indicator) for one in subjects]
    found = []
    for unit in units:
        for place, subject in enumerate(subjects):

            def column(outcome_no: int, unit: TreeRow = unit, place: int = place) -> Column:
                known = changes.get((unit.id, place, outcome_no))
                return [] if known is None else counted(known, days, cumulative=cumulative)

            steps = in_force(quotas.get((unit.id, place), ()), days)
            achieved = column(_ACHIEVED)
            counts_baseline = subject.aim.counts_baseline
            if cumulative and counts_baseline and achieved:
                achieved = with_baseline(achieved, steps)
            achieved = places.get((unit.id, place), achieved)
            due = expected(steps, calendars[place], days, counts_baseline=counts_baseline, cumulative=cumulative)
            tells_exempt = disclosures[place].at(unit).tells_exempt
            stock = stated.get((unit.id, place), {})
            found.append(
                SeriesOf(
                    achieved=achieved,
                    exempt=column(_EXEMPT) if tells_exempt else [],
                    declined=column(_DECLINED),
                    expected=due if any(one is not None for one in due) else [],
                    carried_over=[stock.get(day) for day in days.all()] if stock else [],
                    received=column(_RECEIVED),
                    resolved=column(_RESOLVED),
                )
            )
    return found


def day_counts(series: SeriesOf, days: Days, paused: Sequence[bool]) -> list[DayCount]:
    """The same, an item per day."""
    every = days.all()
    unknown: Column = [None] * len(every)
    columns = (column or unknown for column in series)
    return [
        DayCount(day, achieved, exempt, declined, due, stopped, carried_over, received, resolved)
        for day, stopped, achieved, exempt, declined, due, carried_over, received, resolved in zip(
            every, paused, *columns, strict=True
        )
    ]


def paused_days(campaign: CampaignInSight, subject: Subject, days: Days) -> list[bool]:
    """On which of the days the subject cannot progress."""
    calendar = calendar_of(campaign.definition, subject.indicator.code)
    return [calendar.is_paused(day) for day in days.all()]


async def _stated(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
) -> dict[tuple[int, int], dict[date, int]]:
    """By unit and place of the subject, the stocks stated at or under the unit, added up by day."""
    found: dict[tuple[int, int], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for place, subject in enumerate(subjects):
        if subject.indicator.kind is not IndicatorKind.FLOW:
            continue
        stocks = await fetch_stocks(connection, campaign, units, subject, view)
        asked = {one.id for one in units}
        for one in stocks:
            for above in asked.intersection(one.path):
                for day, stock in one.stated.items():
                    found[above, place][day] += stock
    return found
