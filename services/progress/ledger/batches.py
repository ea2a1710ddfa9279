"""SQL of the batches and their receipts."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from services.progress.ingestion.receipts import Status

_FIND = """
    SELECT b.receipt, b.sender_units, s.code AS source, c.code AS campaign, u.path
    FROM batch b
    JOIN source s ON s.id = b.source_id
    JOIN campaign_copy c ON c.id = b.campaign_id
    LEFT JOIN campaign_unit u ON u.campaign_id = b.campaign_id AND u.unit_id = b.within_id
    WHERE b.id = $1
"""
_PAGE = """
    SELECT b.id, b.acknowledgement, s.code AS source, b.received_at, b.status, b.labels, b.receipt,
           b.voided_at, b.void_reason, b.amends, b.void_amends
    FROM batch b JOIN source s ON s.id = b.source_id
    WHERE b.campaign_id = $1
      AND b.acknowledgement < $2
      AND ($3::text IS NULL OR s.code = $3)
      AND ($4::text IS NULL OR b.status = $4)
      AND ($5::bigint[] IS NULL OR b.sender_units <@ $6 OR EXISTS (
          SELECT FROM campaign_unit u
          WHERE u.campaign_id = b.campaign_id AND u.unit_id = b.within_id AND u.path && $5
      ))
    ORDER BY b.acknowledgement DESC LIMIT $7
"""


class KeptBatch(msgspec.Struct, frozen=True):
    """A receipt and who may see it.

    `sender_units`: the subtrees that its sender might report for; `path`: ids down to the lowest unit that holds all
    its rows, empty where none was taken.
    """

    receipt: bytes
    sender_units: tuple[str, ...]
    source: str
    campaign: str
    path: tuple[int, ...]


class BatchRow(msgspec.Struct, frozen=True):
    """A batch in a list."""

    id: uuid.UUID
    acknowledgement: int
    source: str
    received_at: datetime
    status: Status
    labels: list[str]
    receipt: bytes
    voided_at: datetime | None
    void_reason: str | None
    amends: bool
    void_amends: bool


async def find(connection: asyncpg.Connection, batch_id: uuid.UUID) -> KeptBatch | None:
    """The batch of that id."""
    row = await connection.fetchrow(_FIND, batch_id)
    if row is None:
        return None
    return KeptBatch(
        row["receipt"], tuple(row["sender_units"]), row["source"], row["campaign"], tuple(row["path"] or ())
    )


async def page(
    connection: asyncpg.Connection,
    *,
    campaign_id: int,
    before: int,
    source: str | None,
    status: str | None,
    roots: Sequence[int] | None,
    units: Sequence[str],
    limit: int,
) -> list[BatchRow]:
    """Batches, newest first: whose rows all lie under `roots` (None: all), or that were sent for some of `units`."""
    rows = await connection.fetch(
        _PAGE, campaign_id, before, source, status, None if roots is None else list(roots), list(units), limit
    )
    return [BatchRow(**row) for row in rows]
