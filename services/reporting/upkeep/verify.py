"""Copies, log and roll-ups compared with what quota and progress have on record: the first difference, or none."""

import asyncio
from collections.abc import Callable, Collection
from typing import NamedTuple

import asyncpg
import msgspec

from services.contracts.definitions import CampaignDefinition
from services.contracts.history import RecordedBatch
from services.reporting.projector.rebuild import DERIVED, derive_campaign
from services.reporting.projector.trees import refresh_tree
from services.reporting.upkeep import differences
from services.reporting.upkeep.differences import Difference
from services.reporting.upkeep.owners import Owners
from services.reporting.upkeep.told import stage

TREE = ("campaign_unit", "campaign_closure")
PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Between comparisons, where an event that is under way may explain the difference."""

_MISPLACED = """
    SELECT here.unit_id, unit.tenant AS should, here.tenant AS found
    FROM {table} AS here JOIN campaign_unit AS unit ON unit.campaign_id = $1 AND unit.unit_id = here.unit_id
    WHERE here.campaign_id = $1 AND here.tenant <> unit.tenant ORDER BY here.unit_id LIMIT 1
"""
_KNOWN_BATCHES = "SELECT count(*) FROM batch_copy WHERE acknowledgement = ANY ($1::bigint[])"

Say = Callable[[str], None]


class Verified(NamedTuple):
    """The first difference, None where all agrees; how many things of each kind were compared."""

    difference: Difference | None
    compared: dict[str, int]


class _Found(Exception):
    def __init__(self, difference: Difference) -> None:
        self.difference = difference


async def verify(connection: asyncpg.Connection, owners: Owners, *, say: Say) -> Verified:
    """Everything here has been compared with what the owners have; the services go on meanwhile.

    One snapshot of reporting, later than what the owners told. `connection` is this call's own: it hides the tables
    behind temporary ones. Raises: StreamRefused, DependencyUnavailable.
    """
    verified = await _compare(connection, owners, say)
    for pause in PAUSES_SECONDS:
        if verified.difference is None or not verified.difference.may_be_under_way:
            break
        say("something may still be under way; once more …")
        await asyncio.sleep(pause)
        verified = await _compare(connection, owners, say)
    return verified


async def _compare(connection: asyncpg.Connection, owners: Owners, say: Say) -> Verified:
    compared: dict[str, int] = {}
    try:
        units, campaigns = await owners.units(), await owners.campaigns()
        edges = {key: msgspec.structs.astuple(one) for key, one in (await owners.successions()).items()}
        sources, plans, closures = await owners.sources(), await owners.plans(), await owners.closures()
        batches = {campaign_id: await owners.batches(campaign_id) for campaign_id in campaigns}
        await _wait_for(connection, [one for some in batches.values() for one in some])
        transaction = connection.transaction(isolation="repeatable_read")
        await transaction.start()
        try:
            await connection.execute("SET LOCAL jit = off")
            copies = await differences.read_copies(connection)
            for where, newer_by, told, found in (
                ("units", 8, {key: differences.told_unit(one) for key, one in units.items()}, copies.units),
                ("successions", 0, edges, copies.successions),
                (
                    "campaigns",
                    5,
                    {key: differences.told_campaign(one) for key, one in campaigns.items()},
                    copies.campaigns,
                ),
                ("sources", 3, {key: differences.told_source(one) for key, one in sources.items()}, copies.sources),
                ("plans", 8, {key: differences.told_plan(one) for key, one in plans.items()}, copies.plans),
                (
                    "closures",
                    0,
                    {key: differences.told_closure(one) for key, one in closures.items()},
                    copies.closures,
                ),
            ):
                _raise(differences.first_of(f"copies of {where}", told, found, newer_by=newer_by))
                compared[where] = len(told)
            compared |= {"batches": 0, "rows": 0, "derived": 0}
            for campaign_id, campaign in sorted(campaigns.items()):
                say(f"{campaign.code}: its log …")
                compared["batches"] += len(batches[campaign_id])
                compared["rows"] += await _compare_log(connection, owners, campaign_id, batches[campaign_id])
                say(f"{campaign.code}: its tree and roll-ups …")
                compared["derived"] += await _compare_derived(connection, campaign)
        finally:
            await transaction.rollback()
    except _Found as found:
        return Verified(found.difference, compared)
    return Verified(None, compared)


async def _wait_for(connection: asyncpg.Connection, acknowledgements: Collection[int]) -> None:
    """The batches that the owner has told are here, or some seconds have gone by: then they are missing."""
    numbers = sorted(acknowledgements)
    for _ in range(50):
        if await connection.fetchval(_KNOWN_BATCHES, numbers) >= len(numbers):
            return
        await asyncio.sleep(0.1)


async def _compare_log(
    connection: asyncpg.Connection, owners: Owners, campaign_id: int, batches: dict[int, RecordedBatch]
) -> int:
    copied = await differences.read_batches(connection, campaign_id)
    count = await stage(connection, owners, campaign_id, batches)
    known = await owners.batches(campaign_id)
    newer = known.keys() - batches.keys()
    _raise(
        differences.first_of(
            f"copies of batches of campaign {campaign_id}, by acknowledgement",
            {key: differences.told_batch(one) for key, one in batches.items()},
            {key: one for key, one in copied.items() if key not in newer},
            newer_by=7,
        )
    )
    _raise(await differences.first_in_log(connection, campaign_id, compared=batches, known=known))
    await connection.execute("DROP TABLE told")
    return count


async def _compare_derived(connection: asyncpg.Connection, campaign: CampaignDefinition) -> int:
    """What is derived of the campaign, derived once more into temporary tables that hide the real ones."""
    schema = await connection.fetchval("SELECT current_schema()::text")
    for table in (*TREE, *DERIVED):
        await connection.execute(
            f"CREATE TEMPORARY TABLE {table} (LIKE {schema}.{table} INCLUDING DEFAULTS INCLUDING INDEXES)"
        )
    await refresh_tree(connection, campaign)
    count = 0
    for table in TREE:
        _raise(await differences.first_in_derived(connection, schema, table, campaign.id))
    for table in ("fact", "plan_line_copy"):
        row = await connection.fetchrow(_MISPLACED.format(table=table), campaign.id)
        if row is not None:
            which = f"the tenant of unit {row['unit_id']}"
            _raise(Difference(f"{table} of campaign {campaign.id}", which, str(row["should"]), str(row["found"])))
    await derive_campaign(connection, campaign)
    for table in DERIVED:
        _raise(await differences.first_in_derived(connection, schema, table, campaign.id))
        count += await connection.fetchval(f"SELECT count(*) FROM pg_temp.{table}")
    for table in (*TREE, *DERIVED):
        await connection.execute(f"DROP TABLE pg_temp.{table}")
    return count


def _raise(difference: Difference | None) -> None:
    if difference is not None:
        raise _Found(difference)
