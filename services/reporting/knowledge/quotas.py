"""Quotas in force on a day by the plans that had been issued at a moment (rule 8), in one statement.

`quota_step` has them over time for the present; a law holds the two together.
"""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from services.contracts.definitions import IndicatorDefinition
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight

# What a unit received goes up to each ancestor as long as none on the way received something itself: that one's own
# number goes further up instead.
_QUOTAS = """
    WITH asked AS (SELECT DISTINCT unit_id FROM unnest($2::bigint[]) AS asked (unit_id)
    ), plan AS MATERIALIZED (
        SELECT DISTINCT ON (family) id FROM plan_copy
        WHERE campaign_id = $1 AND document_date <= $5 AND issued_at <= $6 AND lines_received = lines_total
        ORDER BY family, revision DESC
    ), under AS MATERIALIZED (
        SELECT DISTINCT line.tenant, line.descendant_id AS unit_id
        FROM asked JOIN campaign_closure AS line ON line.campaign_id = $1 AND line.ancestor_id = asked.unit_id
    ), received AS MATERIALIZED (
        SELECT line.tenant, line.unit_id, line.indicator_no, cohort.cohort_no, sum(line.amount)::bigint AS amount,
            sum(line.baseline)::bigint AS baseline
        FROM plan_line_copy AS line
        JOIN under USING (tenant, unit_id)
        JOIN plan ON plan.id = line.plan_id
        CROSS JOIN LATERAL (SELECT line.cohort_no UNION SELECT 0::smallint) AS cohort (cohort_no)
        WHERE line.campaign_id = $1 AND line.indicator_no = ANY ($3)
        GROUP BY 1, 2, 3, 4
    ), passed AS (
        SELECT above.unit_id, received.indicator_no, received.cohort_no, received.amount, received.baseline,
            line.distance, min(line.distance) FILTER (WHERE own.unit_id IS NOT NULL) OVER (
                PARTITION BY received.unit_id, received.indicator_no, received.cohort_no) AS stopped_at
        FROM received
        JOIN campaign_closure AS line ON line.tenant = received.tenant AND line.campaign_id = $1
            AND line.descendant_id = received.unit_id AND line.distance > 0
        JOIN under AS above ON above.unit_id = line.ancestor_id
        LEFT JOIN received AS own ON own.unit_id = line.ancestor_id
            AND own.indicator_no = received.indicator_no AND own.cohort_no = received.cohort_no
    ), quota AS MATERIALIZED (
        SELECT unit_id, indicator_no, cohort_no, amount, baseline, 1 AS basis FROM received
        UNION ALL
        SELECT unit_id, indicator_no, cohort_no, sum(amount)::bigint, sum(baseline)::bigint, 2
        FROM passed WHERE distance < coalesce(stopped_at, 32767)
        GROUP BY 1, 2, 3
    )
    SELECT quota.*, false AS is_expected FROM quota JOIN asked USING (unit_id)
    UNION ALL
    SELECT quota.*, true
    FROM quota
    JOIN campaign_unit AS unit ON unit.campaign_id = $1 AND unit.unit_id = quota.unit_id
    JOIN unnest($3::smallint[], $4::text[]) AS level (indicator_no, reconciliation_level)
        ON level.indicator_no = quota.indicator_no AND level.reconciliation_level = unit.level
    WHERE quota.cohort_no = 0 AND quota.amount > 0
"""


class Quota(NamedTuple):
    """A quota in force; `basis` 1 received, 2 derived from what is below."""

    amount: int
    baseline: int
    basis: int


class QuotasThen(NamedTuple):
    """`of`: by unit, indicator and cohort (0: all together). `expected`: units of the reconciliation level, with the
    indicator, that have a quota above 0 (rule 6)."""

    of: dict[tuple[int, int, int], Quota]
    expected: set[tuple[int, int]]


async def quotas_then(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit_ids: Sequence[int],
    indicators: Sequence[IndicatorDefinition],
    view: View,
) -> QuotasThen:
    """The quotas of these units, and who is expected to report at or under them, as known at the view's moment."""
    found = QuotasThen({}, set())
    for unit_id, indicator_no, cohort_no, amount, baseline, basis, is_expected in await connection.fetch(
        _QUOTAS,
        campaign.definition.id,
        unit_ids,
        [campaign.number_of(one) for one in indicators],
        [str(one.reconciliation_level) for one in indicators],
        view.as_of,
        view.known_at or view.now,
    ):
        if is_expected:
            found.expected.add((unit_id, indicator_no))
        else:
            found.of[unit_id, indicator_no, cohort_no] = Quota(amount, baseline, basis)
    return found
