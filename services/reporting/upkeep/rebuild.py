"""Roll-ups derived anew from the log, or the log itself filled again from its owners; a transaction a campaign."""

import uuid
from collections.abc import Callable

import asyncpg
import msgspec

from services.contracts.definitions import CampaignDefinition
from services.contracts.events import CampaignChanged, UnitsChanged
from services.contracts.history import RecordedBatch
from services.reporting.projector import copies
from services.reporting.projector.derivation import Step
from services.reporting.projector.projection import Projection
from services.reporting.projector.rebuild import hold_projector, rebuild_campaign
from services.reporting.projector.trees import refresh_tree
from services.reporting.upkeep import differences
from services.reporting.upkeep.owners import Owners
from services.reporting.upkeep.told import KEY, VALUES, stage, stage_also

_SAME_KEY = " AND ".join(f"fact.{column} = told.{column}" for column in KEY)
_SAME = f"{_SAME_KEY} AND " + " AND ".join(f"fact.{column} = told.{column}" for column in VALUES)
_TAKE_OUT = f"DELETE FROM fact WHERE campaign_id = $1 AND NOT EXISTS (SELECT FROM told WHERE {_SAME})"
_PUT_BACK = f"""
    INSERT INTO fact (tenant, campaign_id, {", ".join(KEY)}, {", ".join(VALUES)})
    SELECT tenant, $1, {", ".join(KEY)}, {", ".join(VALUES)} FROM told
    WHERE NOT EXISTS (SELECT FROM fact WHERE campaign_id = $1 AND {_SAME_KEY})
    ORDER BY tenant, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no, day
"""
_UNKNOWN = """
    SELECT count(*) AS rows, count(DISTINCT acknowledgement) AS batches FROM fact
    WHERE campaign_id = $1 AND NOT acknowledgement = ANY ($2::bigint[])
"""
_FORGET_BATCHES = "DELETE FROM batch_copy WHERE campaign_id = $1 AND acknowledgement = ANY ($2::bigint[])"
_AGE_CAMPAIGN = "UPDATE campaign_copy SET definition = $2 WHERE id = $1"
_FORGET_CLOSURES = """
    DELETE FROM closure_copy USING unnest($1::bigint[], $2::bigint[]) AS wrong (campaign_id, revision)
    WHERE closure_copy.campaign_id = wrong.campaign_id AND closure_copy.revision = wrong.revision
"""
_COPY_BATCH = ("id", "acknowledgement", "campaign_id", "source_id", "received_at", "labels", "amends", "voided_at")
# Whoever waits for what has now been brought is tried again with what failed, when the projector next subscribes.
_TRY_WAITING = "UPDATE waiting_event SET needs = 'fault' WHERE needs = ANY ($1::text[])"

Say = Callable[[str], None]


class RowsOfNobody(RuntimeError):
    """The log holds rows of batches that progress does not know; the message says how many and what to do."""


async def rebuild(
    connection: asyncpg.Connection, *, say: Say, only: str | None = None, tell: Callable[[str, Step], None]
) -> int:
    """Tree and roll-ups of the campaigns (of one where its code is given) follow from copies and log; how many."""
    done = 0
    for campaign in await _campaigns(connection, only):
        async with connection.transaction():
            await hold_projector(connection)
            await _derive_all(connection, campaign, tell)
        say(f"{campaign.code}: derived anew")
        done += 1
    return done


async def rebuild_from_source(
    connection: asyncpg.Connection,
    owners: Owners,
    *,
    say: Say,
    only: str | None = None,
    drop_unknown: bool = False,
    tell: Callable[[str, Step], None],
) -> int:
    """Copies and log are what the owners have on record, and everything follows from them; how many campaigns.

    Raises: RowsOfNobody, StreamRefused, DependencyUnavailable.
    """
    await _mend_copies(connection, owners, say)
    done, refused = 0, []
    for campaign in await _campaigns(connection, only):
        try:
            await _refill(connection, owners, campaign, say, drop_unknown=drop_unknown, tell=tell)
        except RowsOfNobody as refusal:
            refused.append(str(refusal))  # the others are put right all the same
        else:
            done += 1
    if refused:
        raise RowsOfNobody("\n".join(refused))
    return done


