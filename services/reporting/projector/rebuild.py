"""A campaign's roll-ups derived anew from the log and the plans, in one transaction: readers see the old until then."""

import asyncpg

from services.contracts.definitions import CampaignDefinition
from services.reporting.projector.copies import counting_rules, known_campaigns, renew_coverage
from services.reporting.projector.derivation import DERIVED_ROWS, Tell, derive_rows
from services.reporting.projector.quotas import reckon_quotas

DERIVED = (*DERIVED_ROWS, "quota_step")
"""The tables that follow from `fact`, the plans, the tree and the campaign."""

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


async def hold_projector(connection: asyncpg.Connection) -> None:
    """Until this transaction ends nobody else changes the read model."""
    await connection.execute(_ONE_AT_A_TIME)


async def rebuild_campaign(connection: asyncpg.Connection, campaign_id: int, tell: Tell | None = None) -> None:
    """Whatever is derived of the campaign follows from its log, plans, tree and definition, and its version grows."""
    await hold_projector(connection)
    campaign: CampaignDefinition = (await known_campaigns(connection, [campaign_id]))[campaign_id]
    await connection.execute("DELETE FROM quota_step WHERE campaign_id = $1", campaign_id)
    for table in ("fact", "plan_line_copy"):
        await connection.execute(_FOLLOW_TREE.format(table=table), campaign_id)
    await derive_campaign(connection, campaign, tell)
    await connection.execute("UPDATE campaign_copy SET version = version + 1 WHERE id = $1", campaign_id)
    await renew_coverage(connection, campaign_id)


async def derive_campaign(
    connection: asyncpg.Connection, campaign: CampaignDefinition, tell: Tell | None = None
) -> None:
    """The tables `DERIVED` hold what follows from log, plans and tree of the campaign, which had no quota steps."""
    await derive_rows(connection, await counting_rules(connection, campaign), tell)
    await reckon_quotas(connection, campaign.id)
