"""Where something came after a moment: the units whose present roll-ups are not what was known then."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import asyncpg

from services.contracts.counting.lateness import day_at
from services.contracts.definitions import IndicatorDefinition
from services.reporting.knowledge.plainness import plain_since
from services.reporting.knowledge.roots import Root, Roots
from services.reporting.knowledge.rows import SCOPE, scope_values
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight

# What came later at an anchor is the newest of some day at every unit above it too: whoever has nothing newer has no
# anchor below that does, and a country of which nothing came is known from its provinces. Nor is anybody looked for
# below a unit of which nothing at all was known from the first such day on. Rows that were withdrawn since are in
# neither moment: their anchors are found by themselves, and units above them are always looked below. A unit below the
# reconciliation level asks of its anchor.
_NEWER = """
    CROSS JOIN LATERAL (
        SELECT min(day) FILTER (WHERE received_at > $6) AS newer_from,
            max(day) FILTER (WHERE first_received_at <= $6) AS known_until
        FROM rollup_received AS received
        WHERE received.tenant = unit.tenant AND received.campaign_id = $1 AND received.unit_id = unit.unit_id
            AND received.indicator_no = {indicator}.indicator_no AND received.day <= $5
        OFFSET 0
    ) AS received
    CROSS JOIN LATERAL (
        SELECT received.newer_from > coalesce(received.known_until, '-infinity') AND NOT EXISTS (
            SELECT FROM unnest($7::smallint[], $8::bigint[]) AS withdrawn (indicator_no, unit_id)
            WHERE withdrawn.indicator_no = {indicator}.indicator_no AND withdrawn.unit_id = unit.unit_id
        ) AS nothing_since
    ) AS nothing
    WHERE received.newer_from IS NOT NULL
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
        SELECT start.indicator_no, start.reconciliation_level, unit.unit_id, unit.tenant, unit.path, unit.level,
            received.newer_from, nothing.nothing_since
        FROM start CROSS JOIN LATERAL (
            SELECT * FROM campaign_unit WHERE campaign_id = $1 AND unit_id = start.unit_id OFFSET 0
        ) AS unit
        {_NEWER.format(indicator="start")}
        UNION
        SELECT above.indicator_no, above.reconciliation_level, unit.unit_id, unit.tenant, unit.path, unit.level,
            received.newer_from, nothing.nothing_since
        FROM suspect AS above CROSS JOIN LATERAL (
            SELECT * FROM campaign_unit WHERE campaign_id = $1 AND parent_id = above.unit_id OFFSET 0
        ) AS unit
        {_NEWER.format(indicator="above")}
            AND above.level <> above.reconciliation_level AND NOT above.nothing_since
    )
    SELECT indicator_no, unit_id, tenant, path, newer_from, nothing_since, level = reconciliation_level AS is_anchor
    FROM suspect
    WHERE nothing_since OR EXISTS (
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
) -> Roots:
    """Where, at or under these units, rows up to the view's day came, or went, after the moment it knows.

    Anchors, and units of which nothing was known from a day on. Of two that lie below one another only the upper one.
    """
    assert view.known_at is not None
    through = view._replace(as_of=last_day_of_rows(campaign, view))
    values = scope_values(campaign, unit_ids, indicators, through)
    withdrawn: set[Root] = set()
    voided = await connection.fetch(_VOIDED_LATER, campaign.definition.id, view.known_at)
    if voided:
        numbers = [row["acknowledgement"] for row in voided]
        withdrawn = {_root(*row) for row in await connection.fetch(_OF_VOIDED, *values, numbers)}
    looked_below = sorted({(one.indicator_no, unit_id) for one in withdrawn for unit_id in one.path})
    received = await connection.fetch(
        _RECEIVED_LATER, *values, [number for number, _ in looked_below], [unit_id for _, unit_id in looked_below]
    )
    found: dict[tuple[int, int], Root] = {}
    anchors: dict[tuple[int, int], tuple[int, date]] = {}
    gone = {(one.indicator_no, one.unit_id) for one in withdrawn}
    for number, unit_id, tenant, path, newer_from, nothing_since, is_anchor in received:
        key = (number, unit_id)
        found[key] = _root(*key, tenant, path, newer_from if nothing_since else None)
        if is_anchor and not nothing_since and key not in gone:
            anchors[key] = tenant, newer_from
    for key in await plain_since(connection, campaign, anchors):
        found[key] = found[key]._replace(since=anchors[key][1], is_told_since=True)
    found |= {(one.indicator_no, one.unit_id): one for one in withdrawn}
    return Roots(
        one
        for _, one in sorted(found.items())
        if not any((one.indicator_no, above) in found for above in one.path[:-1])
    )


def _root(indicator_no: int, unit_id: int, tenant: int, path: Sequence[int], since: date | None = None) -> Root:
    return Root(indicator_no, unit_id, tenant, tuple(path), since)