async def _campaigns(connection: asyncpg.Connection, only: str | None) -> list[CampaignDefinition]:
    ids = [row["id"] for row in await connection.fetch("SELECT id FROM campaign_copy ORDER BY id")]
    known = (await copies.known_campaigns(connection, ids)).values()
    return [one for one in known if only is None or one.code == only]


async def _derive_all(
    connection: asyncpg.Connection, campaign: CampaignDefinition, tell: Callable[[str, Step], None]
) -> None:
    for table in ("campaign_unit", "campaign_closure"):
        await connection.execute(f"DELETE FROM {table} WHERE campaign_id = $1", campaign.id)
    await refresh_tree(connection, campaign)
    await rebuild_campaign(connection, campaign.id, lambda step: tell(campaign.code, step))


async def _mend_copies(connection: asyncpg.Connection, owners: Owners, say: Say) -> None:
    """All copies but those of batches are as their owners tell. The projector waits: nothing here is newer."""
    async with connection.transaction():
        await hold_projector(connection)
        standing = await differences.read_copies(connection)
        units, campaigns = await owners.units(), await owners.campaigns()
        sources, plans = await owners.sources(), await owners.plans()
        projection = Projection(connection)
        told_units = {key: differences.told_unit(one) for key, one in units.items()}
        wrong_units = await _forget(connection, "unit_copy", told_units, standing.units)
        edges = await owners.successions()
        told_edges = {key: msgspec.structs.astuple(one) for key, one in edges.items()}
        wrong_edges = differences.differing(told_edges, standing.successions)
        await connection.execute("DELETE FROM succession_copy WHERE id = ANY ($1::bigint[])", wrong_edges)
        await copies.store_successions(connection, [edges[key] for key in wrong_edges if key in edges])
        told_campaigns = {key: differences.told_campaign(one) for key, one in campaigns.items()}
        wrong_campaigns = await _forget(connection, "campaign_copy", told_campaigns, standing.campaigns)
        for key in wrong_campaigns:  # its revision is read from its definition, which may be beyond reading
            older = msgspec.structs.replace(campaigns[key], revision=-1)
            await connection.execute(_AGE_CAMPAIGN, key, msgspec.json.encode(older).decode())
        await projection.take_units_and_campaigns(
            [
                UnitsChanged([units[key] for key in wrong_units]),
                *(CampaignChanged(campaigns[key]) for key in wrong_campaigns),
            ]
        )
        told_sources = {key: differences.told_source(one) for key, one in sources.items()}
        wrong_sources = await _forget(connection, "source_copy", told_sources, standing.sources)
        await copies.store_sources(connection, [sources[key] for key in wrong_sources])
        told_plans = {key: differences.told_plan(one) for key, one in plans.items()}
        wrong_plans = differences.differing(told_plans, standing.plans)
        for table, column in (("plan_line_copy", "plan_id"), ("plan_copy", "id")):
            await connection.execute(f"DELETE FROM {table} WHERE {column} = ANY ($1::uuid[])", wrong_plans)
        await projection.take_plans([((uuid.uuid4(), 0), plans[key]) for key in wrong_plans if key in plans])
        wrong_closures = await _mend_closures(connection, owners, standing.closures)
        await projection.bump_versions()
        await connection.execute(_TRY_WAITING, sorted(projection.outcome.brought))
    wrong = {
        "units": wrong_units,
        "successions": wrong_edges,
        "campaigns": wrong_campaigns,
        "sources": wrong_sources,
        "plans": wrong_plans,
        "closures": wrong_closures,
    }
    mended = ", ".join(f"{len(keys):,} {what}" for what, keys in wrong.items() if keys)
    say(f"copies: {mended} mended" if mended else "copies: nothing to mend")


