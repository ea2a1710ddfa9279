"""A part of a table is what it should be: compared by a sum over its rows, and written only where that differs.

Two different sets of rows with the same number of rows and the same sum of 64-bit hashes are one in 10^19; `verify`
compares row by row.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import asyncpg

_SHAPE = """
    SELECT array_agg(quote_ident(attname) ORDER BY attnum), (
        SELECT array_agg(key.attname ORDER BY array_position(index.indkey::int[], key.attnum::int))
        FROM pg_index AS index JOIN pg_attribute AS key
            ON key.attrelid = index.indrelid AND key.attnum = ANY (index.indkey)
        WHERE index.indrelid = $1::regclass AND index.indisprimary)
    FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
"""
_SUM = "SELECT count(*), coalesce(sum(hash_record_extended(ROW({columns})::{table}, 0)), 0)"
_OF_TENANT = "{table} AS row WHERE row.campaign_id = $1 AND row.tenant = $2"
_OF_UNITS = _OF_TENANT + " AND row.unit_id = ANY ($3::bigint[])"


class Part(NamedTuple):
    """Rows of a campaign and tenant; those of some units, unless `unit_ids` is None."""

    campaign_id: int
    tenant: int
    unit_ids: list[int] | None = None

    def values(self) -> tuple[Any, ...]:
        """$1 and $2, and $3 where there are units."""
        return self[:2] if self.unit_ids is None else tuple(self)


class Table(NamedTuple):
    """A table: its columns, and those of its primary key in their order."""

    name: str
    columns: list[str]
    key: list[str]


async def described(connection: asyncpg.Connection, names: Iterable[str]) -> dict[str, Table]:
    """The tables by name."""
    return {name: Table(name, *await connection.fetchrow(_SHAPE, name)) for name in names}


async def settle(connection: asyncpg.Connection, to: Table, expected: str, part: Part, *more: Any) -> None:
    """The part of the table holds the rows of `expected`, in the order of its columns; `more` follow the part's values.

    Nobody else writes to the table meanwhile.
    """
    table, columns, key = to
    standing = (_OF_TENANT if part.unit_ids is None else _OF_UNITS).format(table=table)
    names = ", ".join(columns)
    if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {_OF_TENANT.format(table=table)})", *part.values()[:2]):
        sum_ = _SUM.format(columns=names, table=table)
        same = f"""
            SELECT should = stands
            FROM ({sum_} FROM ({expected}) AS row ({names})) AS should, ({sum_} FROM {standing}) AS stands
        """
        if await connection.fetchval(same, *part.values(), *more):
            return
        await connection.execute(f"DELETE FROM {standing}", *part.values())
    sorted_ = f"SELECT * FROM ({expected}) AS row ({names}) ORDER BY {', '.join(key)}"
    await connection.execute(f"INSERT INTO {table} {sorted_}", *part.values(), *more)
