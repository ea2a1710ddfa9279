"""SQL of the streams: pages in the order of the key, from behind the last one seen."""

import uuid

import asyncpg
import msgspec

from services.contracts.definitions import (
    CampaignDefinition,
    Document,
    PlanHeader,
    PlanLine,
    SuccessionEdge,
    UnitDefinition,
)
from services.contracts.events import PlanIssued
from services.quota.hierarchy.queries import COLUMNS, definition_of

_UNITS = f"SELECT {COLUMNS} FROM unit WHERE id > $1 ORDER BY id LIMIT $2"
_SUCCESSIONS = """
    SELECT edge.id, edge.day, act.relation, predecessor_id, successor_id, weight, weights_total, is_main
    FROM succession AS edge JOIN succession_act AS act ON act.id = edge.act_id
    WHERE edge.id > $1 ORDER BY edge.id LIMIT $2
"""
_CAMPAIGNS = "SELECT id, definition FROM campaign WHERE id > $1 ORDER BY id LIMIT $2"
# Whole plans, as many as have so many lines together, and one in any case.
_PLANS = """
    SELECT id, campaign_id, family, revision, unit_id, document_number, document_date, issued_at, lines_total
    FROM (
        SELECT *, sum(lines_total) OVER (ORDER BY id) - lines_total AS lines_before
        FROM (
            SELECT * FROM plan WHERE issued_at IS NOT NULL AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2
        ) AS next
    ) AS counted
    WHERE lines_before < $2 ORDER BY id
"""
_LINES = """
    SELECT plan_id, unit_id, indicator_no, cohort_no, amount, baseline, held
    FROM plan_line WHERE plan_id = ANY ($1::uuid[]) ORDER BY plan_id, position
"""


async def units_after(connection: asyncpg.Connection, last: int, *, most: int) -> list[UnitDefinition]:
    """At most so many units with higher ids, by id."""
    return [definition_of(row) for row in await connection.fetch(_UNITS, last, most)]


async def successions_after(connection: asyncpg.Connection, last: int, *, most: int) -> list[SuccessionEdge]:
    """At most so many edges with higher ids, by id."""
    return [SuccessionEdge(*row) for row in await connection.fetch(_SUCCESSIONS, last, most)]


async def campaigns_after(connection: asyncpg.Connection, last: int, *, most: int) -> list[CampaignDefinition]:
    """At most so many campaigns with higher ids, by id."""
    rows = await connection.fetch(_CAMPAIGNS, last, most)
    return [msgspec.convert(row["definition"], CampaignDefinition) for row in rows]


async def plans_after(connection: asyncpg.Connection, last: uuid.UUID | None, *, most_lines: int) -> list[PlanIssued]:
    """Plans that were issued, with higher ids, by id: at least one where there is one."""
    plans = await connection.fetch(_PLANS, last, most_lines)
    lines: dict[uuid.UUID, list[PlanLine]] = {row["id"]: [] for row in plans}
    for plan_id, *line in await connection.fetch(_LINES, list(lines)):
        lines[plan_id].append(PlanLine(*line))
    return [
        PlanIssued(
            PlanHeader(
                id=row["id"],
                campaign_id=row["campaign_id"],
                family=row["family"],
                revision=row["revision"],
                unit_id=row["unit_id"],
                document=Document(row["document_number"], row["document_date"]),
                issued_at=row["issued_at"],
                lines_total=row["lines_total"],
            ),
            lines[row["id"]],
        )
        for row in plans
    ]
