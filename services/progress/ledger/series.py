"""SQL of series: the live rows of a key without its day."""

from collections.abc import Sequence

import asyncpg
import msgspec

from services.progress.ledger.queries import SAME_SERIES, LedgerSlot, arguments, rows_sql
from services.progress.ledger.rows import LedgerRows

_MEDIANS = f"""
    SELECT m.median, m.days FROM ({rows_sql(3)}) AS r
    CROSS JOIN LATERAL (
        SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY l.value) AS median, count(*) AS days
        FROM latest l WHERE {SAME_SERIES} AND l.mode_no = 0 AND l.day <> r.day
    ) m
    ORDER BY r.place
"""
_UNDER = """
    SELECT anchor.unit_id, l.unit_id, l.indicator_no, l.outcome_no, l.cohort_no, l.reason_no, s.code,
           l.day - date '1970-01-01', l.mode_no, l.value
    FROM unnest($2::bigint[]) AS anchor (unit_id)
    JOIN campaign_unit u ON u.campaign_id = $1 AND anchor.unit_id = ANY (u.path)
    CROSS JOIN unnest($3::smallint[]) AS i (indicator_no)
    JOIN latest l ON l.tenant = u.tenant AND l.campaign_id = $1 AND l.unit_id = u.unit_id
        AND l.indicator_no = i.indicator_no
    JOIN source s ON s.id = l.source_id
"""


class SeriesRow(msgspec.Struct, frozen=True):
    """A live row under a unit. `day`: days since 1970-01-01."""

    anchor_id: int
    unit_id: int
    indicator_no: int
    outcome_no: int
    cohort_no: int
    reason_no: int
    source: str
    day: int
    mode_no: int
    value: int


async def medians(connection: asyncpg.Connection, slot: LedgerSlot, rows: LedgerRows) -> list[tuple[int, int]]:
    """For each row the median of the live daily rows of its key on other days, and how many there are."""
    numbered = msgspec.structs.replace(rows, place=list(range(len(rows))))
    found = await connection.fetch(_MEDIANS, slot.campaign_id, slot.source_id, *arguments(numbered))
    return [(row["median"] or 0, row["days"]) for row in found]


async def rows_under(
    connection: asyncpg.Connection, campaign_id: int, *, units: Sequence[int], indicators: Sequence[int]
) -> list[SeriesRow]:
    """The live rows of these indicators at each of these units and below it."""
    rows = await connection.fetch(_UNDER, campaign_id, list(units), list(indicators))
    return [SeriesRow(*row) for row in rows]
