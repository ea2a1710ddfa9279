"""SQL of the copies. Multi-row writes are sorted by key."""

from collections.abc import Sequence
from datetime import date

import asyncpg
import msgspec

from services.contracts.definitions import CampaignDefinition, UnitDefinition
from services.contracts.hierarchy import TreeUnit
from services.contracts.words import Level

# Consumers and requests that ask quota both write copies; one at a time, since a tree needs all its units.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('bonphu.progress.copies', 0))"
_PUT_UNITS = """
    INSERT INTO unit_copy (id, code, level, kind, parent_code, name, valid_from, valid_to, revision)
    SELECT * FROM unnest(
        $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::date[], $9::bigint[]
    )
    ON CONFLICT (id) DO UPDATE
        SET code = excluded.code, level = excluded.level, kind = excluded.kind, parent_code = excluded.parent_code,
            name = excluded.name, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
            revision = excluded.revision
        WHERE unit_copy.revision < excluded.revision
    RETURNING id
"""
_PUT_CAMPAIGN = """
    INSERT INTO campaign_copy (id, code, unit_id, hierarchy_day, definition, revision)
    VALUES ($1, $2, $3, $4, $5::jsonb, $6)
    ON CONFLICT (id) DO UPDATE
        SET code = excluded.code, unit_id = excluded.unit_id, hierarchy_day = excluded.hierarchy_day,
            definition = excluded.definition, revision = excluded.revision, version = campaign_copy.version + 1
        WHERE campaign_copy.revision < excluded.revision
    RETURNING id
"""
# A tree changes only where a changed unit stands in it, is its top, or hangs itself under one of its units; what is
# above it only where a unit of one of those codes changes.
_CAMPAIGNS_WITH = """
    SELECT DISTINCT campaign.id
    FROM unit_copy AS unit CROSS JOIN campaign_copy AS campaign
    WHERE unit.id = ANY ($1::bigint[]) AND (
        unit.id = campaign.unit_id
        OR unit.code = ANY (campaign.above)
        OR EXISTS (
            SELECT FROM campaign_unit AS placed
            WHERE placed.campaign_id = campaign.id AND placed.unit_id = unit.id)
        OR (unit.valid_from IS NULL OR unit.valid_from <= campaign.hierarchy_day)
            AND (unit.valid_to IS NULL OR unit.valid_to >= campaign.hierarchy_day)
            AND EXISTS (
                SELECT FROM campaign_unit AS placed
                WHERE placed.campaign_id = campaign.id AND placed.code = unit.parent_code))
    ORDER BY campaign.id
"""
_BELOW = """
    WITH RECURSIVE below AS (
        SELECT id, code, level, kind, parent_code, name, valid_from, valid_to, revision FROM unit_copy WHERE id = $1
        UNION
        SELECT u.id, u.code, u.level, u.kind, u.parent_code, u.name, u.valid_from, u.valid_to, u.revision
        FROM unit_copy u JOIN below b ON u.parent_code = b.code
        WHERE u.id <> $1 AND (u.valid_from IS NULL OR u.valid_from <= $2) AND (u.valid_to IS NULL OR u.valid_to >= $2)
    )
    SELECT * FROM below
"""
_ABOVE = """
    WITH RECURSIVE above AS (
        SELECT parent_code AS code FROM unit_copy WHERE id = $1 AND parent_code IS NOT NULL
        UNION
        SELECT u.parent_code FROM unit_copy u JOIN above a ON u.code = a.code
        WHERE u.parent_code IS NOT NULL
          AND (u.valid_from IS NULL OR u.valid_from <= $2) AND (u.valid_to IS NULL OR u.valid_to >= $2)
    )
    SELECT coalesce(array_agg(code ORDER BY code), '{}') FROM above
"""
_TREE = "SELECT tenant, unit_id, code, level, path FROM campaign_unit WHERE campaign_id = $1"
_DROP_FROM_TREE = "DELETE FROM campaign_unit WHERE campaign_id = $1 AND unit_id = ANY ($2::bigint[])"
_ADD_TO_TREE = """
    INSERT INTO campaign_unit (tenant, campaign_id, unit_id, code, level, path)
    SELECT tenant, $1, unit_id, code, level, string_to_array(path, ',')::bigint[]
    FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])
        AS one (tenant, unit_id, code, level, path)
"""


class Placed(msgspec.Struct, frozen=True):
    """A unit as a campaign's tree holds it."""

    tenant: int
    unit_id: int
    code: str
    level: str
    path: tuple[int, ...]


def placed(one: TreeUnit) -> Placed:
    """The row of a tree unit."""
    return Placed(one.tenant, one.unit.id, one.unit.code, one.unit.level.value, one.path)


