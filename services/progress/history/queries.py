"""SQL of the streams: pages in the order of the key, from behind the last one seen."""

from typing import NamedTuple

import asyncpg

from services.contracts.definitions import Document
from services.contracts.events import BatchHeader, PeriodClosed
from services.contracts.history import LedgerColumns, RecordedBatch

_BATCHES = """
    SELECT b.id, b.acknowledgement, b.campaign_id, c.code AS campaign, b.source_id, s.code AS source, b.received_at,
           b.labels, b.amends, b.voided_at
    FROM batch b JOIN source s ON s.id = b.source_id JOIN campaign_copy c ON c.id = b.campaign_id
    WHERE b.campaign_id = $1 AND b.acknowledgement > $2 AND b.status <> 'rejected'
    ORDER BY b.acknowledgement LIMIT $3
"""
_CLOSURES = """
    SELECT campaign_id, revision, through, decision_number, decision_date, closed_at FROM closure
    WHERE (campaign_id, revision) > ($1::bigint, $2::bigint) ORDER BY campaign_id, revision LIMIT $3
"""
_ROW = """
    tenant, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day - date '1970-01-01' AS day,
    acknowledgement, mode_no, value, about
"""
_KEY = "tenant, campaign_id, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day, acknowledgement"
_ROWS = f"""
    SELECT {_ROW} FROM ledger
    WHERE campaign_id = $1 AND ($3::bigint IS NULL OR acknowledgement = $3)
      AND ({_KEY}) > (
          $4::bigint, $1, $5::bigint, $6::smallint, $7::bigint, $8::smallint, $9::smallint, $10::smallint,
          date '1970-01-01' + $11::integer, $12::bigint)
    ORDER BY {_KEY} LIMIT $2
"""


class RowKey(NamedTuple):
    """A row's key within its campaign, in the order of the ledger's key."""

    tenant: int
    unit_id: int
    indicator_no: int
    source_id: int
    cohort_no: int
    outcome_no: int
    reason_no: int
    day: int
    acknowledgement: int


BEFORE_ALL = RowKey(-1, 0, 0, 0, 0, 0, 0, 0, 0)


class Rows(NamedTuple):
    """A page of rows, and the key of the last of them where there may be more."""

    columns: LedgerColumns
    last: RowKey | None


async def batches_after(
    connection: asyncpg.Connection, campaign_id: int, acknowledgement: int, *, most: int
) -> list[RecordedBatch]:
    """At most so many batches of the campaign that came later, by acknowledgement; of each, rows were taken."""
    return [
        RecordedBatch(
            BatchHeader(
                id=row["id"],
                acknowledgement=row["acknowledgement"],
                campaign_id=row["campaign_id"],
                campaign=row["campaign"],
                source_id=row["source_id"],
                source=row["source"],
                received_at=row["received_at"],
                labels=tuple(row["labels"]),
                amends=row["amends"],
            ),
            row["voided_at"],
        )
        for row in await connection.fetch(_BATCHES, campaign_id, acknowledgement, most)
    ]


async def closures_after(
    connection: asyncpg.Connection, campaign_id: int, revision: int, *, most: int
) -> list[PeriodClosed]:
    """At most so many closures behind that one, by campaign and revision."""
    return [
        PeriodClosed(campaign, number, through, Document(decision, dated), closed_at)
        for campaign, number, through, decision, dated, closed_at in await connection.fetch(
            _CLOSURES, campaign_id, revision, most
        )
    ]


async def rows_after(
    connection: asyncpg.Connection, campaign_id: int, key: RowKey, *, acknowledgement: int | None, most: int
) -> Rows:
    """At most so many rows of the campaign (of one batch where its acknowledgement is given), by key."""
    found = await connection.fetch(_ROWS, campaign_id, most, acknowledgement, *key)
    columns = [list(column) for column in zip(*found, strict=True)] if found else [[] for _ in range(12)]
    about = [at for at, hedged in enumerate(columns[11]) if hedged]
    last = RowKey(*found[-1][:9]) if len(found) == most else None
    return Rows(LedgerColumns(*columns[:11], about), last)
