"""Copies of issued plans, and the quotas that units received by them (rule 8)."""

from collections.abc import Sequence
from datetime import date

import asyncpg
import msgspec

from services.contracts.events import PlanIssued

_PUT_PLANS = """
    INSERT INTO plan_copy (
        id, campaign_id, family, revision, document_number, document_date, lines_total, lines_come)
    SELECT *, 0 FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::integer[], $5::text[], $6::date[], $7::integer[])
        AS plan (id)
    ORDER BY id
    ON CONFLICT (id) DO NOTHING
"""
_PUT_LINES = """
    INSERT INTO plan_line_copy (campaign_id, unit_id, indicator_no, cohort_no, plan_id, amount, baseline)
    SELECT * FROM unnest(
        $1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::uuid[], $6::bigint[], $7::bigint[])
        AS line (campaign_id, unit_id, indicator_no, cohort_no, plan_id)
    ORDER BY campaign_id, unit_id, indicator_no, cohort_no, plan_id
    ON CONFLICT DO NOTHING
"""
_COUNT_LINES = """
    WITH counted AS (
        UPDATE plan_copy SET lines_come = (SELECT count(*) FROM plan_line_copy line WHERE line.plan_id = plan_copy.id)
        WHERE id = ANY ($1::uuid[]) RETURNING campaign_id
    )
    UPDATE campaign_copy SET quota_version = quota_version + 1 WHERE id IN (SELECT campaign_id FROM counted)
"""
_FORGET_HEADROOM = "UPDATE campaign_copy SET quota_version = quota_version + 1 WHERE id = $1"
# In force on a day is, of each family, the highest revision that is dated by then; a unit that it no longer names has
# nothing by it.
_RECEIVED = """
    SELECT asked.unit_id, asked.indicator_no, line.cohort_no, sum(line.amount)::bigint, sum(line.baseline)::bigint,
           string_agg(DISTINCT plan.document_number, ', ')
    FROM unnest($2::bigint[], $3::smallint[]) AS asked (unit_id, indicator_no)
    CROSS JOIN LATERAL (
        SELECT * FROM plan_line_copy one
        WHERE one.campaign_id = $1 AND one.unit_id = asked.unit_id AND one.indicator_no = asked.indicator_no
        OFFSET 0
    ) line
    JOIN plan_copy plan ON plan.id = line.plan_id
    WHERE plan.document_date <= $4 AND plan.lines_come = plan.lines_total AND NOT EXISTS (
        SELECT FROM plan_copy later
        WHERE later.family = plan.family AND later.revision > plan.revision AND later.document_date <= $4
          AND later.lines_come = later.lines_total
    )
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
"""


class Received(msgspec.Struct, frozen=True):
    """What a unit was given of an indicator, or of one cohort of it; `documents`: the numbers of the plans."""

    unit_id: int
    indicator_no: int
    cohort_no: int
    amount: int
    baseline: int
    documents: str


async def put_plans(connection: asyncpg.Connection, events: Sequence[PlanIssued]) -> None:
    """The plans and their lines are here, in whichever order they came."""
    plans = {event.plan.id: event.plan for event in events}
    columns = (
        (
            one.id,
            one.campaign_id,
            one.family,
            one.revision,
            one.document.number,
            one.document.date,
            one.lines_total,
        )
        for one in plans.values()
    )
    await connection.execute(_PUT_PLANS, *zip(*columns, strict=True))
    lines = [
        (
            event.plan.campaign_id,
            line.unit_id,
            line.indicator_no,
            line.cohort_no,
            event.plan.id,
            line.amount,
            line.baseline,
        )
        for event in events
        for line in event.lines
    ]
    if lines:
        await connection.execute(_PUT_LINES, *zip(*lines, strict=True))
    await connection.execute(_COUNT_LINES, sorted(plans))


async def forget_headroom(connection: asyncpg.Connection, campaign_id: int) -> None:
    """No process trusts what it remembers of totals and quotas of the campaign."""
    await connection.execute(_FORGET_HEADROOM, campaign_id)


async def received(
    connection: asyncpg.Connection, campaign_id: int, wanted: Sequence[tuple[int, int]], *, day: date
) -> list[Received]:
    """What these (unit, indicator) received by plans in force on that day, each cohort apart; none is left out."""
    units, indicators = [one for one, _ in wanted], [number for _, number in wanted]
    return [Received(*row) for row in await connection.fetch(_RECEIVED, campaign_id, units, indicators, day)]
