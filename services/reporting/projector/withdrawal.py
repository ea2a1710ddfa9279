"""Batches withdrawn (rule 3): their rows stay in the log, and whatever is derived is as if they had never come."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import asyncpg

from services.contracts.definitions import CampaignDefinition
from services.reporting.projector import copies, ledger
from services.reporting.projector.climbing import Ancestry
from services.reporting.projector.contributions import Anchor, Differences, LiveRow, reckoned_anew
from services.reporting.projector.counting import CountingRules, Place
from services.reporting.projector.rollups import pass_up
from services.reporting.projector.trees import places

_TOUCHED = """
    SELECT DISTINCT tenant, indicator_no, unit_id, outcome_no FROM fact
    WHERE campaign_id = $1 AND acknowledgement = ANY ($2::bigint[])
"""
_DAYS_LOST = """
    SELECT DISTINCT unit_id, indicator_no, day FROM fact
    WHERE campaign_id = $1 AND acknowledgement = ANY ($2::bigint[])
"""
_SAME_KEY = """
    live.tenant = {other}.tenant AND live.campaign_id = $1 AND live.indicator_no = {other}.indicator_no
    AND live.anchor_id = {other}.anchor_id AND live.outcome_no = {other}.outcome_no
    AND live.unit_id = {other}.unit_id AND live.source_id = {other}.source_id
    AND live.cohort_no = {other}.cohort_no AND live.reason_no = {other}.reason_no AND live.day = {other}.day
"""
_PUT_BACK = f"""
    WITH earlier AS MATERIALIZED (
        SELECT live.tenant, live.indicator_no, live.anchor_id, live.outcome_no, live.unit_id, live.source_id,
            live.cohort_no, live.reason_no, live.day, fact.mode_no, fact.value, fact.received_at,
            fact.acknowledgement, fact.about
        FROM unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::smallint[])
            AS anchor (tenant, indicator_no, anchor_id, outcome_no)
        JOIN live USING (tenant, indicator_no, anchor_id, outcome_no)
        LEFT JOIN LATERAL (
            SELECT * FROM fact
            WHERE fact.tenant = live.tenant AND fact.campaign_id = $1 AND fact.indicator_no = live.indicator_no
                AND fact.unit_id = live.unit_id AND fact.source_id = live.source_id
                AND fact.cohort_no = live.cohort_no AND fact.outcome_no = live.outcome_no
                AND fact.reason_no = live.reason_no AND fact.day = live.day
                AND NOT EXISTS (
                    SELECT FROM batch_copy AS batch
                    WHERE batch.acknowledgement = fact.acknowledgement AND batch.voided_at IS NOT NULL)
            ORDER BY fact.received_at DESC, fact.acknowledgement DESC LIMIT 1
        ) AS fact ON true
        WHERE live.campaign_id = $1 AND live.acknowledgement = ANY ($6::bigint[])
    ), gone AS (
        DELETE FROM live USING earlier
        WHERE {_SAME_KEY.format(other="earlier")} AND earlier.acknowledgement IS NULL
    )
    UPDATE live SET mode_no = earlier.mode_no, value = earlier.value, received_at = earlier.received_at,
        acknowledgement = earlier.acknowledgement, about = earlier.about
    FROM earlier WHERE {_SAME_KEY.format(other="earlier")} AND earlier.acknowledgement IS NOT NULL
"""
_DROP_PRESENCES = """
    DELETE FROM anchor_source USING unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::smallint[])
        AS anchor (tenant, indicator_no, anchor_id, outcome_no)
    WHERE anchor_source.campaign_id = $1 AND anchor_source.tenant = anchor.tenant
        AND anchor_source.indicator_no = anchor.indicator_no AND anchor_source.anchor_id = anchor.anchor_id
        AND anchor_source.outcome_no = anchor.outcome_no
