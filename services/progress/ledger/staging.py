"""Rows of a large batch, put into a table of the transaction until it is known which of them count.

So that a key that stands twice is found wherever the two rows are, rows are written in the order of their keys, and
memory holds one part of the batch at a time.
"""

from collections.abc import AsyncIterator, Iterable, Sequence

import asyncpg

from services.contracts.events import MAX_ROWS, RowColumns, day_number
from services.progress.ledger.queries import (
    Appended,
    Fall,
    LedgerSlot,
    Outdated,
    append_sql,
    arguments,
    falls_of,
    falls_sql,
    outdated_of,
    outdated_sql,
    rows_sql,
)
from services.progress.ledger.rows import LedgerRows
from services.progress.ledger.series import Rise, rises_of, rises_sql
from services.progress.ledger.standing import COUNTED

_KEY = "tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day"
_CREATE = """
    CREATE TEMP TABLE staged (
        unit_id bigint, value bigint, place integer, tenant bigint, indicator_no smallint, cohort_no smallint,
        outcome_no smallint, reason_no smallint, day date, mode_no smallint, about boolean, is_twice boolean
    ) ON COMMIT DROP
"""
# Sorting a million rows; compiling the statements would cost more than running them.
_SETTLE = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"
_PUT = f"""
    INSERT INTO staged
    SELECT unit_id, value, place + $1::integer, tenant, indicator_no, cohort_no, outcome_no, reason_no, day, mode_no,
           about, $2::boolean
    FROM ({rows_sql(3)}) AS one
"""
_TWICE = f"""
    WITH marked AS (
        SELECT place, is_twice, count(*) OVER (PARTITION BY {_KEY}) AS times FROM staged
    )
    SELECT place FROM marked WHERE times > 1 AND NOT is_twice ORDER BY place
"""
_DROP_TWICE = f"""
    WITH marked AS (SELECT place, is_twice, count(*) OVER (PARTITION BY {_KEY}) AS times FROM staged)
    DELETE FROM staged USING marked WHERE staged.place = marked.place AND (marked.times > 1 OR marked.is_twice)
"""
_SORTED = f"SELECT * FROM staged ORDER BY {_KEY}"
_APPEND = append_sql(_SORTED, received="$4")
_OUTDATED = outdated_sql("SELECT * FROM staged", most="$4")
_FALLS = falls_sql(
    "SELECT * FROM staged WHERE indicator_no = ANY ($5::smallint[]) AND outcome_no <> $6::smallint", most="$4"
)
_RISES = rises_sql("SELECT * FROM staged WHERE outcome_no <> $6::smallint", times="$5", most="$4")
_SUMS = f"""
    SELECT unit_id, indicator_no, cohort_no, sum(value)::bigint, max(place) FROM staged
    WHERE outcome_no IN ({", ".join(map(str, sorted(COUNTED)))}) AND (value > 0 OR indicator_no = ANY ($1::smallint[]))
    GROUP BY 1, 2, 3
"""
_BEARS_ON = "SELECT DISTINCT unit_id, indicator_no, outcome_no FROM staged"


async def create(connection: asyncpg.Connection) -> None:
    """The table is there and empty, until the transaction ends."""
    await connection.execute(_SETTLE)
    await connection.execute(_CREATE)


async def put(connection: asyncpg.Connection, rows: LedgerRows, *, offset: int, twice: bool = False) -> None:
    """The rows are staged; their places are counted from `offset`. `twice`: their keys are known to stand twice."""
    if len(rows):
        await connection.execute(_PUT, offset, twice, *arguments(rows))


async def drop_twice(connection: asyncpg.Connection) -> list[int]:
    """No staged key stands twice; answers the places of rows of which that was not known."""
    places = [row["place"] for row in await connection.fetch(_TWICE)]
    await connection.execute(_DROP_TWICE)
    return places


async def count(connection: asyncpg.Connection) -> int:
    """How many rows are staged."""
    return await connection.fetchval("SELECT count(*) FROM staged")


async def append(connection: asyncpg.Connection, slot: LedgerSlot) -> Appended:
    """The staged rows are in the ledger, and live where none that is live is newer (rule 3)."""
    row = await connection.fetchrow(_APPEND, slot.campaign_id, slot.source_id, slot.acknowledgement, slot.received_at)
    assert row is not None
    return Appended(row["created"], row["corrected"], row["repeated"])


async def outdated(connection: asyncpg.Connection, slot: LedgerSlot, *, most: int) -> list[Outdated]:
    """Of the staged rows, those that did not become live, by place."""
    return outdated_of(await connection.fetch(_OUTDATED, slot.campaign_id, slot.source_id, slot.acknowledgement, most))


async def falls(
    connection: asyncpg.Connection, slot: LedgerSlot, *, indicators: Iterable[int], stock_no: int, most: int
) -> list[Fall]:
    """Days on which a total of these indicators falls and on which staged rows bear, by place."""
    where = (slot.campaign_id, slot.source_id, slot.acknowledgement)
    return falls_of(await connection.fetch(_FALLS, *where, most, sorted(indicators), stock_no))


async def rises(
    connection: asyncpg.Connection, slot: LedgerSlot, *, times: int, stock_no: int, most: int
) -> list[Rise]:
    """Staged running totals by which far more happened on a day than usually does, by place."""
    where = (slot.campaign_id, slot.source_id, slot.acknowledgement)
    return rises_of(await connection.fetch(_RISES, *where, most, times, stock_no))


async def sums(connection: asyncpg.Connection, *, running: Iterable[int]) -> list[tuple[int, int, int, int, int]]:
    """(unit, indicator, cohort, sum of values, last place) of what uses up quotas; zeros of `running` ones alone."""
    return [tuple(row) for row in await connection.fetch(_SUMS, sorted(running))]


async def bears_on(connection: asyncpg.Connection) -> list[tuple[int, int, int]]:
    """(unit, indicator, outcome) of the staged rows."""
    return [tuple(row) for row in await connection.fetch(_BEARS_ON)]


async def event_slices(connection: asyncpg.Connection) -> AsyncIterator[tuple[int, RowColumns]]:
    """(tenant, rows) of at most as many rows as an event carries, in the order of their keys."""
    tenant: int | None = None
    rows: list[asyncpg.Record] = []
    async for row in connection.cursor(_SORTED, prefetch=MAX_ROWS):
        if rows and (row["tenant"] != tenant or len(rows) == MAX_ROWS):
            assert tenant is not None
            yield tenant, _columns(rows)
            rows = []
        tenant = row["tenant"]
        rows.append(row)
    if rows:
        assert tenant is not None
        yield tenant, _columns(rows)


def _columns(rows: Sequence[asyncpg.Record]) -> RowColumns:
    return RowColumns(
        unit_id=[row["unit_id"] for row in rows],
        indicator_no=[row["indicator_no"] for row in rows],
        cohort_no=[row["cohort_no"] for row in rows],
        outcome_no=[row["outcome_no"] for row in rows],
        reason_no=[row["reason_no"] for row in rows],
        day=[day_number(row["day"]) for row in rows],
        mode_no=[row["mode_no"] for row in rows],
        value=[row["value"] for row in rows],
        about=[at for at, row in enumerate(rows) if row["about"]],
    )