async def lock(connection: asyncpg.Connection) -> None:
    """Nobody else writes copies until this transaction ends."""
    await connection.execute(_LOCK)


async def put_units(connection: asyncpg.Connection, units: Sequence[UnitDefinition]) -> list[int]:
    """The copies are as new as `units`; answers the ids of those that are new or have changed."""
    newest: dict[int, UnitDefinition] = {}
    for unit in units:
        if unit.id not in newest or newest[unit.id].revision < unit.revision:
            newest[unit.id] = unit
    rows = [newest[key] for key in sorted(newest)]
    found = await connection.fetch(
        _PUT_UNITS,
        [unit.id for unit in rows],
        [unit.code for unit in rows],
        [unit.level.value for unit in rows],
        [unit.kind for unit in rows],
        [unit.parent_code for unit in rows],
        [unit.name for unit in rows],
        [unit.valid_from for unit in rows],
        [unit.valid_to for unit in rows],
        [unit.revision for unit in rows],
    )
    return [row["id"] for row in found]


async def knows_unit(connection: asyncpg.Connection, unit_id: int) -> bool:
    """Whether there is a copy of that unit."""
    return bool(await connection.fetchval("SELECT true FROM unit_copy WHERE id = $1", unit_id))


async def put_campaign(connection: asyncpg.Connection, campaign: CampaignDefinition) -> bool:
    """The copy is as new as `campaign`; answers whether it changed."""
    changed = await connection.fetchval(
        _PUT_CAMPAIGN,
        campaign.id,
        campaign.code,
        campaign.unit_id,
        campaign.hierarchy_day,
        msgspec.json.encode(campaign).decode(),
        campaign.revision,
    )
    return changed is not None


async def campaigns_with(connection: asyncpg.Connection, unit_ids: Sequence[int]) -> list[int]:
    """Ids of the campaigns whose tree may differ now that these units have changed."""
    return [row["id"] for row in await connection.fetch(_CAMPAIGNS_WITH, list(unit_ids))]


async def top_of(connection: asyncpg.Connection, campaign_id: int) -> tuple[int, date]:
    """The top unit's id and the hierarchy day."""
    row = await connection.fetchrow("SELECT unit_id, hierarchy_day FROM campaign_copy WHERE id = $1", campaign_id)
    assert row is not None
    return row["unit_id"], row["hierarchy_day"]


async def units_below(connection: asyncpg.Connection, top_id: int, day: date) -> list[UnitDefinition]:
    """The unit and whatever hangs under it on that day."""
    return [
        UnitDefinition(
            row["id"],
            row["code"],
            Level(row["level"]),
            row["kind"],
            row["parent_code"],
            row["name"],
            row["valid_from"],
            row["valid_to"],
            row["revision"],
        )
        for row in await connection.fetch(_BELOW, top_id, day)
    ]


async def codes_above(connection: asyncpg.Connection, top_id: int, day: date) -> list[str]:
    """Codes of the ancestors of a unit on that day, sorted."""
    return list(await connection.fetchval(_ABOVE, top_id, day))


async def tree(connection: asyncpg.Connection, campaign_id: int) -> list[Placed]:
    """The tree of a campaign as it is stored, in no order."""
    rows = await connection.fetch(_TREE, campaign_id)
    return [Placed(row["tenant"], row["unit_id"], row["code"], row["level"], tuple(row["path"])) for row in rows]


async def change_tree(
    connection: asyncpg.Connection, campaign_id: int, *, gone: Sequence[Placed], come: Sequence[Placed]
) -> None:
    """`gone` are not in the stored tree, `come` are."""
    if gone:
        await connection.execute(_DROP_FROM_TREE, campaign_id, sorted(one.unit_id for one in gone))
    if come:
        rows = sorted(come, key=lambda one: (one.tenant, one.unit_id))
        await connection.execute(
            _ADD_TO_TREE,
            campaign_id,
            [one.tenant for one in rows],
            [one.unit_id for one in rows],
            [one.code for one in rows],
            [one.level for one in rows],
            [",".join(map(str, one.path)) for one in rows],
        )


async def move_version(connection: asyncpg.Connection, campaign_id: int, above: Sequence[str]) -> None:
    """Whoever keeps the campaign in memory reads it again."""
    await connection.execute(
        "UPDATE campaign_copy SET above = $2, version = version + 1 WHERE id = $1", campaign_id, list(above)
    )


async def above_of(connection: asyncpg.Connection, campaign_id: int) -> list[str]:
    """The stored codes above the top unit."""
    return list(await connection.fetchval("SELECT above FROM campaign_copy WHERE id = $1", campaign_id))
