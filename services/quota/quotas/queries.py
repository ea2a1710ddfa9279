"""SQL over what is in force."""

from datetime import date, datetime

import asyncpg

from services.quota.plans.queries import FOREVER
from services.quota.quotas.rules import LineInForce, SourceDocument

_PLANS_IN_FORCE = """
    FROM plan JOIN plan_line line ON line.plan_id = plan.id
    WHERE plan.campaign_id = $1 AND plan.issued_at <= $4 AND plan.document_date <= $2
        AND ($3::smallint IS NULL OR line.indicator_no = $3)
        AND NOT EXISTS (
            SELECT FROM plan later
            WHERE later.campaign_id = plan.campaign_id AND later.family = plan.family
                AND later.revision > plan.revision AND later.issued_at <= $4 AND later.document_date <= $2
        )
"""
_IN_FORCE = f"""
    SELECT line.unit_id, line.indicator_no, line.cohort_no, line.amount, line.baseline,
        plan.id, plan.document_number, plan.document_date
    {_PLANS_IN_FORCE}
"""
_HANDED_DOWN = f"""
    SELECT plan.unit_id, line.indicator_no, sum(line.amount) AS amount
    {_PLANS_IN_FORCE} AND plan.unit_id IS NOT NULL
    GROUP BY plan.unit_id, line.indicator_no
"""


async def handed_down_in_force(
    connection: asyncpg.Connection, campaign_id: int, *, day: date, known_at: datetime | None, indicator_no: int | None
) -> dict[int, dict[int, int]]:
    """What each unit hands down by its plans in force on the day: amounts by indicator, by unit."""
    found: dict[int, dict[int, int]] = {}
    for row in await connection.fetch(_HANDED_DOWN, campaign_id, day, indicator_no, known_at or FOREVER):
        found.setdefault(row["unit_id"], {})[row["indicator_no"]] = int(row["amount"])
    return found


async def lines_in_force(
    connection: asyncpg.Connection,
    campaign_id: int,
    *,
    day: date,
    known_at: datetime | None = None,
    indicator_no: int | None = None,
) -> list[LineInForce]:
    """The lines of every plan in force on the day, of one indicator or of all, as known at the moment or now."""
    return [
        LineInForce(
            row["unit_id"],
            row["indicator_no"],
            row["cohort_no"],
            row["amount"],
            row["baseline"],
            SourceDocument(row["document_date"], row["document_number"], str(row["id"])),
        )
        for row in await connection.fetch(_IN_FORCE, campaign_id, day, indicator_no, known_at or FOREVER)
    ]
