"""Units outside any campaign, on a day, for one caller."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from services.chassis.identity import Caller
from services.chassis.problems import Refusal
from services.contracts.graph import UnitNode
from services.contracts.words import Level


class UnitNotFoundOnDay(Refusal):
    """There is no unit {unit!r} on {day} that this token may see."""

    status = 404
    code = "unit_not_found_on_day"
    title = "Unit not found"
    remedy = "Check the code and the day: a code may have been born or abolished; a token sees its own units."


def _valid(alias: str) -> str:
    return f"""({alias}.valid_from IS NULL OR {alias}.valid_from <= $1)
        AND ({alias}.valid_to IS NULL OR $1 <= {alias}.valid_to)"""


# A parent is whoever bears the code on the day, none where nobody does.
_NODE = f"""
    unit.code, unit.level, unit.kind, unit.name, unit.valid_from, unit.valid_to,
    (SELECT parent.code FROM unit_copy AS parent WHERE parent.code = unit.parent_code AND {_valid("parent")})
"""
# UNION ends a circle.
_CHAINS = f"""
    chain (start, code, parent_code) AS (
        SELECT unit.code, unit.code, unit.parent_code
        FROM unit_copy AS unit WHERE unit.code = ANY ($2::text[] || $3::text[]) AND {_valid("unit")}
        UNION
        SELECT chain.start, unit.code, unit.parent_code
        FROM chain JOIN unit_copy AS unit ON unit.code = chain.parent_code AND {_valid("unit")}
    )
"""
_BY_CODE = f"""
    WITH RECURSIVE {_CHAINS}
    SELECT {_NODE} FROM unit_copy AS unit
    WHERE unit.code = ANY ($2::text[]) AND {_valid("unit")} AND (
        $4 OR EXISTS (SELECT FROM chain WHERE chain.start = unit.code AND chain.code = ANY ($3))
        OR EXISTS (SELECT FROM chain WHERE chain.start = ANY ($3) AND chain.code = unit.code)
    )
"""


def _subtree(name: str, roots: str) -> str:
    return f"""
        {name} (code) AS (
            SELECT unit.code FROM unit_copy AS unit WHERE unit.code = ANY ({roots}) AND {_valid("unit")}
            UNION
            SELECT unit.code FROM {name} JOIN unit_copy AS unit ON unit.parent_code = {name}.code AND {_valid("unit")}
        )
    """


_MATCHING = f"""
    {_valid("unit")}
    AND ($2 OR unit.code IN (SELECT code FROM held))
    AND ($4::text IS NULL OR unit.code IN (SELECT code FROM inside))
    AND ($5::text IS NULL OR unit.level = $5)
    AND ($6::text IS NULL OR unit.search_key LIKE '%' || $6 || '%')
"""
_WITH = f"WITH RECURSIVE {_subtree('held', '$3::text[]')}, {_subtree('inside', 'ARRAY[$4::text]')}"
_COUNT = f"{_WITH} SELECT count(*) FROM unit_copy AS unit WHERE {_MATCHING}"
_SEARCH = f"""
    {_WITH}
    SELECT {_NODE}, unit.sort_key FROM unit_copy AS unit
    WHERE {_MATCHING}
        AND ($7::text IS NULL OR (unit.sort_key, unit.code COLLATE "C") > ($7 COLLATE "C", $8 COLLATE "C"))
    ORDER BY unit.sort_key, unit.code COLLATE "C"
    LIMIT $9
"""


def _node(row: Sequence[object]) -> UnitNode:
    code, level, kind, name, valid_from, valid_to, parent_code = row
    return UnitNode(code, Level(level), kind, name, valid_from, valid_to, parent_code)  # ty: ignore[invalid-argument-type]


def _storable(codes: Sequence[str]) -> list[str]:
    return [code for code in codes if "\x00" not in code]


async def units_by_code(
    connection: asyncpg.Connection, codes: Sequence[str], *, on: date, caller: Caller
) -> dict[str, UnitNode]:
    """By code, the units of that day which the caller may see: its subtrees and their ancestors."""
    held = [] if caller.sees_everything else _storable(caller.units)
    rows = await connection.fetch(_BY_CODE, on, _storable(codes), held, caller.sees_everything)
    return {row[0]: _node(row) for row in rows}


async def search_units(
    connection: asyncpg.Connection,
    *,
    on: date,
    level: Level | None,
    within: str | None,
    searched: str | None,
    after: tuple[str, str] | None,
    limit: int,
    caller: Caller,
) -> tuple[int, list[tuple[str, UnitNode]]]:
    """How many units of that day match in the caller's subtrees, and those behind `after`, each with its sort key.

    `within` is a code that the caller may see; `after` a sort key and a code.
    """
    held = [] if caller.sees_everything else _storable(caller.units)
    matching = (on, caller.sees_everything, held, within, level, searched)
    total = await connection.fetchval(_COUNT, *matching)
    rows = await connection.fetch(_SEARCH, *matching, *(after or (None, None)), limit)
    return total, [(row[-1], _node(row[:-1])) for row in rows]
