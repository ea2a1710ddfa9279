"""SQL behind explanations: what sources tell of units, the batches it came in, and the lines of plans in force."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from services.contracts.words import MODE_NO, Mode
from services.reporting.explain.rules import Telling
from services.reporting.figures.subjects import Subject
from services.reporting.knowledge.rows import SCOPE, live_rows, scope_values
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

# Of the rows of one key without its day, those count that come from its last cumulative one on (rule 4).
_TOLD = f"""
    WITH scope AS ({SCOPE}), told AS (
        SELECT *, max(day) FILTER (WHERE mode_no = {MODE_NO[Mode.CUMULATIVE]}) OVER (
            PARTITION BY tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no
        ) AS beginning
        FROM ({{rows}}) AS told WHERE outcome_no = $7
    ), wanted AS (
        SELECT * FROM told WHERE (beginning IS NULL OR day >= beginning) AND ($8::smallint = 0 OR cohort_no = $8)
    )
"""
_TELLINGS = f"""
    {_TOLD}
    SELECT anchor_id, unit_id, source_id, min(day) - date '1970-01-01', (
        sum(value) FILTER (WHERE (beginning IS NULL OR day >= beginning) AND ($8 = 0 OR cohort_no = $8)))::bigint
    FROM told GROUP BY 1, 2, 3
"""
_BATCHES = f"""
    {_TOLD}, brought AS (
        SELECT wanted.acknowledgement, count(*) AS rows, sum(wanted.value)::bigint AS value
        FROM wanted
        JOIN unnest($9::bigint[], $10::bigint[]) AS counted (anchor_id, source_id) USING (anchor_id, source_id)
        JOIN campaign_closure AS line
            ON line.tenant = wanted.tenant AND line.campaign_id = $1 AND line.descendant_id = wanted.unit_id
            AND line.ancestor_id = $11
        GROUP BY 1
    )
    SELECT count(*) OVER (), batch.id, batch.acknowledgement, batch.source_id, batch.received_at, batch.labels,
        batch.amends, brought.rows, brought.value
    FROM brought JOIN batch_copy AS batch USING (acknowledgement)
    ORDER BY batch.received_at, batch.acknowledgement
"""
_LINES = """
    SELECT DISTINCT ON (plan.family, line.cohort_no) plan.id, plan.document_number, plan.document_date, plan.revision,
        plan.issued_at, giver.code, line.cohort_no, line.amount, line.baseline
    FROM plan_copy AS plan
    JOIN plan_line_copy AS line ON line.plan_id = plan.id AND line.tenant = $2 AND line.campaign_id = $1
        AND line.unit_id = $3 AND line.indicator_no = $4 AND ($5::smallint = 0 OR line.cohort_no = $5)
    LEFT JOIN campaign_unit AS giver ON giver.campaign_id = $1 AND giver.unit_id = plan.unit_id
    WHERE plan.campaign_id = $1 AND plan.id IN (
        SELECT DISTINCT ON (family) id FROM plan_copy
        WHERE campaign_id = $1 AND document_date <= $6 AND issued_at <= $7 AND lines_received = lines_total
        ORDER BY family, revision DESC
    )
    ORDER BY plan.family, line.cohort_no
"""


class Brought(NamedTuple):
    """What a batch brings into a figure. `of`: how many batches do."""

    of: int
    id: uuid.UUID
    acknowledgement: int
    source_id: int
    received_at: datetime
    labels: list[str]
    amends: bool
    rows: int
    value: int


class LineInForce(NamedTuple):
    """A line of a plan in force, with its document; `from_unit` None: the plan hands down to the top unit."""

    plan_id: uuid.UUID
    number: str
    day: date
    revision: int
    issued_at: datetime
    from_unit: str | None
    cohort_no: int
    amount: int
    baseline: int


async def fetch_tellings(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit: TreeRow,
    subject: Subject,
    outcome_no: int,
    view: View,
) -> list[Telling]:
    """What sources tell of everything that decides the unit's figure: also beside it, in its anchor."""
    scope = scope_values(campaign, [unit.id], [subject.indicator], view)
    rows = await connection.fetch(_TELLINGS.format(rows=live_rows(view)), *scope, outcome_no, subject.cohort_no)
    return [Telling(*row) for row in rows]


async def fetch_batches(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit: TreeRow,
    subject: Subject,
    outcome_no: int,
    view: View,
    counted: Sequence[tuple[int, int]],
) -> list[Brought]:
    """The batches of rows at or under the unit that count, by receipt. `counted`: anchors and sources that do."""
    if not counted:
        return []
    scope = scope_values(campaign, [unit.id], [subject.indicator], view)
    anchors, sources = zip(*counted, strict=True)
    rows = await connection.fetch(
        _BATCHES.format(rows=live_rows(view)), *scope, outcome_no, subject.cohort_no, anchors, sources, unit.id
    )
    return [Brought(*row) for row in rows]


async def fetch_lines(
    connection: asyncpg.Connection, campaign: CampaignInSight, unit: TreeRow, subject: Subject, view: View
) -> list[LineInForce]:
    """The lines in force that name the unit, by document."""
    rows = await connection.fetch(
        _LINES,
        campaign.definition.id,
        unit.tenant,
        unit.id,
        subject.number,
        subject.cohort_no,
        view.as_of,
        view.known_at or view.now,
    )
    return sorted((LineInForce(*row) for row in rows), key=lambda one: (one.day, one.number, one.cohort_no))
