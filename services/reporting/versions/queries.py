"""SQL behind versions."""

from collections.abc import Sequence

import asyncpg

from services.contracts.versions import Versions

# Both in one look: a walk asks each time.
_VERSIONS = """
    SELECT read_model.epoch::text, read_model.units_version, campaign.code, campaign.version
    FROM read_model LEFT JOIN campaign_copy AS campaign ON $1::text[] IS NULL OR campaign.code = ANY ($1)
"""


async def fetch_versions(connection: asyncpg.Connection, campaigns: Sequence[str] | None = None) -> Versions:
    """The versions in this snapshot, of all campaigns where None, whoever asks."""
    rows = await connection.fetch(_VERSIONS, campaigns)
    epoch, units, *_ = rows[0]
    return Versions(epoch, units, {code: version for _, _, code, version in rows if code is not None})
