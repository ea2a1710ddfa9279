"""Milestones that are reported: done or not per unit; of the units of their level, so many are expected to be."""

from collections.abc import Mapping, Sequence

import asyncpg

from services.contracts.definitions import IndicatorDefinition
from services.contracts.words import IndicatorKind
from services.reporting.figures.cascade_fed import is_fed
from services.reporting.figures.coverage import Answer
from services.reporting.knowledge.rows import SCOPE, live_rows, scope_values
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_REPORTED = """
    SELECT indicator_no, anchor_id FROM anchor_reported
    WHERE campaign_id = $1 AND indicator_no = ANY ($2::smallint[]) AND first_day <= $3
"""
_EXPECTED = """
    SELECT asked.place - 1, indicator.place - 1, count(*), count(reported.anchor_id)
    FROM unnest($2::bigint[]) WITH ORDINALITY AS asked (id, place)
    JOIN campaign_closure AS line ON line.campaign_id = $1 AND line.ancestor_id = asked.id
    JOIN campaign_unit AS member
        ON member.tenant = line.tenant AND member.campaign_id = $1 AND member.unit_id = line.descendant_id
    JOIN unnest($3::smallint[], $4::text[]) WITH ORDINALITY AS indicator (no, level, place)
        ON indicator.level = member.level
    LEFT JOIN unnest($5::smallint[], $6::bigint[]) AS reported (indicator_no, anchor_id)
        ON reported.indicator_no = indicator.no AND reported.anchor_id = member.unit_id
    GROUP BY 1, 2
"""


async def coverage_with_milestones(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicators: Mapping[int, IndicatorDefinition],
    view: View,
    coverage: Answer,
) -> Answer:
    """The coverage of units × indicators (by number); of a milestone every unit of its level is expected (rule 6)."""
    chosen = [
        (place, number, one)
        for place, (number, one) in enumerate(indicators.items())
        if one.kind is IndicatorKind.MILESTONE and not is_fed(one)
    ]
    if not chosen:
        return coverage
    places, numbers, definitions = zip(*chosen, strict=True)
    campaign_id, ids = campaign.definition.id, [one.id for one in units]
    if view.known_at is None:
        reported = await connection.fetch(_REPORTED, campaign_id, numbers, view.as_of)
    else:
        then = f"WITH scope AS ({SCOPE}), row AS ({live_rows(view)}) SELECT DISTINCT indicator_no, anchor_id FROM row"
        reported = await connection.fetch(then, *scope_values(campaign, ids, definitions, view))
    of, anchors = zip(*reported, strict=True) if reported else ((), ())
    levels = [one.reconciliation_level for one in definitions]
    rows = await connection.fetch(_EXPECTED, campaign_id, ids, numbers, levels, of, anchors)
    found = {(unit, places[which]): (members, told) for unit, which, members, told in rows}
    return {**{key: value for key, value in coverage.items() if key[1] not in places}, **found}
