"""The series of a place in a table (kind `rank`): as of each day the unit's own latest one, by whoever speaks then."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import asyncpg

from services.reporting.figures.places import Place, places_told
from services.reporting.figures.subjects import Subject
from services.reporting.series.rules import Column, Days
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow


def latest_by_day(told: Iterable[tuple[int, Place]], begun: Mapping[int, date], days: Days) -> Column:
    """One unit's place as of each of the days; None while whoever speaks has told of none, and after `as_of`.

    `told`: with the authority group of whoever told it. `begun`: by group, the first day of any row that it has where
    it is decided who speaks; from that day on later groups are silent (rule 5).
    """
    every = sorted(told, key=lambda one: one[1])
    found: Column = []
    for day in days.all():
        speaking = min((group for group, first in begun.items() if first <= day), default=None)
        known = [place for group, place in every if group == speaking and place.day <= day]
        found.append(known[-1].place if known and day <= days.as_of else None)
    return found


async def places_by_day(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    days: Days,
) -> dict[tuple[int, int], Column]:
    """By unit and position of a subject of kind `rank`, its place as of each day, where any was told."""
    last = min(days.last, view.as_of)
    told = await places_told(connection, campaign, [one.id for one in units], subjects, view._replace(as_of=last))
    begun: defaultdict[tuple[int, int], dict[int, date]] = defaultdict(dict)
    own: defaultdict[tuple[int, int, int], list[tuple[int, Place]]] = defaultdict(list)
    anchors: dict[tuple[int, int], int] = {}
    for one in told:
        groups = begun[one.number, one.anchor]
        groups[one.group] = min(one.place.day, groups.get(one.group, one.place.day))
        anchors[one.unit_id, one.number] = one.anchor
        for cohort in {0, one.cohort_no}:
            own[one.unit_id, one.number, cohort].append((one.group, one.place))
    return {
        (unit.id, position): latest_by_day(places, begun[subject.number, anchors[unit.id, subject.number]], days)
        for unit in units
        for position, subject in enumerate(subjects)
        if (places := own.get((unit.id, subject.number, subject.cohort_no)))
    }