async def _mend_closures(
    connection: asyncpg.Connection, owners: Owners, standing: dict[tuple[int, int], tuple]
) -> list[tuple[int, int]]:
    closures = await owners.closures()
    told = {key: differences.told_closure(one) for key, one in closures.items()}
    wrong = differences.differing(told, standing)
    await connection.execute(_FORGET_CLOSURES, [one for one, _ in wrong], [revision for _, revision in wrong])
    await copies.store_closures(connection, [closures[key] for key in wrong if key in closures])
    return wrong


async def _forget(
    connection: asyncpg.Connection, table: str, told: dict[int, tuple], standing: dict[int, tuple]
) -> list[int]:
    """Copies that are wrong give way to what is told next, those of nobody are gone; the ids of the wrong ones."""
    wrong = differences.differing(told, standing)
    await connection.execute(f"DELETE FROM {table} WHERE id = ANY ($1::bigint[])", [k for k in wrong if k not in told])
    await connection.execute(f"UPDATE {table} SET revision = -1 WHERE id = ANY ($1::bigint[])", wrong)
    return [key for key in wrong if key in told]


async def _refill(
    connection: asyncpg.Connection,
    owners: Owners,
    campaign: CampaignDefinition,
    say: Say,
    *,
    drop_unknown: bool,
    tell: Callable[[str, Step], None],
) -> None:
    """Most rows are fetched while the projector works; it waits while the newest are, and the log is put right."""
    batches = await owners.batches(campaign.id)
    count = await stage(connection, owners, campaign.id, batches)
    async with connection.transaction():
        await hold_projector(connection)
        newest = await owners.batches(campaign.id)
        count += await stage_also(connection, owners, campaign.id, newest, newest.keys() - batches.keys())
        await _refuse_unknown(connection, campaign, newest, drop_unknown=drop_unknown)
        await _mend_batches(connection, campaign.id, newest)
        # The planner knows nothing of `told`, and the log may have changed beyond recognition.
        await connection.execute("SET LOCAL enable_nestloop = off")
        out = await connection.execute(_TAKE_OUT, campaign.id)
        back = await connection.execute(_PUT_BACK, campaign.id)
        await connection.execute("SET LOCAL enable_nestloop = on")
        await connection.execute("DROP TABLE told")
        await _derive_all(connection, campaign, tell)
    taken_out, put_back = (int(answer.rpartition(" ")[2]) for answer in (out, back))
    say(f"{campaign.code}: {count:,} rows told, {taken_out:,} taken out of the log, {put_back:,} put in; derived anew")


async def _refuse_unknown(
    connection: asyncpg.Connection, campaign: CampaignDefinition, known: dict[int, RecordedBatch], *, drop_unknown: bool
) -> None:
    row = await connection.fetchrow(_UNKNOWN, campaign.id, sorted(known))
    if row["rows"] and not drop_unknown:
        raise RowsOfNobody(
            f"The log of {campaign.code} holds {row['rows']:,} rows of {row['batches']:,} batches that progress does"
            " not know: loaded by SQL (`bonphu simulate`), or lost there. Nothing of this campaign was changed. Put the"
            " batches back into progress, leave the campaign out (--campaign names another), or give --drop-unknown to"
            " take these rows out of the log for good."
        )


async def _mend_batches(connection: asyncpg.Connection, campaign_id: int, told: dict[int, RecordedBatch]) -> None:
    should = {key: differences.told_batch(one) for key, one in told.items()}
    wrong = differences.differing(should, await differences.read_batches(connection, campaign_id))
    await connection.execute(_FORGET_BATCHES, campaign_id, wrong)
    records = [should[key] for key in wrong if key in should]
    await connection.copy_records_to_table("batch_copy", records=records, columns=_COPY_BATCH)
