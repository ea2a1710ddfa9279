"""Hedges: where a count of an activity rests on a row that was said to be about so many ("khoảng")."""

from collections.abc import Sequence

import asyncpg

from services.contracts.words import IndicatorKind
from services.reporting.figures.subjects import Subject
from services.reporting.knowledge.rows import SCOPE, live_rows, scope_values
from services.reporting.reporters.queries import fetch_reporters
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

Hedged = frozenset[tuple[int, int, int]]
"""Unit, number of the indicator, cohort (0: all together)."""

_ANY = "SELECT EXISTS (SELECT FROM live WHERE campaign_id = $1 AND indicator_no = ANY ($2::smallint[]) AND about)"


def _rows(view: View) -> str:
    # What came before a later total of the same series is no part of what it comes to (rule 4).
    return f"""
        WITH scope AS ({SCOPE}), row AS MATERIALIZED ({live_rows(view)})
        SELECT row.indicator_no, row.anchor_id, row.source_id, NULL, NULL FROM row
        UNION
        SELECT row.indicator_no, row.anchor_id, row.source_id, unit.path, row.cohort_no
        FROM row
        JOIN campaign_unit AS unit
            ON unit.tenant = row.tenant AND unit.campaign_id = $1 AND unit.unit_id = row.unit_id
        WHERE row.about AND NOT EXISTS (
            SELECT FROM row AS later
            WHERE later.indicator_no = row.indicator_no AND later.anchor_id = row.anchor_id
                AND later.unit_id = row.unit_id AND later.source_id = row.source_id
                AND later.cohort_no = row.cohort_no AND later.outcome_no = row.outcome_no
                AND later.mode_no = 1 AND later.day > row.day
        )
    """


async def fetch_hedged(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
) -> Hedged:
    """Which counts of activities are hedged: any row of whoever speaks (rule 5) that they rest on is."""
    indicators = {one.number: one.indicator for one in subjects if one.indicator.kind is IndicatorKind.ACTIVITY}
    if not indicators or not (
        view.known_at is not None or await connection.fetchval(_ANY, campaign.definition.id, list(indicators))
    ):
        return frozenset()
    reporters = await fetch_reporters(connection, campaign.definition)
    groups = {number: reporters.groups(one) for number, one in indicators.items()}
    asked = {one.id for one in units}
    rows = [
        (groups[number][source_id], (number, anchor_id), path, cohort_no)
        for number, anchor_id, source_id, path, cohort_no in await connection.fetch(
            _rows(view), *scope_values(campaign, sorted(asked), indicators.values(), view)
        )
        if source_id in groups[number]
    ]
    speaking: dict[tuple[int, int], int] = {}
    for group, anchor, *_ in rows:
        speaking[anchor] = min(group, speaking.get(anchor, group))
    return frozenset(
        (unit_id, anchor[0], cohort)
        for group, anchor, path, cohort_no in rows
        if path is not None and group == speaking[anchor]
        for unit_id in asked.intersection(path)
        for cohort in (0, cohort_no)
    )
