"""A campaign's roll-ups derived anew from the log and the plans, in one transaction: readers see the old until then."""

import asyncpg

from services.contracts.definitions import CampaignDefinition
from services.reporting.projector.contributions import Anchor, Differences, LiveRow, reckoned_anew
from services.reporting.projector.copies import counting_rules, known_campaigns, labels_of
from services.reporting.projector.counting import CountingRules
from services.reporting.projector.quotas import reckon_quotas
from services.reporting.projector.rollups import pass_up
from services.reporting.projector.trees import places

DERIVED = (
    "live",
    "anchor_source",
    "anchor_reported",
    "rollup_day",
    "rollup_total",
    "rollup_label",
    "rollup_received",
    "quota_step",
)
"""The tables that follow from `fact`, the plans, the tree and the campaign."""

CHUNK = 50_000
"""Differences that are passed up at once."""

# One projector at a time: who brings a thing and who waits for it must see each other (trees and sums too).
# Its statements sort tens of thousands of wide rows; compiling them would cost more than running them.
_ONE_AT_A_TIME = """
    SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.projector', 0)),
        set_config('work_mem', '64MB', true), set_config('jit', 'off', true)
"""
# The log and the plans follow their unit to the tenant where the tree has it now.
_FOLLOW_TREE = """
    UPDATE {table} SET tenant = unit.tenant FROM campaign_unit AS unit
    WHERE {table}.campaign_id = $1 AND unit.campaign_id = $1 AND unit.unit_id = {table}.unit_id
        AND {table}.tenant <> unit.tenant
"""
ANCHORED = """
    WITH level AS (
        SELECT * FROM unnest($2::smallint[], $3::text[]) AS level (indicator_no, reconciliation_level)
    ), anchored AS (
        SELECT fact.*,
            coalesce(unit.path[array_position(unit.levels, level.reconciliation_level)], unit.unit_id) AS anchor_id
        FROM fact
        JOIN campaign_unit AS unit
            ON unit.tenant = fact.tenant AND unit.campaign_id = $1 AND unit.unit_id = fact.unit_id
        JOIN level USING (indicator_no)
        WHERE fact.campaign_id = $1 {only} AND NOT EXISTS (
            SELECT FROM batch_copy AS batch
            WHERE batch.acknowledgement = fact.acknowledgement AND batch.voided_at IS NOT NULL)
    )
"""
_FILL_LIVE = f"""
    {ANCHORED.format(only="")}
    INSERT INTO live (
        tenant, campaign_id, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day,
        mode_no, value, received_at, acknowledgement, about)
    SELECT DISTINCT ON (
        tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day)
        tenant, campaign_id, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day,
        mode_no, value, received_at, acknowledgement, about
    FROM anchored
    ORDER BY tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day,
        received_at DESC, acknowledgement DESC
"""
_FILL_PRESENCES = f"""
    {ANCHORED.format(only="")}
    INSERT INTO anchor_source (
        tenant, campaign_id, indicator_no, anchor_id, outcome_no, source_id, first_day, has_cumulative)
    SELECT tenant, $1, indicator_no, anchor_id, outcome_no, source_id, min(day), bool_or(mode_no = 1)
    FROM anchored
    GROUP BY tenant, indicator_no, anchor_id, outcome_no, source_id
"""
_FILL_REPORTED = """
    INSERT INTO anchor_reported (tenant, campaign_id, indicator_no, anchor_id, first_day)
    SELECT tenant, campaign_id, indicator_no, anchor_id, min(first_day)
    FROM anchor_source WHERE campaign_id = $1
    GROUP BY tenant, campaign_id, indicator_no, anchor_id
"""
_FILL_RECEIVED = """
    INSERT INTO rollup_received (tenant, campaign_id, unit_id, indicator_no, day, received_at)
    SELECT up.ancestor_tenant, $1, up.ancestor_id, live.indicator_no, live.day, max(live.received_at)
    FROM live JOIN campaign_closure AS up
        ON up.tenant = live.tenant AND up.campaign_id = $1 AND up.descendant_id = live.unit_id
    WHERE live.campaign_id = $1
    GROUP BY up.ancestor_tenant, up.ancestor_id, live.indicator_no, live.day
"""
_LIVE_ROWS = """
    SELECT tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no,
        day - date '1970-01-01', mode_no, value, acknowledgement
    FROM live WHERE campaign_id = $1
    ORDER BY tenant, indicator_no, anchor_id, outcome_no
"""


async def hold_projector(connection: asyncpg.Connection) -> None:
    """Until this transaction ends nobody else changes the read model."""
    await connection.execute(_ONE_AT_A_TIME)


async def rebuild_campaign(connection: asyncpg.Connection, campaign_id: int) -> None:
    """Whatever is derived of the campaign follows from its log, plans, tree and definition, and its version grows."""
    await hold_projector(connection)
    campaign: CampaignDefinition = (await known_campaigns(connection, [campaign_id]))[campaign_id]
    rules = await counting_rules(connection, campaign)
    for table in DERIVED:
        await connection.execute(f"DELETE FROM {table} WHERE campaign_id = $1", campaign_id)
    for table in ("fact", "plan_line_copy"):
        await connection.execute(_FOLLOW_TREE.format(table=table), campaign_id)
    levels = (list(rules.levels), [str(level) for level in rules.levels.values()])
    await connection.execute(_FILL_LIVE, campaign_id, *levels)
    await connection.execute(_FILL_PRESENCES, campaign_id, *levels)
    await connection.execute(_FILL_REPORTED, campaign_id)
    await connection.execute(_FILL_RECEIVED, campaign_id)
    await _fill_rollups(connection, rules)
    await reckon_quotas(connection, campaign_id)
    await connection.execute("UPDATE campaign_copy SET version = version + 1 WHERE id = $1", campaign_id)


async def _fill_rollups(connection: asyncpg.Connection, rules: CountingRules) -> None:
    labels = await labels_of(connection, rules.campaign_id)
    found = Differences()
    anchor: Anchor | None = None
    rows: list[LiveRow] = []

    def close() -> None:
        if anchor is not None and rules.is_summed(anchor.indicator_no, anchor.outcome_no):
            groups = rules.groups[anchor.indicator_no]
            reckoned_anew(anchor, before=(), after=rows, groups=groups, labels=labels, found=found)

    async for row in connection.cursor(_LIVE_ROWS, rules.campaign_id, prefetch=5_000):
        here = Anchor(*row[:4])
        if here != anchor:
            close()
            anchor, rows = here, []
            if len(found) >= CHUNK:
                await _pass_up(connection, rules.campaign_id, found)
                found = Differences()
        rows.append(LiveRow(*row[4:]))
    close()
    await _pass_up(connection, rules.campaign_id, found)


async def _pass_up(connection: asyncpg.Connection, campaign_id: int, found: Differences) -> None:
    where = await places(connection, campaign_id, {key[0] for key, _ in found.days})
    await pass_up(connection, campaign_id, found, where)
