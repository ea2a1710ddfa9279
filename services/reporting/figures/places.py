"""Places in a table (kind `rank`): a unit's own latest one. Lower is better, and places add up to nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from services.contracts.words import IndicatorKind
from services.reporting.figures.queries import LABEL_BREAK, CountColumns, Marks
from services.reporting.figures.subjects import Subject
from services.reporting.knowledge.rows import SCOPE, live_rows, scope_values
from services.reporting.reporters.queries import fetch_reporters
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow


class Place(NamedTuple):
    """A place and the day that it is of; of places of one day the one received last. `labels`: of its batch."""

    day: date
    received_at: datetime
    place: int
    labels: list[str]


Places = dict[tuple[int, int, int], Place]
"""By unit, number of the indicator and cohort (0: of whichever)."""


class Told(NamedTuple):
    """A place as it was told. `group`: of the source, from 1 (rule 5). `anchor`: where it is decided who speaks."""

    group: int
    number: int
    anchor: int
    unit_id: int
    cohort_no: int
    place: Place


async def places_told(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit_ids: Sequence[int],
    subjects: Sequence[Subject],
    view: View,
) -> list[Told]:
    """Every place of rank indicators up to the view's day, of these units and of whoever decides with them who speaks.

    Those of sources in no authority group are left out.
    """
    indicators = {one.number: one.indicator for one in subjects if one.indicator.kind is IndicatorKind.RANK}
    if not indicators:
        return []
    reporters = await fetch_reporters(connection, campaign.definition)
    groups = {number: reporters.groups(one) for number, one in indicators.items()}
    statement = f"""
        WITH scope AS ({SCOPE}), row AS ({live_rows(view)})
        SELECT row.source_id, indicator_no, anchor_id, unit_id, cohort_no, day, row.received_at, value, labels
        FROM row JOIN batch_copy USING (acknowledgement)
    """
    return [
        Told(groups[number][source_id], number, anchor_id, unit_id, cohort_no, Place(*place))
        for source_id, number, anchor_id, unit_id, cohort_no, *place in await connection.fetch(
            statement, *scope_values(campaign, sorted(set(unit_ids)), indicators.values(), view)
        )
        if source_id in groups[number]
    ]


async def fetch_places(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
) -> Places:
    """The latest place of each of these units by whoever speaks where it is anchored (rule 5), of rank indicators."""
    asked = {one.id for one in units}
    told = await places_told(connection, campaign, sorted(asked), subjects, view)
    speaking: dict[tuple[int, int], int] = {}
    for one in told:
        where = one.number, one.anchor
        speaking[where] = min(one.group, speaking.get(where, one.group))
    found: defaultdict[tuple[int, int, int], list[Place]] = defaultdict(list)
    for one in told:
        if one.unit_id in asked and one.group == speaking[one.number, one.anchor]:
            for cohort in {0, one.cohort_no}:
                found[one.unit_id, one.number, cohort].append(one.place)
    return {key: max(every) for key, every in found.items()}


def counts_with_places(
    places: Places, units: Sequence[TreeRow], subjects: Sequence[Subject], columns: CountColumns
) -> CountColumns:
    """The columns of units × subjects, with the place of a rank indicator as what is achieved."""
    if not places:
        return columns
    counts = list(columns.counts)
    for position, unit in enumerate(units):
        for place, subject in enumerate(subjects):
            found = places.get((unit.id, subject.number, subject.cohort_no))
            if found is not None:
                one = position * len(subjects) + place
                counts[one] = counts[one]._replace(added=found.place)
    return CountColumns(counts, columns.basis)


def marks_with_places(places: Places, units: Sequence[TreeRow], numbers: Sequence[int], marks: Marks) -> Marks:
    """The marks of units × indicators, with the day that a place is of as the last one, and the labels it came with."""
    last_day, labels = list(marks.last_day), list(marks.labels)
    for position, unit in enumerate(units):
        for place, number in enumerate(numbers):
            found = places.get((unit.id, number, 0))
            if found is not None:
                last_day[position * len(numbers) + place] = found.day
                labels[position * len(numbers) + place] = LABEL_BREAK.join(found.labels) or None
    return marks._replace(last_day=last_day, labels=labels)