"""
_FILL_PRESENCES = """
    WITH level AS (
        SELECT * FROM unnest($2::smallint[], $3::text[]) AS level (indicator_no, reconciliation_level)
    ), anchored AS (
        SELECT fact.*,
            coalesce(unit.path[array_position(unit.levels, level.reconciliation_level)], unit.unit_id) AS anchor_id
        FROM fact
        JOIN campaign_unit AS unit
            ON unit.tenant = fact.tenant AND unit.campaign_id = $1 AND unit.unit_id = fact.unit_id
        JOIN level USING (indicator_no)
        WHERE fact.campaign_id = $1 AND fact.unit_id = ANY ($8::bigint[]) AND NOT EXISTS (
            SELECT FROM batch_copy AS batch
            WHERE batch.acknowledgement = fact.acknowledgement AND batch.voided_at IS NOT NULL)
    )
    INSERT INTO anchor_source (
        tenant, campaign_id, indicator_no, anchor_id, outcome_no, source_id, first_day, has_cumulative)
    SELECT tenant, $1, indicator_no, anchor_id, outcome_no, source_id, min(day), bool_or(mode_no = 1)
    FROM anchored JOIN unnest($4::bigint[], $5::smallint[], $6::bigint[], $7::smallint[])
        AS anchor (tenant, indicator_no, anchor_id, outcome_no) USING (tenant, indicator_no, anchor_id, outcome_no)
    GROUP BY tenant, indicator_no, anchor_id, outcome_no, source_id
"""
_UNITS_BELOW = """
    SELECT DISTINCT descendant_id FROM campaign_closure WHERE campaign_id = $1 AND ancestor_id = ANY ($2::bigint[])
"""
_REPORTED = """
    WITH asked AS (
        SELECT DISTINCT * FROM unnest($2::bigint[], $3::smallint[], $4::bigint[])
            AS anchor (tenant, indicator_no, anchor_id)
    ), now AS (
        SELECT asked.*, (
            SELECT min(source.first_day) FROM anchor_source AS source
            WHERE source.tenant = asked.tenant AND source.campaign_id = $1
                AND source.indicator_no = asked.indicator_no AND source.anchor_id = asked.anchor_id) AS first_day
        FROM asked
    ), gone AS (
        DELETE FROM anchor_reported AS reported USING now
        WHERE reported.tenant = now.tenant AND reported.campaign_id = $1
            AND reported.indicator_no = now.indicator_no AND reported.anchor_id = now.anchor_id
            AND now.first_day IS NULL
    )
    UPDATE anchor_reported AS reported SET first_day = now.first_day FROM now
    WHERE reported.tenant = now.tenant AND reported.campaign_id = $1 AND reported.indicator_no = now.indicator_no
        AND reported.anchor_id = now.anchor_id AND now.first_day <> reported.first_day
"""
# Of units of one depth: by their own rows and by what their children know.
_RECEIVED = """
    WITH asked AS (
        SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::date[])
            AS asked (tenant, unit_id, indicator_no, day)
    ), now AS MATERIALIZED (
        SELECT asked.*, greatest(own.newest, below.newest) AS received_at,
            least(own.first, below.first) AS first_received_at
        FROM asked CROSS JOIN LATERAL (
            SELECT min(fact.received_at) AS first, max(fact.received_at) AS newest FROM fact
            WHERE fact.tenant = asked.tenant AND fact.campaign_id = $1 AND fact.indicator_no = asked.indicator_no
                AND fact.unit_id = asked.unit_id AND fact.day = asked.day AND NOT EXISTS (
                    SELECT FROM batch_copy AS batch
                    WHERE batch.acknowledgement = fact.acknowledgement AND batch.voided_at IS NOT NULL)
        ) AS own CROSS JOIN LATERAL (
            SELECT min(below.first_received_at) AS first, max(below.received_at) AS newest
            FROM campaign_unit AS child JOIN rollup_received AS below
                ON below.tenant = child.tenant AND below.campaign_id = $1 AND below.unit_id = child.unit_id
                AND below.indicator_no = asked.indicator_no AND below.day = asked.day
            WHERE child.campaign_id = $1 AND child.parent_id = asked.unit_id
        ) AS below
    ), gone AS (
        DELETE FROM rollup_received AS old USING now
        WHERE old.tenant = now.tenant AND old.campaign_id = $1 AND old.unit_id = now.unit_id
            AND old.indicator_no = now.indicator_no AND old.day = now.day AND now.received_at IS NULL
    )
    UPDATE rollup_received AS old SET received_at = now.received_at, first_received_at = now.first_received_at FROM now
    WHERE old.tenant = now.tenant AND old.campaign_id = $1 AND old.unit_id = now.unit_id
        AND old.indicator_no = now.indicator_no AND old.day = now.day AND now.received_at IS NOT NULL
