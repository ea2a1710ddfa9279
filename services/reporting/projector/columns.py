"""Rows as the parameters of one statement: a column each, unnested in SQL."""

from collections.abc import Iterable, Sequence

import msgspec


def number_columns(rows: Iterable[Sequence[int | bool]]) -> list[str]:
    """The columns of the rows (at least one row, all of one length) as array literals, for `$n::text::bigint[]`.

    asyncpg encodes an array at 0.5 µs an element, most of a batch's time (November 2026); a literal takes 0.1 µs.
    """
    return [number_column(column) for column in zip(*rows, strict=True)]


def number_column(values: Sequence[int | bool]) -> str:
    """One such column."""
    return "{" + msgspec.json.encode(values)[1:-1].decode() + "}"
