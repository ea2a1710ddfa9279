"""SQL behind league tables."""

import asyncpg

from services.contracts.words import Level
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import COLUMNS, TreeRow, tree_row

# By level, of which the tree has few, and not by what lies under the ancestor, which may be the whole country.
_OF_LEVEL = f"""
    SELECT {COLUMNS}
    FROM campaign_unit AS unit
    WHERE unit.campaign_id = $1 AND unit.level = $3 AND $2 = ANY (unit.path)
"""


async def units_of_level(
    connection: asyncpg.Connection, campaign: CampaignInSight, *, ancestor_id: int, level: Level
) -> list[TreeRow]:
    """All units of the level at or under the ancestor, in no order, whoever asks."""
    return [tree_row(row) for row in await connection.fetch(_OF_LEVEL, campaign.definition.id, ancestor_id, level)]