"""


async def withdraw(
    connection: asyncpg.Connection, campaign: CampaignDefinition, acknowledgements: Collection[int]
) -> None:
    """No live row is of these batches, which are marked already; roll-ups and presences follow."""
    numbers = sorted(acknowledgements)
    touched = await connection.fetch(_TOUCHED, campaign.id, numbers)
    if not touched:
        return
    rules = await copies.counting_rules(connection, campaign)
    where = await places(connection, campaign.id, {row["unit_id"] for row in touched})
    anchors = sorted(
        {
            Anchor(tenant, indicator_no, rules.anchor(where[unit_id], indicator_no), outcome_no)
            for tenant, indicator_no, unit_id, outcome_no in touched
        }
    )
    columns = [list(column) for column in zip(*anchors, strict=True)]
    before = await ledger.live_rows(connection, campaign.id, anchors)
    await connection.execute(_PUT_BACK, campaign.id, *columns, numbers)
    after = await ledger.live_rows(connection, campaign.id, anchors)
    await _pass_up(connection, rules, anchors, before, after)
    await _note_presences(connection, rules, columns)
    await _note_received(connection, rules, numbers, where)


async def _pass_up(
    connection: asyncpg.Connection,
    rules: CountingRules,
    anchors: Iterable[Anchor],
    before: Mapping[Anchor, Sequence[LiveRow]],
    after: Mapping[Anchor, Sequence[LiveRow]],
) -> None:
    everything = [row for side in (before, after) for rows in side.values() for row in rows]
    labels = await copies.labels_of(connection, rules.campaign_id, {row.acknowledgement for row in everything})
    found = Differences()
    for anchor in anchors:
        if rules.is_summed(anchor.indicator_no, anchor.outcome_no):
            reckoned_anew(
                anchor,
                before=before.get(anchor, ()),
                after=after.get(anchor, ()),
                groups=rules.groups[anchor.indicator_no],
                labels=labels,
                found=found,
            )
    where = await places(connection, rules.campaign_id, {row.unit_id for row in everything})
    await pass_up(connection, rules.campaign_id, found, where)


async def _note_presences(connection: asyncpg.Connection, rules: CountingRules, anchors: list[list[int]]) -> None:
    tenants, indicators, anchor_ids, _ = anchors
    await connection.execute(_DROP_PRESENCES, rules.campaign_id, *anchors)
    below = [row[0] for row in await connection.fetch(_UNITS_BELOW, rules.campaign_id, sorted(set(anchor_ids)))]
    levels = (list(rules.levels), [str(level) for level in rules.levels.values()])
    await connection.execute(_FILL_PRESENCES, rules.campaign_id, *levels, *anchors, below)
    await connection.execute(_REPORTED, rules.campaign_id, tenants, indicators, anchor_ids)
    await copies.renew_coverage(connection, rules.campaign_id)


async def _note_received(
    connection: asyncpg.Connection,
    rules: CountingRules,
    acknowledgements: Collection[int],
    where: Mapping[int, Place],
) -> None:
    """It is known anew when rows were received, at units that lost one, and then at those above them."""
    ancestry = Ancestry(where.values())
    by_depth: defaultdict[int, set[tuple[int, int, datetime.date]]] = defaultdict(set)
    for unit_id, indicator_no, day in await connection.fetch(_DAYS_LOST, rules.campaign_id, list(acknowledgements)):
        for above in where[unit_id].path:
            by_depth[ancestry.depth[above]].add((above, indicator_no, day))
    for depth in sorted(by_depth, reverse=True):
        asked = [(ancestry.tenant[unit_id], unit_id, *what) for unit_id, *what in sorted(by_depth[depth])]
        await connection.execute(_RECEIVED, rules.campaign_id, *zip(*asked, strict=True))
