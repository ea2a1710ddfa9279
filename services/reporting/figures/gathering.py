"""What figures are put together from, of the present or as it was known at a moment."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from services.reporting.figures.coverage import Answer, fetch_coverage
from services.reporting.figures.past import past_of
from services.reporting.figures.queries import CountColumns, Marks, fetch_counts, fetch_marks
from services.reporting.figures.subjects import Subject
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow


class Gathered(NamedTuple):
    """`columns` of all units × subjects; `marks` and `coverage` of the units that are shown × `numbers`, indicators."""

    columns: CountColumns
    numbers: list[int]
    marks: Marks
    coverage: Answer


async def counts_of(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
) -> CountColumns:
    """Counts, unit by unit, each in the order of the subjects; what was added of late is not asked for."""
    windows = [None] * len(subjects)
    if view.known_at is not None:
        past = await past_of(connection, campaign, units, subjects, view, windows)
        return await past.counts(connection, windows)
    keys = [(unit.tenant, unit.id) for unit in units]
    return await fetch_counts(connection, campaign, keys, subjects, view, windows=windows)


async def gather(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    others: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    *,
    windows: Sequence[date | None],
) -> Gathered:
    """What is known of the units, which are shown, and of the others, which they are ranked among.

    `windows`: by subject, since when `recent` counts.
    """
    indicators = {one.number: one.indicator for one in subjects}
    numbers = list(indicators)
    if view.known_at is not None:
        past = await past_of(connection, campaign, [*units, *others], subjects, view, windows)
        return Gathered(
            await past.counts(connection, windows),
            numbers,
            await past.marks(connection, units, numbers),
            await past.coverage(connection, units, numbers),
        )
    keys = [(unit.tenant, unit.id) for unit in units]
    everybody = [*keys, *((unit.tenant, unit.id) for unit in others)]
    levels = [(number, one.reconciliation_level) for number, one in indicators.items()]
    return Gathered(
        await fetch_counts(connection, campaign, everybody, subjects, view, windows=windows),
        numbers,
        await fetch_marks(connection, campaign, keys, numbers, view),
        await fetch_coverage(connection, campaign, [unit.id for unit in units], levels, view),
    )
