"""SQL over units. `day` is always the day on which codes are read."""

from collections.abc import Iterable, Sequence
from datetime import date

import asyncpg

from services.contracts.definitions import UnitDefinition
from services.contracts.words import Level
from services.quota.hierarchy.places import Place, TreeNode

COLUMNS = "id, code, level, kind, parent_code, name, valid_from, valid_to, revision"


def valid(alias: str, day: str) -> str:
    """A condition: the unit of that alias is valid on the day, a parameter."""
    begun = f"({alias}.valid_from IS NULL OR {alias}.valid_from <= {day})"
    return f"{begun} AND ({alias}.valid_to IS NULL OR {alias}.valid_to >= {day})"


_CONCERNED = f"""
    WITH RECURSIVE above AS (
        SELECT {COLUMNS} FROM unit WHERE code = ANY ($1::text[])
        UNION
        SELECT {", ".join(f"parent.{column}" for column in COLUMNS.split(", "))}
        FROM above JOIN unit parent ON parent.code = above.parent_code
    )
    SELECT * FROM above
    UNION
    SELECT {COLUMNS} FROM unit WHERE parent_code = ANY ($2::text[])
"""
# Every unit once, however many of those asked for stand below it.
_UP_FROM = f"""
    WITH RECURSIVE above AS (
        SELECT id, code, level, name, parent_code FROM unit WHERE code = ANY ($1::text[]) AND {valid("unit", "$2")}
        UNION
        SELECT parent.id, parent.code, parent.level, parent.name, parent.parent_code
        FROM above JOIN unit parent ON parent.code = above.parent_code AND {valid("parent", "$2")}
    )
    SELECT id, code, level, name, parent_code FROM above
"""
_TREE = f"""
    WITH RECURSIVE tree AS (
        SELECT id, code, level, name, NULL::bigint AS parent_id, ARRAY[code] AS path, 0 AS depth
        FROM unit WHERE id = $1
        UNION ALL
        SELECT child.id, child.code, child.level, child.name, tree.id, tree.path || child.code, tree.depth + 1
        FROM tree JOIN unit child ON child.parent_code = tree.code AND {valid("child", "$2")}
    )
    SELECT id, code, level, name, parent_id, path, depth FROM tree ORDER BY depth, code
"""
_CAMPAIGNS_AT_WORK = """
    SELECT code, unit_id, hierarchy_day FROM campaign
    WHERE EXISTS (SELECT FROM plan WHERE plan.campaign_id = campaign.id AND plan.issued_at IS NOT NULL)
        OR EXISTS (SELECT FROM indicator_reported reported WHERE reported.campaign_id = campaign.id)
    ORDER BY code
"""
_BEARING = f"SELECT {COLUMNS} FROM unit WHERE code = ANY ($1::text[]) AND {valid('unit', '$2')}"
_BY_IDS = f"SELECT {COLUMNS} FROM unit WHERE id = ANY ($1::bigint[])"


