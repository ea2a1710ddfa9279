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
# number goes further up instead. Windows and hashed look-ups instead of joins between what was just made, whose sizes
# nobody knows: one of those looped over all pairs (11 s for a province, 2026-11).
_QUOTAS = """
    WITH asked AS MATERIALIZED (SELECT DISTINCT unit_id FROM unnest($2::bigint[]) AS asked (unit_id)
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
        FROM under
        CROSS JOIN LATERAL (
            SELECT * FROM plan_line_copy AS line
            WHERE line.tenant = under.tenant AND line.campaign_id = $1 AND line.unit_id = under.unit_id
                AND line.indicator_no = ANY ($3)
            OFFSET 0
        ) AS line
        CROSS JOIN LATERAL (SELECT line.cohort_no UNION SELECT 0::smallint) AS cohort (cohort_no)
        WHERE line.plan_id IN (SELECT id FROM plan)
        GROUP BY 1, 2, 3, 4
    ), climbing AS (
        SELECT above.unit_id, received.unit_id AS from_id, received.indicator_no, received.cohort_no, received.amount,
            received.baseline, above.distance,
            bool_or(above.distance = 0) OVER (
                PARTITION BY above.unit_id, received.indicator_no, received.cohort_no) AS receives
        FROM received
        CROSS JOIN LATERAL (
            SELECT line.ancestor_id AS unit_id, line.distance FROM campaign_closure AS line
            WHERE line.tenant = received.tenant AND line.campaign_id = $1 AND line.descendant_id = received.unit_id
            OFFSET 0
        ) AS above
        WHERE above.unit_id IN (SELECT unit_id FROM under)
    ), passed AS (
        SELECT *, min(distance) FILTER (WHERE receives AND distance > 0) OVER (
            PARTITION BY from_id, indicator_no, cohort_no) AS stopped_at
        FROM climbing
    ), quota AS MATERIALIZED (
        SELECT unit_id, indicator_no, cohort_no, sum(amount)::bigint AS amount, sum(baseline)::bigint AS baseline,
            CASE WHEN bool_or(distance = 0) THEN 1 ELSE 2 END AS basis
        FROM passed
        WHERE distance = 0 OR (NOT receives AND distance < coalesce(stopped_at, 32767))
        GROUP BY 1, 2, 3
    )
    SELECT quota.*, false AS is_expected FROM quota WHERE unit_id IN (SELECT unit_id FROM asked)
    UNION ALL
    SELECT quota.*, true
    FROM quota
    CROSS JOIN LATERAL (
        SELECT unit.level, unit.path FROM campaign_unit AS unit
        WHERE unit.campaign_id = $1 AND unit.unit_id = quota.unit_id
        OFFSET 0
    ) AS unit
    WHERE quota.cohort_no = 0 AND quota.amount > 0 AND unit.path && $7
        AND unit.level = ($4::text[])[array_position($3::smallint[], quota.indicator_no)]
"""


# Where no plan was issued since, the steps are those of then.
_ISSUED_LATER = "SELECT EXISTS (SELECT FROM plan_copy WHERE campaign_id = $1 AND issued_at > $2)"
_IN_FORCE = """
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (indicator_no, cohort_no) indicator_no, cohort_no, amount, baseline, basis
        FROM quota_step
        WHERE tenant = unit.tenant AND campaign_id = $1 AND unit_id = unit.unit_id
            AND indicator_no = ANY ($3::smallint[]) AND from_day <= $5
        ORDER BY indicator_no, cohort_no, from_day DESC
    ) AS step
"""
_STEPS = f"""
    SELECT unit.unit_id, indicator_no, cohort_no, amount, baseline, basis, false AS is_expected
    FROM (SELECT DISTINCT unit_id FROM unnest($2::bigint[]) AS asked (unit_id)) AS asked
    CROSS JOIN LATERAL (
        SELECT tenant, unit_id FROM campaign_unit WHERE campaign_id = $1 AND unit_id = asked.unit_id
        OFFSET 0
    ) AS unit {_IN_FORCE}
    WHERE step.amount IS NOT NULL AND $6::timestamptz IS NOT NULL
    UNION ALL
    SELECT unit.unit_id, indicator_no, cohort_no, amount, baseline, basis, true
    FROM (
        SELECT DISTINCT line.descendant_id AS unit_id
        FROM unnest($7::bigint[]) AS covered (unit_id)
        JOIN campaign_closure AS line ON line.campaign_id = $1 AND line.ancestor_id = covered.unit_id
    ) AS under
    CROSS JOIN LATERAL (
        SELECT tenant, unit_id, level FROM campaign_unit
        WHERE campaign_id = $1 AND unit_id = under.unit_id AND level = ANY ($4::text[])
        OFFSET 0
    ) AS unit {_IN_FORCE}
    WHERE cohort_no = 0 AND amount > 0 AND level = ($4::text[])[array_position($3::smallint[], indicator_no)]
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
    *,
    covered: Sequence[int] = (),
) -> QuotasThen:
    """The quotas of these units as known at the view's moment, and who is then expected to report at or under those of
    them that are `covered`."""
    found = QuotasThen({}, set())
    moment = view.known_at or view.now
    issued_later = await connection.fetchval(_ISSUED_LATER, campaign.definition.id, moment)
    for unit_id, indicator_no, cohort_no, amount, baseline, basis, is_expected in await connection.fetch(
        _QUOTAS if issued_later else _STEPS,
        campaign.definition.id,
        unit_ids,
        [campaign.number_of(one) for one in indicators],
        [str(one.reconciliation_level) for one in indicators],
        view.as_of,
        moment,
        covered,
    ):
        if is_expected:
            found.expected.add((unit_id, indicator_no))
        else:
            found.of[unit_id, indicator_no, cohort_no] = Quota(amount, baseline, basis)
    return found
