"""Differences passed up the tree: one sorted upsert a table, onto the unit and all its ancestors."""

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from services.contracts.events import RowsRecorded
from services.reporting.projector.climbing import Ancestry, climbed, gathered
from services.reporting.projector.columns import number_columns
from services.reporting.projector.contributions import Differences, Sums
from services.reporting.projector.counting import Place

_ADD_DAYS = """
    WITH change AS MATERIALIZED (
        SELECT * FROM unnest(
            $2::text::bigint[], $3::text::bigint[], $4::text::smallint[], $5::text::smallint[], $6::text::smallint[],
            $7::text::smallint[], $8::text::integer[], $9::text::bigint[], $10::text::integer[], $11::text::integer[])
        AS change (tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day_no, delta, known, rows)
    ), by_day AS (
        INSERT INTO rollup_day (
            tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day, delta, known, rows)
        SELECT tenant, $1, unit_id, indicator_no, cohort_no, outcome_no, reason_no, date '1970-01-01' + day_no,
            delta, known, rows
        FROM change
        ORDER BY tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day_no
        ON CONFLICT (tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day)
        DO UPDATE SET delta = rollup_day.delta + excluded.delta, known = rollup_day.known + excluded.known,
            rows = rollup_day.rows + excluded.rows
        RETURNING tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day, delta, known, rows
    ), total AS (
        INSERT INTO rollup_total (
            tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no, value, known)
        SELECT tenant, $1, unit_id, indicator_no, cohort_no, outcome_no, reason_no, sum(delta), sum(known)
        FROM change
        GROUP BY tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no
        HAVING sum(delta) <> 0 OR sum(known) <> 0
        ORDER BY tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no
        ON CONFLICT (tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no)
        DO UPDATE SET value = rollup_total.value + excluded.value, known = rollup_total.known + excluded.known
        RETURNING tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no, value, known
    )
    SELECT tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day FROM by_day
    WHERE delta = 0 AND known = 0 AND rows = 0
    UNION ALL
    SELECT tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no, NULL FROM total
    WHERE value = 0 AND known = 0
"""
_DROP_DAYS = """
    DELETE FROM rollup_day USING unnest(
        $2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::smallint[], $8::date[])
        AS empty (tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day)
    WHERE rollup_day.campaign_id = $1 AND rollup_day.tenant = empty.tenant AND rollup_day.unit_id = empty.unit_id
        AND rollup_day.indicator_no = empty.indicator_no AND rollup_day.cohort_no = empty.cohort_no
        AND rollup_day.outcome_no = empty.outcome_no AND rollup_day.reason_no = empty.reason_no
        AND rollup_day.day = empty.day
"""
_DROP_TOTALS = """
    DELETE FROM rollup_total USING unnest(
        $2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::smallint[])
        AS empty (tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no)
    WHERE rollup_total.campaign_id = $1 AND rollup_total.tenant = empty.tenant AND rollup_total.unit_id = empty.unit_id
        AND rollup_total.indicator_no = empty.indicator_no AND rollup_total.cohort_no = empty.cohort_no
        AND rollup_total.outcome_no = empty.outcome_no AND rollup_total.reason_no = empty.reason_no
"""
_ADD_LABELS = """
    WITH written AS (
        INSERT INTO rollup_label (tenant, campaign_id, unit_id, indicator_no, label, day, rows)
        SELECT tenant, $1, unit_id, indicator_no, ($2::text[])[label_no + 1], date '1970-01-01' + day_no, rows
        FROM unnest(
            $3::text::bigint[], $4::text::bigint[], $5::text::smallint[], $6::text::integer[], $7::text::integer[],
            $8::text::integer[])
        AS change (tenant, unit_id, indicator_no, label_no, day_no, rows)
        ORDER BY tenant, unit_id, indicator_no, label_no, day_no
        ON CONFLICT (tenant, campaign_id, unit_id, indicator_no, label, day)
        DO UPDATE SET rows = rollup_label.rows + excluded.rows
        RETURNING tenant, unit_id, indicator_no, label, day, rows
    )
    SELECT tenant, unit_id, indicator_no, label, day FROM written WHERE rows = 0
"""
_DROP_LABELS = """
    DELETE FROM rollup_label USING unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::text[], $6::date[])
        AS empty (tenant, unit_id, indicator_no, label, day)
    WHERE rollup_label.campaign_id = $1 AND rollup_label.tenant = empty.tenant AND rollup_label.unit_id = empty.unit_id
        AND rollup_label.indicator_no = empty.indicator_no AND rollup_label.label = empty.label
        AND rollup_label.day = empty.day
"""
ON_RECEIVED_BEFORE = """
    ON CONFLICT (tenant, campaign_id, unit_id, indicator_no, day) DO UPDATE
    SET received_at = greatest(rollup_received.received_at, excluded.received_at),
        first_received_at = least(rollup_received.first_received_at, excluded.first_received_at)
    WHERE rollup_received.received_at < excluded.received_at
        OR rollup_received.first_received_at > excluded.first_received_at
"""
"""What becomes of a day that rows have been received for already."""