def definition_of(row: asyncpg.Record) -> UnitDefinition:
    """A row with `COLUMNS`."""
    return UnitDefinition(
        id=row["id"],
        code=row["code"],
        level=Level(row["level"]),
        kind=row["kind"],
        parent_code=row["parent_code"],
        name=row["name"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        revision=row["revision"],
    )


async def units_concerned(connection: asyncpg.Connection, codes: set[str], parents: set[str]) -> list[UnitDefinition]:
    """Whoever ever bore one of the codes or stood above those, and whoever stands directly under `codes`."""
    rows = await connection.fetch(_CONCERNED, sorted(codes | parents), sorted(codes))
    return [definition_of(row) for row in rows]


async def places(connection: asyncpg.Connection, codes: Iterable[str], *, day: date) -> dict[str, Place]:
    """The units that bear these codes on the day, with their paths; unknown codes are left out."""
    asked = sorted(set(codes))
    rows = {row["code"]: row for row in await connection.fetch(_UP_FROM, asked, day)}
    found: dict[str, Place] = {}
    for code in asked:
        climbed = []
        next_: str | None = code
        while next_ is not None and next_ in rows and next_ not in found:
            climbed.append(rows[next_])
            next_ = climbed[-1]["parent_code"]
        above = found.get(next_) if next_ is not None else None
        path, ids = (above.path, above.ids) if above is not None else ((), ())
        for row in reversed(climbed):
            path, ids = (*path, row["code"]), (*ids, row["id"])
            found[row["code"]] = Place(row["id"], row["code"], Level(row["level"]), row["name"], path, ids)
    return {code: found[code] for code in asked if code in found}


async def units_bearing(
    connection: asyncpg.Connection, codes: Iterable[str], *, day: date
) -> dict[str, UnitDefinition]:
    """The units that bear these codes on the day; unknown codes are left out."""
    return {row["code"]: definition_of(row) for row in await connection.fetch(_BEARING, sorted(set(codes)), day)}


async def campaigns_at_work(connection: asyncpg.Connection) -> list[tuple[str, int, date]]:
    """Code, top unit and hierarchy day of each campaign that has an issued plan or a report."""
    rows = await connection.fetch(_CAMPAIGNS_AT_WORK)
    return [(row["code"], row["unit_id"], row["hierarchy_day"]) for row in rows]


async def tree(connection: asyncpg.Connection, top_id: int, *, day: date) -> list[TreeNode]:
    """The unit and whatever stands below it on the day: ancestors first, then by code."""
    rows = await connection.fetch(_TREE, top_id, day)
    return [
        TreeNode(
            row["id"],
            row["code"],
            Level(row["level"]),
            row["name"],
            row["parent_id"],
            tuple(row["path"]),
            row["depth"],
        )
        for row in rows
    ]


async def units_by_id(connection: asyncpg.Connection, ids: Iterable[int]) -> dict[int, UnitDefinition]:
    """The units of these ids."""
    rows = await connection.fetch(_BY_IDS, sorted(set(ids)))
    return {row["id"]: definition_of(row) for row in rows}


async def with_ancestors(
    connection: asyncpg.Connection, codes: Sequence[str], *, day: date
) -> dict[str, list[UnitDefinition]]:
    """For each code that is borne on the day: the units from its root down to it, itself last."""
    found = await places(connection, codes, day=day)
    units = await units_by_id(connection, {one for place in found.values() for one in place.ids})
    return {code: [units[one] for one in place.ids] for code, place in found.items()}


async def page_of_units(
    connection: asyncpg.Connection,
    *,
    day: date,
    roots: Sequence[str] | None,
    level: Level | None,
    below: str | None,
    search: str | None,
    code: str | None,
    after: tuple[str, str] | None,
    limit: int,
) -> list[asyncpg.Record]:
    """Units valid on the day in the order of the alphabet, with `sort_key`.

    `roots`: only these codes and what stands below them (None: everything); `below`: only what stands below that
    code; `search` (a search key) is contained in the name, or `code` is the unit's.
    """
    arguments: list[object] = [day, limit]

    def parameter(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    conditions = [valid("unit", "$1")]
    subtrees = []
    if roots is not None and below is None:
        subtrees.append(_subtree("seen", f"top.code = ANY ({parameter(list(roots))}::text[])"))
        conditions.append("unit.id IN (SELECT id FROM seen)")
    if below is not None:
        subtrees.append(_subtree("inside", f"top.parent_code = {parameter(below)}"))
        conditions.append("unit.id IN (SELECT id FROM inside)")
    if level is not None:
        conditions.append(f"unit.level = {parameter(level.value)}")
    if search is not None or code is not None:
        conditions.append(
            f"(unit.search_key LIKE '%' || {parameter(search)}::text || '%' OR unit.code = {parameter(code)}::text)"
        )
    if after is not None:
        sort, last = parameter(after[0]), parameter(after[1])
        conditions.append(f'(unit.sort_key, unit.code) > ({sort}::text COLLATE "C", {last}::text COLLATE "C")')
    return await connection.fetch(
        f"""
        {"WITH RECURSIVE " + ", ".join(subtrees) if subtrees else ""}
        SELECT {COLUMNS}, sort_key FROM unit WHERE {" AND ".join(conditions)}
        ORDER BY sort_key, code LIMIT $2
        """,
        *arguments,
    )


def _subtree(name: str, begins: str) -> str:
    return f"""
        {name} AS (
            SELECT top.id, top.code FROM unit top WHERE {begins} AND {valid("top", "$1")}
            UNION
            SELECT child.id, child.code FROM {name} JOIN unit child
                ON child.parent_code = {name}.code AND {valid("child", "$1")}
        )
    """
