"""Units of a campaign's tree as the graph shows them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from services.contracts.graph import CampaignUnitNode, CampaignUnitsAnswer, UnitNode
from services.contracts.words import Level
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import COLUMNS, TreeRow, tree_row

_MORE = "unit.kind, unit.sort_key, copy.valid_from, copy.valid_to"
_FROM = "campaign_unit AS unit JOIN unit_copy AS copy ON copy.id = unit.unit_id"

_NODES = f"SELECT {COLUMNS}, {_MORE} FROM {_FROM} WHERE unit.campaign_id = $1"
_BY_CODE = f"{_NODES} AND unit.code = ANY ($2::text[])"
_CHILDREN = f"{_NODES} AND unit.parent_id = ANY ($2::bigint[])"
_THESE = f"""
    SELECT {COLUMNS}, {_MORE}
    FROM unnest($2::bigint[], $3::bigint[]) AS asked (tenant, id)
    JOIN campaign_unit AS unit
        ON unit.tenant = asked.tenant AND unit.campaign_id = $1 AND unit.unit_id = asked.id
    JOIN unit_copy AS copy ON copy.id = unit.unit_id
"""
_MATCHING = """
    unit.campaign_id = $1 AND ($2 OR unit.path && $3::bigint[])
    AND ($4::text IS NULL OR unit.level = $4)
    AND ($5::bigint IS NULL OR unit.path @> ARRAY[$5::bigint])
    AND ($6::text IS NULL OR unit.search_key LIKE '%' || $6 || '%')
"""
_COUNT = f"SELECT count(*) FROM campaign_unit AS unit WHERE {_MATCHING}"
_SEARCH = f"""
    SELECT {COLUMNS}, {_MORE} FROM {_FROM}
    WHERE {_MATCHING}
        AND ($7::text IS NULL OR (unit.sort_key, unit.code COLLATE "C") > ($7 COLLATE "C", $8 COLLATE "C"))
    ORDER BY unit.sort_key, unit.code COLLATE "C"
    LIMIT $9
"""
_CODES = "SELECT id, code FROM unit_copy WHERE id = ANY ($1::bigint[])"


class NodeRow(NamedTuple):
    """A unit of the tree with all that the graph shows of it."""

    tree: TreeRow
    kind: str
    sort_key: str
    valid_from: date | None
    valid_to: date | None


def _node_row(row: asyncpg.Record) -> NodeRow:
    *tree, kind, sort_key, valid_from, valid_to = row
    return NodeRow(tree_row(tree), kind, sort_key, valid_from, valid_to)


async def nodes_by_code(
    connection: asyncpg.Connection, campaign: CampaignInSight, codes: Sequence[str]
) -> dict[str, NodeRow]:
    """By code, those that the caller may see, if only by code and name."""
    asked = [code for code in codes if "\x00" not in code]
    rows = map(_node_row, await connection.fetch(_BY_CODE, campaign.definition.id, asked))
    return {row.tree.code: row for row in rows if campaign.sight.knows(row.tree.id, row.tree.path)}


async def nodes_of(
    connection: asyncpg.Connection, campaign: CampaignInSight, units: Sequence[TreeRow]
) -> list[NodeRow]:
    """The nodes of these units, in their order."""
    tenants, ids = [unit.tenant for unit in units], [unit.id for unit in units]
    rows = map(_node_row, await connection.fetch(_THESE, campaign.definition.id, tenants, ids))
    found = {row.tree.id: row for row in rows}
    return [found[unit.id] for unit in units]


async def nodes_under(
    connection: asyncpg.Connection, campaign: CampaignInSight, parents: Sequence[TreeRow]
) -> list[NodeRow]:
    """The children of these units whose figures the caller sees, in no order."""
    rows = map(_node_row, await connection.fetch(_CHILDREN, campaign.definition.id, [one.id for one in parents]))
    return [row for row in rows if campaign.sight.sees(row.tree.path)]


async def search_nodes(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    *,
    level: Level | None,
    within_id: int | None,
    searched: str | None,
    after: tuple[str, str] | None,
    limit: int,
) -> tuple[int, list[NodeRow]]:
    """How many units match, and those behind `after` (sort key and code), in Vietnamese order of names."""
    sight = campaign.sight
    matching = (campaign.definition.id, sight.everything, list(sight.roots), level, within_id, searched)
    total = await connection.fetchval(_COUNT, *matching)
    rows = await connection.fetch(_SEARCH, *matching, *(after or (None, None)), limit)
    return total, [_node_row(row) for row in rows]


async def codes_above(connection: asyncpg.Connection, rows: Iterable[NodeRow]) -> dict[int, str]:
    """The codes of all units on the paths of these, by id."""
    ids = {unit_id for row in rows for unit_id in row.tree.path}
    return dict(await connection.fetch(_CODES, list(ids)))


def campaign_node(campaign: CampaignInSight, row: NodeRow, codes: Mapping[int, str]) -> CampaignUnitNode:
    """The unit as the graph shows it; `codes` knows those on its path."""
    tree = row.tree
    ancestors = [codes[unit_id] for unit_id in tree.path[:-1]]
    parent = ancestors[-1] if ancestors else None
    unit = UnitNode(tree.code, tree.level, row.kind, tree.name, row.valid_from, row.valid_to, parent)
    return CampaignUnitNode(unit, ancestors, campaign.sight.sees(tree.path))


async def page_of(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    rows: Sequence[NodeRow],
    *,
    cursors: list[str],
    total: int,
    has_next: bool,
) -> CampaignUnitsAnswer:
    """One page of nodes."""
    codes = await codes_above(connection, rows)
    return CampaignUnitsAnswer([campaign_node(campaign, row, codes) for row in rows], cursors, total, has_next)
