"""SQL behind snapshots."""

import uuid
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from services.reporting.snapshots.rules import BatchInputs, PlanInput

_PLANS = """
    SELECT plan.id::text, unit.code, plan.document_number, plan.document_date, plan.revision, plan.issued_at
    FROM plan_copy AS plan
    LEFT JOIN campaign_unit AS unit ON unit.campaign_id = plan.campaign_id AND unit.unit_id = plan.unit_id
    WHERE plan.campaign_id = $1 AND plan.lines_received = plan.lines_total
    ORDER BY plan.document_date, plan.issued_at, plan.id
"""
_BATCHES = """
    SELECT count(*), encode(sha256(convert_to(
        coalesce(string_agg(id::text || E'\\n', '' ORDER BY id::text COLLATE "C"), ''), 'UTF8')), 'hex')
    FROM batch_copy WHERE campaign_id = $1 AND voided_at IS NULL
"""
_COLUMNS = """
    frozen.id, frozen.campaign_id, campaign.code, frozen.number, frozen.dated, frozen.as_of, frozen.known_at,
    frozen.hash, frozen.figures, frozen.created_by, frozen.created_at,
    (
        SELECT coalesce(jsonb_agg(
            jsonb_build_object('format', format, 'sha256', hash, 'bytes', length(content)) ORDER BY format), '[]')
        FROM snapshot_document WHERE snapshot_id = frozen.id
    )
"""
_FROM = "FROM snapshot AS frozen JOIN campaign_copy AS campaign ON campaign.id = frozen.campaign_id"
_ONE = f"SELECT {_COLUMNS} {_FROM} WHERE frozen.id = $1"
_PAGE = f"""
    SELECT {_COLUMNS} {_FROM}
    WHERE frozen.campaign_id = $1 AND ($2::uuid IS NULL OR frozen.id < $2) ORDER BY frozen.id DESC LIMIT $3
"""
_NUMBER_TAKEN = "SELECT EXISTS (SELECT FROM snapshot WHERE campaign_id = $1 AND number = $2)"
_ADD = """
    INSERT INTO snapshot
        (id, campaign_id, number, dated, as_of, known_at, hash, figures, content, created_by, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_ADD_DOCUMENT = """
    INSERT INTO snapshot_document (snapshot_id, campaign_id, format, hash, content) VALUES ($1, $2, $3, $4, $5)
"""


class Document(NamedTuple):
    """A rendered document."""

    form: str
    hash: str
    content: bytes


class Kept(NamedTuple):
    """A snapshot without its content. `documents`: format, SHA-256 and size of each."""

    id: uuid.UUID
    campaign_id: int
    campaign: str
    number: str | None
    dated: date | None
    as_of: date
    known_at: datetime
    hash: str
    figures: int
    created_by: str
    created_at: datetime
    documents: list[dict[str, str | int]]


async def fetch_plans(connection: asyncpg.Connection, campaign_id: int) -> list[PlanInput]:
    """Every plan that was issued, revisions too, by document date."""
    return [PlanInput(*row) for row in await connection.fetch(_PLANS, campaign_id)]


async def fetch_batches(connection: asyncpg.Connection, campaign_id: int) -> BatchInputs:
    """Those batches that were not withdrawn."""
    return BatchInputs(*await connection.fetchrow(_BATCHES, campaign_id))


async def number_is_taken(connection: asyncpg.Connection, campaign_id: int, number: str) -> bool:
    """Whether another snapshot of the campaign bears it."""
    return await connection.fetchval(_NUMBER_TAKEN, campaign_id, number)


async def add_snapshot(
    connection: asyncpg.Connection, kept: Kept, content: bytes, documents: Sequence[Document]
) -> None:
    """It is there for good."""
    values = (kept.number, kept.dated, kept.as_of, kept.known_at, kept.hash, kept.figures)
    compressed = zlib.compress(content)
    await connection.execute(_ADD, kept.id, kept.campaign_id, *values, compressed, kept.created_by, kept.created_at)
    await connection.executemany(_ADD_DOCUMENT, [(kept.id, kept.campaign_id, *one) for one in sorted(documents)])


async def fetch_snapshot(connection: asyncpg.Connection, snapshot_id: uuid.UUID) -> Kept | None:
    """The snapshot, where its campaign is open."""
    row = await connection.fetchrow(_ONE, snapshot_id)
    return None if row is None else Kept(*row)


async def fetch_page(
    connection: asyncpg.Connection, campaign_id: int, *, before: uuid.UUID | None, limit: int
) -> list[Kept]:
    """Snapshots of the campaign, newest first."""
    return [Kept(*row) for row in await connection.fetch(_PAGE, campaign_id, before, limit)]


async def fetch_content(connection: asyncpg.Connection, snapshot_id: uuid.UUID) -> bytes:
    """The canonical content."""
    return zlib.decompress(await connection.fetchval("SELECT content FROM snapshot WHERE id = $1", snapshot_id))


async def fetch_document(connection: asyncpg.Connection, snapshot_id: uuid.UUID, form: str) -> bytes | None:
    """The bytes of the document in that format."""
    return await connection.fetchval(
        "SELECT content FROM snapshot_document WHERE snapshot_id = $1 AND format = $2", snapshot_id, form
    )
