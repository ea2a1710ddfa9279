"""SQL behind versions."""

from collections.abc import Sequence

import asyncpg

from services.contracts.versions import Versions

_OF_ALL = "SELECT code, version FROM campaign_copy WHERE $1::text[] IS NULL OR code = ANY ($1)"
_READ_MODEL = "SELECT epoch::text, units_version FROM read_model"


async def fetch_versions(connection: asyncpg.Connection, campaigns: Sequence[str] | None = None) -> Versions:
    """The versions in this snapshot, of all campaigns where None, whoever asks."""
    read_model = await connection.fetchrow(_READ_MODEL)
    assert read_model is not None
    epoch, units = read_model
    return Versions(epoch, units, dict(await connection.fetch(_OF_ALL, campaigns)))
