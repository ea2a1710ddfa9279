"""SQL behind snapshots."""

import uuid
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from services.contracts.definitions import CampaignDefinition
from services.reporting.snapshots.content import ClosureInput, Digest, PlanInput, SuccessionInput, read_content
from services.reporting.snapshots.inputs import BatchInput, Inputs

# Of the column `told`, a line each: how many, and what they hash to.
_DIGEST = """
    count(told), encode(sha256(convert_to(
        coalesce(string_agg(told || E'\\n', '' ORDER BY told COLLATE "C"), ''), 'UTF8')), 'hex')
"""
_PLANS = f"""
    WITH line AS (
        SELECT line.plan_id, concat_ws(E'\\t',
            unit.code, indicator.code, coalesce(cohort.code, ''), line.amount, line.baseline, line.held::text) AS told
        FROM plan_copy AS plan
        JOIN plan_line_copy AS line ON line.plan_id = plan.id
        JOIN unit_copy AS unit ON unit.id = line.unit_id
        JOIN unnest($2::smallint[], $3::text[]) AS indicator (no, code) ON indicator.no = line.indicator_no
        LEFT JOIN unnest($4::smallint[], $5::text[]) AS cohort (no, code) ON cohort.no = line.cohort_no
        WHERE plan.campaign_id = $1
    )
    SELECT plan.id::text, unit.code, plan.document_number, plan.document_date, plan.revision, plan.issued_at, {_DIGEST}
    FROM plan_copy AS plan
    LEFT JOIN unit_copy AS unit ON unit.id = plan.unit_id
    LEFT JOIN line ON line.plan_id = plan.id
    WHERE plan.campaign_id = $1 AND plan.lines_received = plan.lines_total
    GROUP BY plan.id, unit.code
    ORDER BY plan.document_date, plan.issued_at, plan.id
"""
_BATCHES = f"""
    SELECT {_DIGEST}, coalesce(string_agg(uuid_send(id), ''::bytea ORDER BY id), ''::bytea)
    FROM (SELECT id, id::text AS told FROM batch_copy WHERE campaign_id = $1 AND voided_at IS NULL) AS batch
"""
_HIERARCHY = f"""
    SELECT {_DIGEST}
    FROM (
        SELECT concat_ws(E'\\t', unit.code, unit.level, coalesce(parent.code, ''), unit.name) AS told
        FROM campaign_unit AS unit
        LEFT JOIN campaign_unit AS parent ON parent.campaign_id = $1 AND parent.unit_id = unit.parent_id
        WHERE unit.campaign_id = $1
    ) AS unit
"""
# Forwards from the campaign's hierarchy day to today's units and beyond, backwards to those of any day before.
_SUCCESSIONS = """
    WITH RECURSIVE later (unit_id) AS (
        SELECT unit_id FROM campaign_unit WHERE campaign_id = $1
        UNION
        SELECT edge.successor_id FROM later JOIN succession_copy AS edge ON edge.predecessor_id = later.unit_id
        WHERE edge.day > $2 AND edge.successor_id IS NOT NULL
    ),
    earlier (unit_id) AS (
        SELECT unit_id FROM campaign_unit WHERE campaign_id = $1
        UNION
        SELECT edge.predecessor_id FROM earlier JOIN succession_copy AS edge ON edge.successor_id = earlier.unit_id
        WHERE edge.day <= $2
    )
    SELECT edge.day, edge.relation, predecessor.code, successor.code, edge.weight, edge.weights_total, edge.is_main
    FROM succession_copy AS edge
    LEFT JOIN unit_copy AS predecessor ON predecessor.id = edge.predecessor_id
    LEFT JOIN unit_copy AS successor ON successor.id = edge.successor_id
    WHERE CASE WHEN edge.day > $2 THEN edge.predecessor_id IN (SELECT unit_id FROM later)
        ELSE edge.successor_id IN (SELECT unit_id FROM earlier) END
    ORDER BY edge.day, edge.id
"""
_CLOSURES = """
    SELECT revision, through, decision_number, decision_date, closed_at FROM closure_copy
    WHERE campaign_id = $1 ORDER BY revision
"""
_NAMED_BATCHES = """
    SELECT batch.id, source.code, batch.received_at, batch.voided_at
    FROM batch_copy AS batch JOIN source_copy AS source ON source.id = batch.source_id
    WHERE batch.id = ANY ($1::uuid[]) AND batch.campaign_id = ANY ($2::bigint[])
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
        (id, campaign_id, number, dated, as_of, known_at, hash, figures, content, created_by, created_at, batches)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
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


class CountedBatches(NamedTuple):
    """Batches that count. `ids`: 16 bytes each, in order."""

    digest: Digest
    ids: bytes


async def fetch_plans(connection: asyncpg.Connection, campaign: CampaignDefinition) -> list[PlanInput]:
    """Every plan that was issued, revisions too, by document date, with what its lines come to."""
    numbers = (campaign.numbers.indicators, campaign.numbers.cohorts)
    columns = [column for named in numbers for column in (list(named.values()), list(named))]
    return [
        PlanInput(*plan, lines=Digest(count, sha256))
        for *plan, count, sha256 in await connection.fetch(_PLANS, campaign.id, *columns)
    ]


async def fetch_batches(connection: asyncpg.Connection, campaign_id: int) -> CountedBatches:
    """Those batches that were not withdrawn."""
    count, sha256, ids = await connection.fetchrow(_BATCHES, campaign_id)
    return CountedBatches(Digest(count, sha256), ids)


async def fetch_hierarchy(connection: asyncpg.Connection, campaign_id: int) -> Digest:
    """All units of the campaign."""
    return Digest(*await connection.fetchrow(_HIERARCHY, campaign_id))


async def fetch_successions(connection: asyncpg.Connection, campaign: CampaignDefinition) -> list[SuccessionInput]:
    """What became of the campaign's units, and what they had been, act by act, by day."""
    rows = await connection.fetch(_SUCCESSIONS, campaign.id, campaign.hierarchy_day)
    return [SuccessionInput(*row) for row in rows]


