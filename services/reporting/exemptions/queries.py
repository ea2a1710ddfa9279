"""SQL behind exemptions."""

from collections import defaultdict
from collections.abc import Sequence

import asyncpg

from services.contracts.definitions import IndicatorDefinition
from services.contracts.figures import ExemptionCount
from services.contracts.words import OUTCOME_NO, Outcome
from services.reporting.exemptions.disclosure import Disclosures, told
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
    for unit_id, reason_no, count in await connection.fetch(
        _BY_REASON, definition.id, tenants, ids, number, view.as_of
    ):
        known[unit_id][codes[reason_no]] = count
    disclosures = Disclosures(campaign, indicator)
    return {unit.code: told(indicator, disclosures.at(unit), known[unit.id]) for unit in units}
