"""Units that others are ranked among, with no more of them than that takes."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from services.reporting.visibility.campaigns import CampaignInSight

_SIBLINGS = """
    SELECT tenant, unit_id, parent_id, level FROM campaign_unit
    WHERE campaign_id = $1 AND parent_id = ANY ($2::bigint[])
"""


class Sibling(NamedTuple):
    """A unit that others are ranked among."""

    tenant: int
    id: int
    parent_id: int
    level: str


async def siblings_under(
    connection: asyncpg.Connection, campaign: CampaignInSight, parent_ids: Sequence[int]
) -> list[Sibling]:
    """All units directly under these."""
    return [Sibling(*row) for row in await connection.fetch(_SIBLINGS, campaign.definition.id, parent_ids)]