async def fetch_closures(connection: asyncpg.Connection, campaign_id: int) -> list[ClosureInput]:
    """Every closure of the campaign, by revision."""
    return [ClosureInput(*row) for row in await connection.fetch(_CLOSURES, campaign_id)]


async def fetch_named_batches(
    connection: asyncpg.Connection, campaign_ids: Sequence[int], ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, BatchInput]:
    """Those of these batches of the campaigns that are known, by id."""
    rows = await connection.fetch(_NAMED_BATCHES, ids, campaign_ids)
    return {row["id"]: BatchInput(*row) for row in rows}


async def number_is_taken(connection: asyncpg.Connection, campaign_id: int, number: str) -> bool:
    """Whether another snapshot of the campaign bears it."""
    return await connection.fetchval(_NUMBER_TAKEN, campaign_id, number)


async def add_snapshot(
    connection: asyncpg.Connection, kept: Kept, content: bytes, batch_ids: bytes, documents: Sequence[Document]
) -> None:
    """It is there for good. `batch_ids`: of the batches that count, 16 bytes each, in order."""
    values = (kept.number, kept.dated, kept.as_of, kept.known_at, kept.hash, kept.figures)
    frozen = (zlib.compress(content), kept.created_by, kept.created_at, zlib.compress(batch_ids))
    await connection.execute(_ADD, kept.id, kept.campaign_id, *values, *frozen)
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


async def fetch_inputs(connection: asyncpg.Connection, snapshot_id: uuid.UUID) -> Inputs:
    """The content, with the batches that counted; None where the snapshot is older than that they are kept."""
    content, batches = await connection.fetchrow("SELECT content, batches FROM snapshot WHERE id = $1", snapshot_id)
    ids = None if batches is None else zlib.decompress(batches)
    return Inputs(
        read_content(zlib.decompress(content)),
        None if ids is None else frozenset(uuid.UUID(bytes=ids[at : at + 16]) for at in range(0, len(ids), 16)),
    )


async def fetch_document(connection: asyncpg.Connection, snapshot_id: uuid.UUID, form: str) -> bytes | None:
    """The bytes of the document in that format."""
    return await connection.fetchval(
        "SELECT content FROM snapshot_document WHERE snapshot_id = $1 AND format = $2", snapshot_id, form
    )
