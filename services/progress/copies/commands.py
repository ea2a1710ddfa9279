"""Events of quota become copies; a tree is rebuilt once per batch of events, and only its difference is written."""

from collections.abc import Sequence

import asyncpg
import msgspec

from services.chassis.database import UnitOfWork
from services.chassis.inbox import Event, Outcome
from services.contracts.definitions import CampaignDefinition, UnitDefinition
from services.contracts.events import CampaignChanged, PlanIssued, UnitsChanged
from services.contracts.hierarchy import campaign_tree
from services.progress.copies import plans, queries

ORIGIN = "quota"
KINDS = frozenset({"units_changed", "campaign_changed", "plan_issued"})

_EVENTS = msgspec.json.Decoder(UnitsChanged | CampaignChanged | PlanIssued)


def name_of_unit(unit_id: int) -> str:
    """What an event waits for that needs this unit."""
    return f"unit:{unit_id}"


async def apply(work: UnitOfWork, events: Sequence[Event]) -> Outcome:
    """The copies hold what `events` tell, in whichever order they came. A campaign waits for its top unit."""
    outcome = Outcome()
    units: list[UnitDefinition] = []
    campaigns: list[tuple[Event, CampaignDefinition]] = []
    issued: list[PlanIssued] = []
    for event in events:
        if event.kind not in KINDS:
            continue
        told = _EVENTS.decode(event.payload)
        if isinstance(told, UnitsChanged):
            units += told.units
        elif isinstance(told, PlanIssued):
            issued.append(told)
        else:
            campaigns.append((event, told.campaign))
    await queries.lock(work.connection)
    changed_units = await queries.put_units(work.connection, units) if units else []
    # Those that a question brought before their event, too: somebody may wait for them.
    outcome.brought = {name_of_unit(unit.id) for unit in units}
    changed = set()
    for event, campaign in campaigns:
        if not await queries.knows_unit(work.connection, campaign.unit_id):
            outcome.waits[(event.write_id, event.part)] = name_of_unit(campaign.unit_id)
        elif await queries.put_campaign(work.connection, campaign):
            changed.add(campaign.id)
    if changed_units:
        changed.update(await queries.campaigns_with(work.connection, changed_units))
    for campaign_id in sorted(changed):
        await rebuild_tree(work.connection, campaign_id)
    if issued:
        await plans.put_plans(work.connection, issued)
    return outcome


async def take_answer(
    work: UnitOfWork, *, units: Sequence[UnitDefinition], campaign: CampaignDefinition | None
) -> None:
    """The copies hold what quota answered, as if its events had come. `units` hold the campaign's top unit."""
    await queries.lock(work.connection)
    changed_units = await queries.put_units(work.connection, units)
    changed = set(await queries.campaigns_with(work.connection, changed_units))
    if campaign is not None and await queries.put_campaign(work.connection, campaign):
        changed.add(campaign.id)
    for campaign_id in sorted(changed):
        await rebuild_tree(work.connection, campaign_id)


async def rebuild_tree(connection: asyncpg.Connection, campaign_id: int) -> None:
    """The stored tree is the campaign's tree on its hierarchy day; its version moves where that is news."""
    top_id, day = await queries.top_of(connection, campaign_id)
    units = await queries.units_below(connection, top_id, day)
    now = {queries.placed(one) for one in campaign_tree(units, top_id=top_id, day=day)}
    before = set(await queries.tree(connection, campaign_id))
    above = await queries.codes_above(connection, top_id, day)
    if now == before and above == await queries.above_of(connection, campaign_id):
        return
    await queries.change_tree(connection, campaign_id, gone=list(before - now), come=list(now - before))
    await queries.move_version(connection, campaign_id, above)
