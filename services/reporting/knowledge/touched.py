"""Where something came after a moment: the anchors whose present roll-ups are not what was known then."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

from services.contracts.counting.lateness import day_at
from services.contracts.definitions import IndicatorDefinition
from services.reporting.knowledge.rows import SCOPE, scope_values
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight

# What came later at an anchor is the newest of some day at every unit above it too: whoever has nothing newer has no
# anchor below that does, and a country of which nothing came is known from its provinces. Rows that were withdrawn
# since are not among them. A unit below the reconciliation level asks of its anchor.
_NEWER = """
    EXISTS (
        SELECT FROM rollup_received AS received
        WHERE received.tenant = {unit}.tenant AND received.campaign_id = $1 AND received.unit_id = {unit}.unit_id
            AND received.indicator_no = {indicator}.indicator_no AND received.day <= $5 AND received.received_at > $6
        OFFSET 0
    )
"""
_RECEIVED_LATER = f"""
    WITH RECURSIVE start AS MATERIALIZED (
        SELECT DISTINCT level.indicator_no, level.reconciliation_level,
            coalesce(asked.path[array_position(asked.levels, level.reconciliation_level)], asked.unit_id) AS unit_id
        FROM unnest($3::smallint[], $4::text[]) AS level (indicator_no, reconciliation_level)
        CROSS JOIN unnest($2::bigint[]) AS one (unit_id)
        CROSS JOIN LATERAL (
            SELECT unit_id, path, levels FROM campaign_unit
            WHERE campaign_id = $1 AND unit_id = one.unit_id
            OFFSET 0
        ) AS asked
    ), suspect AS (
        SELECT start.indicator_no, start.reconciliation_level, unit.unit_id, unit.tenant, unit.path, unit.level
        FROM start CROSS JOIN LATERAL (
            SELECT * FROM campaign_unit WHERE campaign_id = $1 AND unit_id = start.unit_id OFFSET 0
        ) AS unit
        WHERE {_NEWER.format(unit="unit", indicator="start")}
        UNION
        SELECT above.indicator_no, above.reconciliation_level, unit.unit_id, unit.tenant, unit.path, unit.level
        FROM suspect AS above CROSS JOIN LATERAL (
            SELECT * FROM campaign_unit WHERE campaign_id = $1 AND parent_id = above.unit_id OFFSET 0
        ) AS unit
        WHERE above.level <> above.reconciliation_level AND {_NEWER.format(unit="unit", indicator="above")}
    )
    SELECT suspect.indicator_no, suspect.unit_id, suspect.tenant, suspect.path
    FROM suspect
    WHERE EXISTS (
        SELECT FROM anchor_reported AS reported
        WHERE reported.tenant = suspect.tenant AND reported.campaign_id = $1
            AND reported.indicator_no = suspect.indicator_no AND reported.anchor_id = suspect.unit_id
    )
"""
_VOIDED_LATER = """
    SELECT acknowledgement FROM batch_copy WHERE campaign_id = $1 AND voided_at > $2 AND received_at <= $2
"""
_OF_VOIDED = f"""
    WITH touched AS MATERIALIZED (
        SELECT DISTINCT indicator_no, unit_id FROM fact
        WHERE campaign_id = $1 AND acknowledgement = ANY ($7::bigint[]) AND day <= $5 AND $6::timestamptz IS NOT NULL
    )
    SELECT DISTINCT scope.indicator_no, unit.unit_id, unit.tenant, unit.path
    FROM ({SCOPE}) AS scope JOIN touched USING (indicator_no, unit_id)
    JOIN campaign_unit AS unit
        ON unit.tenant = scope.tenant AND unit.campaign_id = $1 AND unit.unit_id = scope.anchor_id
"""


class Root(NamedTuple):
    """A unit under which, for one indicator, everything is derived anew from the log."""

    indicator_no: int
    unit_id: int
    tenant: int
    path: Sequence[int]


def last_day_of_rows(campaign: CampaignInSight, view: View) -> date:
    """The last day up to the view's that a row known then can be of: nobody reports on a day that is yet to come."""
    if view.known_at is None:
        return view.as_of
    return min(view.as_of, day_at(view.known_at, ZoneInfo(campaign.definition.time_zone)))


async def touched_since(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit_ids: Sequence[int],
    indicators: Sequence[IndicatorDefinition],
    view: View,
) -> list[Root]:
    """Anchors of these units where rows up to the view's day came, or went, after the moment it knows.

    Of two that lie below one another only the upper one.
    """
    assert view.known_at is not None
    through = view._replace(as_of=last_day_of_rows(campaign, view))
    values = scope_values(campaign, unit_ids, indicators, through)
    found = {Root(*row) for row in map(_row, await connection.fetch(_RECEIVED_LATER, *values))}
    voided = await connection.fetch(_VOIDED_LATER, campaign.definition.id, view.known_at)
    if voided:
        numbers = [row["acknowledgement"] for row in voided]
        found |= {Root(*row) for row in map(_row, await connection.fetch(_OF_VOIDED, *values, numbers))}
    keys = {(one.indicator_no, one.unit_id) for one in found}
    return sorted(one for one in found if not any((one.indicator_no, above) in keys for above in one.path[:-1]))


def _row(row: asyncpg.Record) -> tuple[int, int, int, tuple[int, ...]]:
    indicator_no, unit_id, tenant, path = row
    return indicator_no, unit_id, tenant, tuple(path)


def is_derived(roots: frozenset[tuple[int, int]], indicator_no: int, path: Sequence[int]) -> bool:
    """Whether the unit at the end of the path is one of the roots (indicator, unit) or under one."""
    return any((indicator_no, one) in roots for one in path)
