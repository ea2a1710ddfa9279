"""SQL behind exemptions."""

from collections import defaultdict
from collections.abc import Sequence

import asyncpg

from services.contracts.definitions import IndicatorDefinition
from services.contracts.figures import ExemptionCount
from services.contracts.words import OUTCOME_NO, Outcome
from services.reporting.exemptions.disclosure import Disclosures, told
from services.reporting.knowledge.days import day_changes_then
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_BY_REASON = f"""
    SELECT unit.id, row.reason_no, sum(row.delta)::bigint
    FROM unnest($2::bigint[], $3::bigint[]) AS unit (tenant, id)
    JOIN rollup_day AS row ON row.tenant = unit.tenant AND row.campaign_id = $1 AND row.unit_id = unit.id
    WHERE row.indicator_no = $4 AND row.outcome_no = {OUTCOME_NO[Outcome.EXEMPT]} AND row.day <= $5
    GROUP BY 1, 2
    HAVING sum(row.known) > 0
"""


async def fetch_exemptions(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicator: IndicatorDefinition,
    view: View,
) -> dict[str, list[ExemptionCount]]:
    """By unit code, what the caller may be told of the reasons, in the campaign's order."""
    definition = campaign.definition
    tenants, ids = [unit.tenant for unit in units], [unit.id for unit in units]
    codes = {definition.numbers.reasons[one.code]: one.code for one in indicator.reasons}
    known: dict[int, dict[str, int]] = defaultdict(dict)
    number = campaign.number_of(indicator)
    if view.known_at is None:
        rows = await connection.fetch(_BY_REASON, definition.id, tenants, ids, number, view.as_of)
    else:
        rows = await _then(connection, campaign, units, indicator, view)
    for unit_id, reason_no, count in rows:
        known[unit_id][codes[reason_no]] = count
    disclosures = Disclosures(campaign, indicator)
    return {unit.code: told(indicator, disclosures.at(unit), known[unit.id]) for unit in units}


async def _then(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicator: IndicatorDefinition,
    view: View,
) -> list[tuple[int, int, int]]:
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for key, change in (await day_changes_then(connection, campaign, units, [indicator], view)).items():
        if key.outcome_no == OUTCOME_NO[Outcome.EXEMPT]:
            sums[key.unit_id, key.reason_no][0] += change[0]
            sums[key.unit_id, key.reason_no][1] += change[1]
    return [(*key, value) for key, (value, known) in sums.items() if known > 0]
