"""The tree of each campaign on its hierarchy day, kept in step with the copies of units and campaigns."""

from collections.abc import Iterable
from typing import NamedTuple

import asyncpg

from services.contracts.definitions import CampaignDefinition, UnitDefinition
from services.contracts.hierarchy import TreeUnit, campaign_tree
from services.contracts.names import search_key, sort_key
from services.contracts.words import Level
from services.reporting.projector.copies import renew_coverage
from services.reporting.projector.counting import Place

# A tree changes only where a changed unit stands in it, is its top, or hangs itself under one of its units.
_CAMPAIGNS_OF_UNITS = """
    SELECT DISTINCT campaign.id
    FROM unit_copy AS unit CROSS JOIN campaign_copy AS campaign
    WHERE unit.id = ANY ($1::bigint[]) AND (
        unit.id = campaign.unit_id
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
_UNITS_BELOW = """
    WITH RECURSIVE below AS (
        SELECT id, code, level, kind, parent_code, name, valid_from, valid_to, revision
        FROM unit_copy WHERE id = $1
        UNION
        SELECT child.id, child.code, child.level, child.kind, child.parent_code, child.name, child.valid_from,
            child.valid_to, child.revision
        FROM below JOIN unit_copy AS child ON child.parent_code = below.code
        WHERE (child.valid_from IS NULL OR child.valid_from <= $2) AND (child.valid_to IS NULL OR child.valid_to >= $2)
    )
    SELECT * FROM below ORDER BY id
"""
_COLUMNS = (
    "tenant",
    "campaign_id",
    "unit_id",
    "parent_id",
    "depth",
    "path",
    "levels",
    "code",
    "level",
    "kind",
    "name",
    "sort_key",
    "search_key",
)
_CLOSURE_COLUMNS = ("tenant", "campaign_id", "descendant_id", "ancestor_id", "ancestor_tenant", "distance")


class TreeChange(NamedTuple):
    """The units that joined a tree; `is_disturbed`: units that may have rows or quotas moved, left, or came back."""

    joined: set[int]
    changed: bool
    is_disturbed: bool


async def campaigns_touched_by(connection: asyncpg.Connection, unit_ids: Iterable[int]) -> list[int]:
    """The ids of the campaigns whose tree may change because these units have."""
    ids = sorted(unit_ids)
    return [row["id"] for row in await connection.fetch(_CAMPAIGNS_OF_UNITS, ids)] if ids else []


async def refresh_tree(connection: asyncpg.Connection, campaign: CampaignDefinition) -> TreeChange:
    """The campaign's tree is that of the units known here; only what differs is written."""
    units = [
        UnitDefinition(unit_id, code, Level(level), *more)
        for unit_id, code, level, *more in await connection.fetch(
            _UNITS_BELOW, campaign.unit_id, campaign.hierarchy_day
        )
    ]
    tree = campaign_tree(units, top_id=campaign.unit_id, day=campaign.hierarchy_day)
    levels = {one.unit.id: str(one.unit.level) for one in tree}
    wanted = {one.unit.id: one for one in tree}
    standing = {
        row["unit_id"]: row
        for row in await connection.fetch(
            "SELECT unit_id, path, levels, code, kind, name FROM campaign_unit WHERE campaign_id = $1", campaign.id
        )
    }
    joined = wanted.keys() - standing.keys()
    left = standing.keys() - wanted.keys()
    moved: set[int] = set()
    renamed: set[int] = set()
    for unit_id in wanted.keys() & standing.keys():
        one, row = wanted[unit_id], standing[unit_id]
        if tuple(row["path"]) != one.path or row["levels"] != [levels[step] for step in one.path]:
            moved.add(unit_id)
        elif (row["code"], row["kind"], row["name"]) != (one.unit.code, one.unit.kind, one.unit.name):
            renamed.add(unit_id)
    await _forget(connection, campaign.id, units=left | moved | renamed, closures=left | moved)
    written = joined | moved | renamed
    if written:
        await connection.copy_records_to_table(
            "campaign_unit",
            records=[_record(campaign.id, one, levels) for one in tree if one.unit.id in written],
            columns=_COLUMNS,
        )
        # Not joined in SQL: statistics know nothing of what has just come, and 90,000 units took minutes (2026-11).
        tenants = {one.unit.id: one.tenant for one in tree}
        await connection.copy_records_to_table(
            "campaign_closure",
            records=(
                (one.tenant, campaign.id, one.unit.id, above, tenants[above], one.depth - place)
                for one in tree
                if one.unit.id in joined or one.unit.id in moved
                for place, above in enumerate(one.path)
            ),
            columns=_CLOSURE_COLUMNS,
        )
    if written or left:
        await renew_coverage(connection, campaign.id)
    is_disturbed = await _is_disturbed(connection, campaign.id, joined=bool(joined), left=bool(left), moved=bool(moved))
    return TreeChange(joined, bool(written or left), is_disturbed)


async def _is_disturbed(
    connection: asyncpg.Connection, campaign_id: int, *, joined: bool, left: bool, moved: bool
) -> bool:
    """Remembers that units have left: one that joins later may have rows already, which a new unit cannot."""
    if left:
        await connection.execute("UPDATE campaign_copy SET units_left = true WHERE id = $1", campaign_id)
    if left or moved:
        return True
    if not joined:
        return False
    return bool(await connection.fetchval("SELECT units_left FROM campaign_copy WHERE id = $1", campaign_id))


async def _forget(connection: asyncpg.Connection, campaign_id: int, *, units: set[int], closures: set[int]) -> None:
    if units:
        await connection.execute(
            "DELETE FROM campaign_unit WHERE campaign_id = $1 AND unit_id = ANY ($2::bigint[])",
            campaign_id,
            sorted(units),
        )
    if closures:
        await connection.execute(
            "DELETE FROM campaign_closure WHERE campaign_id = $1 AND descendant_id = ANY ($2::bigint[])",
            campaign_id,
            sorted(closures),
        )


def _record(campaign_id: int, one: TreeUnit, levels: dict[int, str]) -> tuple[object, ...]:
    unit = one.unit
    return (
        one.tenant,
        campaign_id,
        unit.id,
        one.parent_id,
        one.depth,
        one.path,
        [levels[step] for step in one.path],
        unit.code,
        str(unit.level),
        unit.kind,
        unit.name,
        sort_key(unit.name),
        search_key(unit.name),
    )


async def places(connection: asyncpg.Connection, campaign_id: int, unit_ids: Iterable[int]) -> dict[int, Place]:
    """Where those of the units stand that are in the campaign's tree."""
    rows = await connection.fetch(
        """
        SELECT unit_id, tenant, path, levels FROM campaign_unit
        WHERE campaign_id = $1 AND unit_id = ANY ($2::bigint[])
        """,
        campaign_id,
        sorted(set(unit_ids)),
    )
    return {row["unit_id"]: Place(row["tenant"], row["path"], row["levels"]) for row in rows}
