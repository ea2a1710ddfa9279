"""The live rows of units and indicators as known at a moment (rule 3), as one relation for whoever asks in SQL.

    WITH scope AS ({SCOPE}), row AS ({live_rows(view)})
    SELECT … FROM row …

takes `scope_values(…)` for $1 to $6, so that a statement's own parameters begin with $7. The relation has the columns
of `live`, whichever moment is asked for: the present is read from `live`, the past from the log.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from services.contracts.definitions import IndicatorDefinition
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight

# Units under several of those asked for are there once. A unit below the reconciliation level brings its whole anchor,
# since who speaks is decided by all rows there (rule 5).
SCOPE = """
    SELECT DISTINCT member.tenant, level.indicator_no, member.unit_id,
        coalesce(member.path[array_position(member.levels, level.reconciliation_level)], member.unit_id) AS anchor_id
    FROM unnest($3::smallint[], $4::text[]) AS level (indicator_no, reconciliation_level)
    CROSS JOIN unnest($2::bigint[]) AS asked (unit_id)
    JOIN campaign_unit AS start ON start.campaign_id = $1 AND start.unit_id = asked.unit_id
    JOIN campaign_closure AS line ON line.campaign_id = $1 AND line.ancestor_id =
        coalesce(start.path[array_position(start.levels, level.reconciliation_level)], start.unit_id)
    JOIN campaign_unit AS member
        ON member.tenant = line.tenant AND member.campaign_id = $1 AND member.unit_id = line.descendant_id
"""
"""Units × indicators whose rows decide what is asked: `tenant`, `indicator_no`, `unit_id`, `anchor_id`."""

_COLUMNS = """
    {row}.tenant, {row}.campaign_id, {row}.indicator_no, scope.anchor_id, {row}.outcome_no, {row}.unit_id,
    {row}.source_id, {row}.cohort_no, {row}.reason_no, {row}.day, {row}.mode_no, {row}.value, {row}.received_at,
    {row}.acknowledgement, {row}.about
"""
_LIVE_NOW = f"""
    SELECT {_COLUMNS.format(row="live")}
    FROM scope JOIN live
        ON live.tenant = scope.tenant AND live.campaign_id = $1 AND live.indicator_no = scope.indicator_no
        AND live.anchor_id = scope.anchor_id AND live.unit_id = scope.unit_id
    WHERE live.day <= $5 AND $6::timestamptz IS NULL
"""
_LIVE_THEN = f"""
    SELECT DISTINCT ON (
        fact.tenant, fact.indicator_no, fact.unit_id, source_id, cohort_no, outcome_no, reason_no, day)
        {_COLUMNS.format(row="fact")}
    FROM scope CROSS JOIN LATERAL (
        SELECT * FROM fact
        WHERE fact.tenant = scope.tenant AND fact.campaign_id = $1 AND fact.indicator_no = scope.indicator_no
            AND fact.unit_id = scope.unit_id AND fact.day <= $5 AND fact.received_at <= $6
        OFFSET 0
    ) AS fact
    WHERE fact.acknowledgement NOT IN (
        SELECT acknowledgement FROM batch_copy WHERE campaign_id = $1 AND voided_at <= $6)
    ORDER BY fact.tenant, fact.indicator_no, fact.unit_id, source_id, cohort_no, outcome_no, reason_no, day,
        received_at DESC, acknowledgement DESC
"""

ScopeValues = tuple[int, Sequence[int], list[int], list[str], date, datetime | None]


def live_rows(view: View) -> str:
    """The relation of live rows of `scope` up to the view's day; a batch is withdrawn from the moment of its void."""
    return _LIVE_NOW if view.known_at is None else _LIVE_THEN


def scope_values(
    campaign: CampaignInSight, unit_ids: Sequence[int], indicators: Iterable[IndicatorDefinition], view: View
) -> ScopeValues:
    """The parameters of both relations: everything at or under these units, for these indicators."""
    chosen = list(indicators)
    return (
        campaign.definition.id,
        unit_ids,
        [campaign.number_of(one) for one in chosen],
        [str(one.reconciliation_level) for one in chosen],
        view.as_of,
        view.known_at,
    )
