"""Units of a campaign's tree, found by code for one caller."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import asyncpg

from services.chassis.problems import Refusal
from services.contracts.words import Level
from services.reporting.visibility.campaigns import CampaignInSight

COLUMNS = "unit.tenant, unit.unit_id, unit.parent_id, unit.depth, unit.path, unit.code, unit.level, unit.name"
"""What a `TreeRow` is made of, from `campaign_unit AS unit`."""

_BY_CODE = f"SELECT {COLUMNS} FROM campaign_unit AS unit WHERE unit.campaign_id = $1 AND unit.code = ANY ($2::text[])"


class UnitNotFound(Refusal):
    """There is no unit {unit!r} in {campaign} that this token may see."""

    status = 404
    code = "unit_not_found"
    title = "Unit not found"
    remedy = "Check the code: under a campaign it means the unit of its hierarchy day; a token sees its own units."


class TreeRow(NamedTuple):
    """One unit of a campaign's tree. `path` holds the ids from the top unit down to this one."""

    tenant: int
    id: int
    parent_id: int | None
    depth: int
    path: list[int]
    code: str
    level: Level
    name: str


def tree_row(row: Iterable[Any]) -> TreeRow:
    """The unit of a row of `COLUMNS`."""
    tenant, unit_id, parent_id, depth, path, code, level, name = row
    return TreeRow(tenant, unit_id, parent_id, depth, path, code, Level(level), name)


async def known_units(
    connection: asyncpg.Connection, campaign: CampaignInSight, codes: Sequence[str]
) -> dict[str, TreeRow]:
    """By code, those of these units that the caller may see, if only by code and name."""
    asked = [code for code in codes if "\x00" not in code]
    rows = map(tree_row, await connection.fetch(_BY_CODE, campaign.definition.id, asked))
    return {row.code: row for row in rows if campaign.sight.knows(row.id, row.path)}


async def known_unit(
    connection: asyncpg.Connection, campaign: CampaignInSight, code: str | None, *, with_figures: bool = False
) -> TreeRow:
    """The unit of that code, the top unit where None; `with_figures` asks that more than code and name may be seen.

    Raises: UnitNotFound, after the same question whether it does not exist or is not visible.
    """
    asked = campaign.definition.unit if code is None else code
    found = (await known_units(connection, campaign, [asked])).get(asked)
    if found is None or (with_figures and not campaign.sight.sees(found.path)):
        raise UnitNotFound(unit=asked[:64], campaign=campaign.definition.code)
    return found


async def seen_units(connection: asyncpg.Connection, campaign: CampaignInSight, codes: Sequence[str]) -> list[TreeRow]:
    """Those of these units whose figures the caller may see, in the order given."""
    known = await known_units(connection, campaign, codes)
    return [known[code] for code in codes if code in known and campaign.sight.sees(known[code].path)]
