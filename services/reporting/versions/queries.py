"""SQL behind versions."""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import asyncpg

from services.chassis.consistency_tokens import Recorded, encode_token
from services.contracts.versions import Versions

# Both in one look: a walk asks each time.
_VERSIONS = """
    SELECT read_model.epoch::text, read_model.units_version, campaign.code, campaign.version
    FROM read_model LEFT JOIN campaign_copy AS campaign ON $1::text[] IS NULL OR campaign.code = ANY ($1)
"""

# `coverage_version` is random: a database that was put back to an earlier state has others.
STAND = """
    read_model.epoch, read_model.units_version, campaign.version,
    coalesce(campaign.coverage_version, gen_random_uuid()),
    ARRAY(SELECT origin FROM inbox_head ORDER BY origin), ARRAY(SELECT write_id FROM inbox_head ORDER BY origin),
    ARRAY(SELECT parts FROM inbox_head ORDER BY origin)
"""
_STAND = f"SELECT {STAND} FROM read_model, campaign_copy AS campaign WHERE campaign.code = $1"


class State(NamedTuple):
    """What changes with every commit that changes what is read of a campaign.

    `coverage_version` changes with quotas, the tree and the days since which anchors have reported, and stands still
    while rows come of units that have reported before. No two databases and no two states share one.
    """

    epoch: uuid.UUID
    units_version: int
    version: int
    coverage_version: uuid.UUID


class Stand(NamedTuple):
    """Where a campaign stands in a snapshot; the consistency token of the newest writes that the snapshot has seen."""

    state: State
    as_of_token: str


def stand_of(row: Sequence[Any]) -> Stand:
    """The stand, of a row of `STAND`."""
    *state, origins, write_ids, parts = row
    newest = zip(origins, write_ids, parts, strict=True)
    return Stand(State(*state), encode_token(Recorded(*one) for one in newest))


async def fetch_stand(connection: asyncpg.Connection, code: str) -> Stand | None:
    """Where the campaign of that code stands in this snapshot, whoever asks."""
    row = await connection.fetchrow(_STAND, code)
    return None if row is None else stand_of(tuple(row))


async def fetch_versions(connection: asyncpg.Connection, campaigns: Sequence[str] | None = None) -> Versions:
    """The versions in this snapshot, of all campaigns where None, whoever asks."""
    rows = await connection.fetch(_VERSIONS, campaigns)
    epoch, units, *_ = rows[0]
    return Versions(epoch, units, {code: version for _, _, code, version in rows if code is not None})
