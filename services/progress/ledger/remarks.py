"""SQL of the errors of batches that have more of them than a receipt shows."""

import uuid
from collections.abc import Iterable

import asyncpg

from services.progress.ingestion.receipts import RowRemark

_COLUMNS = ("batch_id", "row", "position", "pointer", "code", "detail")
_PAGE = """
    SELECT row, position, pointer, code, detail FROM batch_error
    WHERE batch_id = $1 AND (row, position) > ($2, $3) ORDER BY row, position LIMIT $4
"""


async def keep(connection: asyncpg.Connection, batch_id: uuid.UUID, errors: Iterable[RowRemark]) -> None:
    """The errors are on record. A row whose errors come in two calls is none of ours."""
    records = [(batch_id, one.row, at, one.pointer, one.code, one.detail) for at, one in enumerate(errors)]
    await connection.copy_records_to_table("batch_error", columns=_COLUMNS, records=records)


async def has_any(connection: asyncpg.Connection, batch_id: uuid.UUID) -> bool:
    """Whether errors of the batch are on record beside its receipt."""
    return await connection.fetchval("SELECT EXISTS (SELECT FROM batch_error WHERE batch_id = $1)", batch_id)


async def page(
    connection: asyncpg.Connection, batch_id: uuid.UUID, *, after: tuple[int, int], limit: int
) -> list[tuple[tuple[int, int], RowRemark]]:
    """Errors behind (row, position), by row, each with its own."""
    rows = await connection.fetch(_PAGE, batch_id, *after, limit)
    return [
        ((row["row"], row["position"]), RowRemark(row["row"], row["pointer"], row["code"], row["detail"]))
        for row in rows
    ]
