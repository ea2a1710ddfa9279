"""SQL behind league tables."""

import asyncpg

from services.contracts.words import Level
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import COLUMNS, TreeRow, tree_row

_OF_LEVEL = f"""
    SELECT {COLUMNS}
    FROM campaign_closure AS line
    JOIN campaign_unit AS unit
        ON unit.tenant = line.tenant AND unit.campaign_id = line.campaign_id AND unit.unit_id = line.descendant_id
    WHERE line.campaign_id = $1 AND line.ancestor_id = $2 AND unit.level = $3
"""


async def units_of_level(
    connection: asyncpg.Connection, campaign: CampaignInSight, *, ancestor_id: int, level: Level
) -> list[TreeRow]:
    """All units of the level at or under the ancestor, in no order, whoever asks."""
    return [tree_row(row) for row in await connection.fetch(_OF_LEVEL, campaign.definition.id, ancestor_id, level)]
