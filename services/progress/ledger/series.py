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
FEWEST_DAYS = 5
"""So many days of a series say what is usual in it."""
# What happened on a day is the difference of two totals (rule 4). Within a block that begins with a running total the
# totals are sums. The rows are live already, so that those of one batch count for each other.
_RISES = """
    WITH r AS ({rows})
    SELECT r.place, happened.increase, usual.median, usual.days
    FROM r JOIN latest own ON own.tenant = r.tenant AND own.campaign_id = $1 AND own.unit_id = r.unit_id
        AND own.indicator_no = r.indicator_no AND own.source_id = $2 AND own.cohort_no = r.cohort_no
        AND own.outcome_no = r.outcome_no AND own.reason_no = r.reason_no AND own.day = r.day
    LEFT JOIN LATERAL (
        SELECT l.day, l.value FROM latest l WHERE {same_series} AND l.day < r.day AND l.mode_no = 1
        ORDER BY l.day DESC LIMIT 1
    ) b ON true
    CROSS JOIN LATERAL (
        SELECT r.value - coalesce(b.value, 0) - coalesce(sum(l.value), 0) AS increase FROM latest l
        WHERE {same_series} AND l.day < r.day AND (b.day IS NULL OR l.day > b.day) AND l.mode_no = 0
    ) happened
    CROSS JOIN LATERAL (
        SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY step.increase) AS median, count(*) AS days
        FROM (
            SELECT one.total - lag(one.total, 1, 0::numeric) OVER (ORDER BY one.day) AS increase
            FROM (
                SELECT block.day, sum(block.value) OVER (PARTITION BY block.nth ORDER BY block.day) AS total
                FROM (
                    SELECT l.day, l.value, count(*) FILTER (WHERE l.mode_no = 1) OVER (ORDER BY l.day) AS nth
                    FROM latest l WHERE {same_series} AND l.day < r.day
                ) block
            ) one
        ) step
        WHERE happened.increase > {times}
    ) usual
    WHERE r.mode_no = 1 AND r.value > {times} AND own.acknowledgement = $3 AND happened.increase > {times}
      AND usual.days >= {fewest} AND happened.increase > {times} * greatest(usual.median, 1)
    ORDER BY r.place LIMIT {most}
"""
# As `contracts.counting` has it, of the last day: the first group that has a row speaks, and each of its series counts
# its last running total and the daily rows behind that.
_CHOSEN = """
    WITH authority AS MATERIALIZED (
        SELECT s.id AS source_id, one.indicator_no, one.group_no
        FROM unnest($4::smallint[], $5::text[], $6::smallint[]) AS one (indicator_no, code, group_no)
        JOIN source s ON s.code = one.code
    ), asked AS MATERIALIZED (
        SELECT anchor.unit_id AS anchor_id, anchor.indicator_no, u.tenant, u.unit_id
        FROM campaign_unit u CROSS JOIN LATERAL unnest(u.path) AS above (unit_id)
        JOIN unnest($2::bigint[], $3::smallint[]) AS anchor (unit_id, indicator_no) ON anchor.unit_id = above.unit_id
        WHERE u.campaign_id = $1
    ), by_group AS (
        SELECT asked.anchor_id, asked.indicator_no, live.outcome_no, authority.group_no,
               sum(live.value) FILTER (WHERE live.day >= live.from_day)::bigint AS total
        FROM asked
        CROSS JOIN LATERAL (
            SELECT l.source_id, l.outcome_no, l.day, l.value, coalesce(
                max(l.day) FILTER (WHERE l.mode_no = 1)
                    OVER (PARTITION BY l.source_id, l.cohort_no, l.outcome_no, l.reason_no),
                date '-infinity') AS from_day
            FROM (
                SELECT * FROM latest l WHERE l.tenant = asked.tenant AND l.campaign_id = $1
                    AND l.unit_id = asked.unit_id AND l.indicator_no = asked.indicator_no
                OFFSET 0
            ) l
        ) live
        JOIN authority ON authority.source_id = live.source_id AND authority.indicator_no = asked.indicator_no
        GROUP BY 1, 2, 3, 4
    )
    SELECT DISTINCT ON (anchor_id, indicator_no, outcome_no) anchor_id, indicator_no, outcome_no, total
    FROM by_group ORDER BY anchor_id, indicator_no, outcome_no, group_no
"""


class Rise(msgspec.Struct, frozen=True):
    """By the running total at `place` so much happened on its day, where `median` is usual (of so many days before)."""

    place: int
    increase: int
    median: int
    days: int


def rises_sql(rows: str, *, times: str, most: str) -> str:
    """Which running totals of a query say that more than so many times the usual happened. Three parameters first."""
    return _RISES.format(
        rows=rows, same_series=SAME_SERIES, times=f"{times}::bigint", most=most, fewest=str(FEWEST_DAYS)
    )


_RISES_ROWS = rises_sql(rows_sql(4), times="$17", most="$16")


def rises_of(rows: Sequence[asyncpg.Record]) -> list[Rise]:
    """What `rises_sql` found."""
    return [Rise(row["place"], int(row["increase"]), int(row["median"]), row["days"]) for row in rows]


async def rises(
    connection: asyncpg.Connection, slot: LedgerSlot, rows: LedgerRows, *, times: int, most: int
) -> list[Rise]:
    """Running totals that were just appended by which far more happened on a day than usually does, by place."""
    where = (slot.campaign_id, slot.source_id, slot.acknowledgement)
    return rises_of(await connection.fetch(_RISES_ROWS, *where, *arguments(rows), most, times))


async def medians(connection: asyncpg.Connection, slot: LedgerSlot, rows: LedgerRows) -> list[tuple[int, int]]:
    """For each row the median of the live daily rows of its key on other days, and how many there are."""
    numbered = msgspec.structs.replace(rows, place=list(range(len(rows))))
    found = await connection.fetch(_MEDIANS, slot.campaign_id, slot.source_id, *arguments(numbered))
    return [(row["median"] or 0, row["days"]) for row in found]


async def chosen_totals(
    connection: asyncpg.Connection,
    campaign_id: int,
    *,
    anchors: Sequence[tuple[int, int]],
    groups: Sequence[tuple[int, str, int]],
) -> dict[tuple[int, int, int], int]:
    """By (unit, indicator, outcome): what is counted by whoever speaks, all days; nothing where nothing is known.

    `anchors`: units of the reconciliation level with an indicator each. `groups`: (indicator, source, number of its
    authority group), the group that is asked first has the lowest number.
    """
    units, indicators = map(list, zip(*anchors, strict=True)) if anchors else ([], [])
    numbers, sources, orders = map(list, zip(*groups, strict=True)) if groups else ([], [], [])
    rows = await connection.fetch(_CHOSEN, campaign_id, units, indicators, numbers, sources, orders)
    return {(unit_id, number, outcome): total for unit_id, number, outcome, total in rows}