_ADD_RECEIVED = f"""
    INSERT INTO rollup_received (tenant, campaign_id, unit_id, indicator_no, day, received_at, first_received_at)
    SELECT tenant, $1, unit_id, indicator_no, date '1970-01-01' + day_no, ($7::timestamptz[])[newest],
        ($7::timestamptz[])[first]
    FROM unnest(
        $2::text::bigint[], $3::text::bigint[], $4::text::smallint[], $5::text::integer[], $6::text::integer[],
        $8::text::integer[])
    AS change (tenant, unit_id, indicator_no, day_no, first, newest)
    ORDER BY tenant, unit_id, indicator_no, day_no
    {ON_RECEIVED_BEFORE}
"""


async def pass_up(
    connection: asyncpg.Connection, campaign_id: int, found: Differences, places: Mapping[int, Place]
) -> None:
    """The differences are in the roll-ups of their units and of all ancestors; rows that came to nothing are gone.

    `places`: where those units stand.
    """
    ancestry = Ancestry(places.values())
    await _add_days(connection, campaign_id, found, ancestry)
    await _add_labels(connection, campaign_id, found, ancestry)


async def _add_days(connection: asyncpg.Connection, campaign_id: int, found: Differences, ancestry: Ancestry) -> None:
    sums = climbed(gathered(found.days, _added), ancestry, _added)
    changes = [(ancestry.tenant[key[0]], *key, *value) for key, value in sums.items() if any(value)]
    if not changes:
        return
    empty = await connection.fetch(_ADD_DAYS, campaign_id, *number_columns(changes))
    days = [tuple(row) for row in empty if row["day"] is not None]
    totals = [tuple(row)[:6] for row in empty if row["day"] is None]
    await drop_empty(connection, campaign_id, days, totals)


async def drop_empty(
    connection: asyncpg.Connection,
    campaign_id: int,
    days: Sequence[tuple[Any, ...]],
    totals: Sequence[tuple[Any, ...]],
) -> None:
    """The rows of these keys are gone."""
    if days:
        await connection.execute(_DROP_DAYS, campaign_id, *zip(*days, strict=True))
    if totals:
        await connection.execute(_DROP_TOTALS, campaign_id, *zip(*totals, strict=True))


def _added(one: Sums, other: Sums) -> Sums:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


async def _add_labels(connection: asyncpg.Connection, campaign_id: int, found: Differences, ancestry: Ancestry) -> None:
    names = sorted({label for (_, _, label, _), _ in found.labels})
    number = {name: place for place, name in enumerate(names)}
    counts = climbed(gathered(found.labels, operator.add), ancestry, operator.add)
    changes = [
        (ancestry.tenant[unit_id], unit_id, indicator_no, number[label], day, count)
        for (unit_id, indicator_no, label, day), count in counts.items()
        if count
    ]
    if not changes:
        return
    empty = await connection.fetch(_ADD_LABELS, campaign_id, names, *number_columns(changes))
    if empty:
        await connection.execute(_DROP_LABELS, campaign_id, *zip(*map(tuple, empty), strict=True))


async def pass_received_up(
    connection: asyncpg.Connection, campaign_id: int, events: Sequence[RowsRecorded], places: Mapping[int, Place]
) -> None:
    """Each unit and all its ancestors know when the first and the newest row for each day were received.

    `places`: where the units of the events' rows stand.
    """
    ancestry = Ancestry(places.values())
    moments = sorted({event.batch.received_at for event in events})
    number_of = {moment: number for number, moment in enumerate(moments, start=1)}
    arrivals = (
        (key, (number, number))
        for event in events
        for number in [number_of[event.batch.received_at]]
        for key in set(zip(event.rows.unit_id, event.rows.indicator_no, event.rows.day, strict=True))
    )
    changes = [
        (ancestry.tenant[key[0]], *key, *span)
        for key, span in climbed(gathered(arrivals, _spanning), ancestry, _spanning).items()
    ]
    if changes:
        *columns, newest = number_columns(changes)
        await connection.execute(_ADD_RECEIVED, campaign_id, *columns, moments, newest)


def _spanning(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return min(one[0], other[0]), max(one[1], other[1])
