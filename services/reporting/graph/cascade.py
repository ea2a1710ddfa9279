"""How far the cascade has come, counted from copies of plans as quota's `GET …/cascade` counts it."""

import asyncpg

from services.contracts.graph import CascadeLevel
from services.contracts.words import LEVEL_ORDER, Level
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight

# A plan in force on the day is the newest such revision of its family; a revision without lines withdraws it.
_LEVELS = """
    WITH plan AS MATERIALIZED (
        SELECT DISTINCT ON (family) id, unit_id, lines_total FROM plan_copy
        WHERE campaign_id = $1 AND lines_received = lines_total AND document_date <= $2
        ORDER BY family, revision DESC
    ), receiver AS MATERIALIZED (
        SELECT DISTINCT line.unit_id FROM plan_line_copy AS line JOIN plan ON plan.id = line.plan_id
    ), issuer AS MATERIALIZED (
        SELECT DISTINCT unit_id FROM plan WHERE unit_id IS NOT NULL AND lines_total > 0
    )
    SELECT unit.level, count(*), count(receiver.unit_id), count(issuer.unit_id)
    FROM campaign_unit AS unit
    LEFT JOIN receiver ON receiver.unit_id = unit.unit_id
    LEFT JOIN issuer ON issuer.unit_id = unit.unit_id
    WHERE unit.campaign_id = $1 AND ($3::text IS NULL OR unit.level = $3) AND ($4 OR unit.path && $5::bigint[])
    GROUP BY unit.level
"""


async def cascade_levels(
    connection: asyncpg.Connection, campaign: CampaignInSight, level: Level | None, view: View
) -> list[CascadeLevel]:
    """Of each level from the top down, the units whose figures the caller sees."""
    sight = campaign.sight
    rows = await connection.fetch(
        _LEVELS, campaign.definition.id, view.as_of, level, sight.everything, list(sight.roots)
    )
    return sorted((CascadeLevel(Level(row[0]), *row[1:]) for row in rows), key=lambda one: LEVEL_ORDER[one.level])
