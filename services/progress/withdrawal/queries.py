"""SQL of a void. Nobody else changes live rows of the source meanwhile: the caller holds it."""

import uuid
from datetime import date, datetime

import asyncpg
import msgspec

_BATCH = """
    SELECT b.id, b.acknowledgement, b.campaign_id, c.code AS campaign, b.source_id, s.code AS source, b.received_at,
           b.labels, b.amends, b.status, b.voided_at, b.void_reason
    FROM batch b JOIN source s ON s.id = b.source_id JOIN campaign_copy c ON c.id = b.campaign_id
    WHERE b.id = $1
"""
_MARK = "UPDATE batch SET voided_at = $2, void_reason = $3, voided_by = $4, void_amends = $5 WHERE id = $1"
_FIRST_DAY = """
    SELECT min(day) FROM ledger WHERE campaign_id = $1 AND source_id = $2 AND acknowledgement = $3
"""
_ITS_ROWS = """
    SELECT tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day FROM ledger
    WHERE campaign_id = $1 AND source_id = $2 AND acknowledgement = $3
"""


def _same_key(one: str, other: str) -> str:
    return f"""
        {one}.tenant = {other}.tenant AND {one}.campaign_id = $1 AND {one}.unit_id = {other}.unit_id
        AND {one}.indicator_no = {other}.indicator_no AND {one}.source_id = $2 AND {one}.cohort_no = {other}.cohort_no
        AND {one}.outcome_no = {other}.outcome_no AND {one}.reason_no = {other}.reason_no AND {one}.day = {other}.day
    """


# The batch is marked already, so that the newest row of a batch that is not is what speaks again.
_WITHDRAW = f"""
    WITH taken AS MATERIALIZED ({_ITS_ROWS}), earlier AS MATERIALIZED (
        SELECT t.*, e.acknowledgement, e.received_at, e.mode_no, e.value, e.about
        FROM taken t JOIN latest l ON {_same_key("l", "t")}
        LEFT JOIN LATERAL (
            SELECT r.acknowledgement, r.received_at, r.mode_no, r.value, r.about FROM ledger r
            WHERE {_same_key("r", "t")} AND NOT EXISTS (
                SELECT FROM batch b
                WHERE b.campaign_id = $1 AND b.acknowledgement = r.acknowledgement AND b.voided_at IS NOT NULL
            )
            ORDER BY r.received_at DESC, r.acknowledgement DESC LIMIT 1
        ) e ON true
        WHERE l.acknowledgement = $3
    ), restored AS (
        UPDATE latest l SET acknowledgement = e.acknowledgement, received_at = e.received_at, mode_no = e.mode_no,
            value = e.value, about = e.about, previous_value = NULL, repeats = false
        FROM earlier e WHERE {_same_key("l", "e")} AND e.acknowledgement IS NOT NULL
        RETURNING l.day
    ), withdrawn AS (
        DELETE FROM latest l USING earlier e WHERE {_same_key("l", "e")} AND e.acknowledgement IS NULL
        RETURNING l.day
    )
    SELECT (SELECT count(*) FROM taken) AS taken, (SELECT count(*) FROM restored) AS restored,
           (SELECT count(*) FROM withdrawn) AS withdrawn
"""
# A source that has no row of an indicator left may report it in another form (rule 6).
_FREE_FORMS = f"""
    DELETE FROM source_indicator i
    WHERE i.campaign_id = $1 AND i.source_id = $2
      AND i.indicator_no IN (SELECT DISTINCT t.indicator_no FROM ({_ITS_ROWS}) t)
      AND NOT EXISTS (
          SELECT FROM campaign_unit u JOIN latest l
              ON l.tenant = u.tenant AND l.campaign_id = $1 AND l.unit_id = u.unit_id
              AND l.indicator_no = i.indicator_no AND l.source_id = $2
          WHERE u.campaign_id = $1
      )
"""


class TakenBatch(msgspec.Struct, frozen=True):
    """A batch as it stands."""

    id: uuid.UUID
    acknowledgement: int
    campaign_id: int
    campaign: str
    source_id: int
    source: str
    received_at: datetime
    labels: list[str]
    amends: bool
    status: str
    voided_at: datetime | None
    void_reason: str | None


class Withdrawn(msgspec.Struct, frozen=True):
    """Rows that the batch had; those whose earlier value speaks again; those of whose key nothing is live now."""

    taken: int
    restored: int
    withdrawn: int


async def find(connection: asyncpg.Connection, batch_id: uuid.UUID) -> TakenBatch | None:
    """The batch of that id."""
    row = await connection.fetchrow(_BATCH, batch_id)
    return None if row is None else TakenBatch(**row)


async def first_day(connection: asyncpg.Connection, batch: TakenBatch) -> date:
    """The earliest day of which the batch has a row."""
    return await connection.fetchval(_FIRST_DAY, batch.campaign_id, batch.source_id, batch.acknowledgement)


async def withdraw(
    connection: asyncpg.Connection, batch: TakenBatch, *, voided_at: datetime, reason: str, by: str, amends: bool
) -> Withdrawn:
    """No live row is of the batch; earlier values speak again, later ones go on. `amends`: some were of closed days."""
    await connection.execute(_MARK, batch.id, voided_at, reason, by, amends)
    where = (batch.campaign_id, batch.source_id, batch.acknowledgement)
    row = await connection.fetchrow(_WITHDRAW, *where)
    assert row is not None
    await connection.execute(_FREE_FORMS, *where)
    return Withdrawn(**row)
