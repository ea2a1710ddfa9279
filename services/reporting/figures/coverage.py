"""Coverage (rule 6): of the units of the reconciliation level that have a quota above 0, how many have any row.

It costs more than all else that a figure shows, and changes seldom: when a quota, the tree or an anchor's first day
does. So answers are remembered by what they follow from (`campaign_copy.coverage_version`).
"""

import uuid
from collections.abc import Sequence
from datetime import date

import asyncpg

from services.reporting.keeping.store import Store
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight

Answer = dict[tuple[int, int], tuple[int, int]]
"""(expected, reported) by position of the unit and of the indicator, from 0; nothing expected: no pair."""

Asked = tuple[uuid.UUID, date, tuple[int, ...], tuple[tuple[int, str], ...]]

MOST_PAIRS = 200_000
"""Pairs that a process remembers, at most: some 50 MB."""

_COVERAGE = """
    WITH under AS MATERIALIZED (
        SELECT asked.place, member.tenant, member.unit_id, member.level
        FROM unnest($2::bigint[]) WITH ORDINALITY AS asked (id, place)
        JOIN campaign_closure AS line ON line.campaign_id = $1 AND line.ancestor_id = asked.id
        JOIN campaign_unit AS member
            ON member.tenant = line.tenant AND member.campaign_id = $1 AND member.unit_id = line.descendant_id
        WHERE member.level = ANY ($4::text[])
    ), expected AS MATERIALIZED (
        SELECT member.unit_id, indicator.place, reported.first_day
        FROM (SELECT DISTINCT tenant, unit_id, level FROM under) AS member
        JOIN unnest($3::smallint[], $4::text[]) WITH ORDINALITY AS indicator (no, level, place)
            ON indicator.level = member.level
        JOIN LATERAL (
            SELECT amount FROM quota_step
            WHERE tenant = member.tenant AND campaign_id = $1 AND unit_id = member.unit_id
                AND indicator_no = indicator.no AND cohort_no = 0 AND from_day <= $5
            ORDER BY from_day DESC LIMIT 1
        ) AS quota ON quota.amount > 0
        LEFT JOIN anchor_reported AS reported
            ON reported.tenant = member.tenant AND reported.campaign_id = $1 AND reported.indicator_no = indicator.no
            AND reported.anchor_id = member.unit_id AND reported.first_day <= $5
    )
    SELECT under.place, expected.place, count(*), count(expected.first_day)
    FROM under JOIN expected ON expected.unit_id = under.unit_id
    GROUP BY 1, 2
"""
_VERSION = "SELECT coalesce(coverage_version, gen_random_uuid()) FROM campaign_copy WHERE id = $1"


_remembered: Store[Asked, Answer] = Store(most=MOST_PAIRS)


async def fetch_coverage(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit_ids: Sequence[int],
    indicators: Sequence[tuple[int, str]],
    view: View,
) -> Answer:
    """Coverage of units × indicators (number, reconciliation level) up to the day. Whoever asks may see these units."""
    campaign_id, stand = campaign.definition.id, campaign.stand
    version = await connection.fetchval(_VERSION, campaign_id) if stand is None else stand.state.coverage_version
    asked = (version, view.as_of, tuple(unit_ids), tuple(indicators))
    found = _remembered.get(asked)
    if found is None:
        numbers, levels = zip(*indicators, strict=True) if indicators else ((), ())
        rows = await connection.fetch(_COVERAGE, campaign_id, unit_ids, numbers, levels, view.as_of)
        found = {(unit - 1, indicator - 1): (expected, reported) for unit, indicator, expected, reported in rows}
        _remembered.put(asked, found, weight=len(unit_ids) + len(found))
    return found
