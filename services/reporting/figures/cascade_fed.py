"""Milestones fed by the cascade: of the units of their level at or under a unit, how many have a plan in force.

Nobody reports them. They are counted as quota's `GET …/cascade` counts: a unit has issued while a plan of its own with
a line is in force, and a level's N is its units in the campaign's tree.
"""

from collections.abc import Mapping, Sequence
from itertools import product

import asyncpg

from services.contracts.definitions import IndicatorDefinition
from services.contracts.words import FedBy
from services.reporting.figures.coverage import Answer
from services.reporting.figures.queries import CountColumns
from services.reporting.figures.subjects import Subject
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

# A plan in force on the day and known at the moment is the newest such revision of its family.
_ISSUED = """
    WITH issuer AS MATERIALIZED (
        SELECT DISTINCT plan.unit_id
        FROM (
            SELECT DISTINCT ON (family) unit_id, lines_total FROM plan_copy
            WHERE campaign_id = $1 AND lines_received = lines_total AND document_date <= $4
                AND ($5::timestamptz IS NULL OR issued_at <= $5)
            ORDER BY family, revision DESC
        ) AS plan
        WHERE plan.unit_id IS NOT NULL AND plan.lines_total > 0
    )
    SELECT asked.place, level.place, count(*), count(issuer.unit_id)
    FROM unnest($2::bigint[]) WITH ORDINALITY AS asked (id, place)
    JOIN campaign_closure AS line ON line.campaign_id = $1 AND line.ancestor_id = asked.id
    JOIN campaign_unit AS member
        ON member.tenant = line.tenant AND member.campaign_id = $1 AND member.unit_id = line.descendant_id
    JOIN unnest($3::text[]) WITH ORDINALITY AS level (name, place) ON level.name = member.level
    LEFT JOIN issuer ON issuer.unit_id = member.unit_id
    GROUP BY 1, 2
"""


def is_fed(indicator: IndicatorDefinition) -> bool:
    """Whether the indicator follows from plans."""
    return indicator.fed_by is FedBy.CASCADE


async def counts_with_fed(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    columns: CountColumns,
) -> CountColumns:
    """The columns of units × subjects, where a subject is fed with the units that have issued; None where no unit of
    its level stands at or under the unit."""
    fed = {place: one.indicator for place, one in enumerate(subjects) if is_fed(one.indicator)}
    if not fed:
        return columns
    found = await _fetch_issued(connection, campaign, units, list(fed.values()), view)
    counts = list(columns.counts)
    for position, (which, place) in product(range(len(units)), enumerate(fed)):
        _, issued = found.get((position, which), (0, None))
        one = position * len(subjects) + place
        counts[one] = counts[one]._replace(added=issued)
    return CountColumns(counts, columns.basis)


async def coverage_with_fed(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicators: Mapping[int, IndicatorDefinition],
    view: View,
    coverage: Answer,
) -> Answer:
    """The coverage of units × indicators (by number); of those that are fed: of the level, how many have issued."""
    fed = {place: one for place, one in enumerate(indicators.values()) if is_fed(one)}
    if not fed:
        return coverage
    places = list(fed)
    found = await _fetch_issued(connection, campaign, units, list(fed.values()), view)
    return {**coverage, **{(position, places[which]): of_level for (position, which), of_level in found.items()}}


async def _fetch_issued(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicators: Sequence[IndicatorDefinition],
    view: View,
) -> Answer:
    """(units of the level, those that have issued) by position of the unit and of the indicator; no unit: no pair."""
    rows = await connection.fetch(
        _ISSUED,
        campaign.definition.id,
        [unit.id for unit in units],
        [one.reconciliation_level for one in indicators],
        view.as_of,
        view.known_at,
    )
    return {(unit - 1, indicator - 1): (members, issued) for unit, indicator, members, issued in rows}
