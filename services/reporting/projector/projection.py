"""Events applied to the read model: log, copies and roll-ups together, in the transaction of their inbox rows."""

import uuid
from collections import defaultdict
from collections.abc import Sequence

import asyncpg
import msgspec

from services.chassis.database import UnitOfWork
from services.chassis.inbox import Event, Outcome
from services.contracts.definitions import CampaignDefinition
from services.contracts.events import (
    BatchVoided,
    CampaignChanged,
    PeriodClosed,
    PlanIssued,
    RowsRecorded,
    SourceChanged,
    SuccessionsChanged,
    UnitsChanged,
)
from services.reporting.projector import copies, trees
from services.reporting.projector.counting import Place
from services.reporting.projector.ledger import log
from services.reporting.projector.quotas import reckon_quotas, store_plans
from services.reporting.projector.rebuild import hold_projector, rebuild_campaign
from services.reporting.projector.recording import record_rows
from services.reporting.projector.withdrawal import withdraw

Message = (
    UnitsChanged
    | SuccessionsChanged
    | CampaignChanged
    | PlanIssued
    | SourceChanged
    | RowsRecorded
    | BatchVoided
    | PeriodClosed
)

KINDS = frozenset(
    {
        "units_changed",
        "successions_changed",
        "campaign_changed",
        "plan_issued",
        "source_changed",
        "rows_recorded",
        "batch_voided",
        "period_closed",
    }
)

_MESSAGE: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


async def project(work: UnitOfWork, events: Sequence[Event]) -> Outcome:
    """The read model holds what the events tell, but for those that wait for a thing not known yet."""
    await hold_projector(work.connection)
    projection = Projection(work.connection)
    messages = [((event.write_id, event.part), _MESSAGE.decode(event.payload)) for event in events]
    await projection.take_units_and_campaigns([message for _, message in messages])
    await copies.store_successions(
        work.connection,
        [edge for _, message in messages if isinstance(message, SuccessionsChanged) for edge in message.edges],
    )
    await projection.take_sources([message for _, message in messages if isinstance(message, SourceChanged)])
    await projection.take_plans([(key, message) for key, message in messages if isinstance(message, PlanIssued)])
    await projection.take_rows([(key, message) for key, message in messages if isinstance(message, RowsRecorded)])
    await projection.take_voids([(key, message) for key, message in messages if isinstance(message, BatchVoided)])
    await projection.take_closures([(key, message) for key, message in messages if isinstance(message, PeriodClosed)])
    await projection.bump_versions()
    return projection.outcome


class Projection:
    """The events of one call, applied in the order in which they can stand on each other."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.outcome = Outcome()
        self.campaigns: dict[int, CampaignDefinition] = {}
        self._changed: set[int] = set()

    async def take_units_and_campaigns(self, messages: Sequence[Message]) -> None:
        """Copies and trees are up to date; whatever the trees or the rules of counting upset is derived anew."""
        units = await copies.store_units(
            self.connection,
            (unit for message in messages if isinstance(message, UnitsChanged) for unit in message.units),
        )
        changes = await copies.store_campaigns(
            self.connection, (message.campaign for message in messages if isinstance(message, CampaignChanged))
        )
        disturbed = {change.campaign.id for change in changes if change.counts_otherwise}
        for change in changes:
            campaign = change.campaign
            self._changed.add(campaign.id)
            self.outcome.brought |= {_campaign_name(campaign.id)} if change.is_new else set()
            self.outcome.brought |= {
                _indicator_name(campaign.id, number) for number in campaign.numbers.indicators.values()
            }
        touched = set(await trees.campaigns_touched_by(self.connection, units))
        touched |= {change.campaign.id for change in changes}
        for campaign_id, campaign in (await copies.known_campaigns(self.connection, touched)).items():
            tree = await trees.refresh_tree(self.connection, campaign)
            self.outcome.brought |= {_unit_name(campaign_id, unit_id) for unit_id in tree.joined}
            if tree.changed:
                self._changed.add(campaign_id)
            if tree.is_disturbed:
                disturbed.add(campaign_id)
        for campaign_id in sorted(disturbed):
            await rebuild_campaign(self.connection, campaign_id)

    async def take_sources(self, messages: Sequence[SourceChanged]) -> None:
        """The sources are known."""
        stored = await copies.store_sources(self.connection, (message.source for message in messages))
        self.outcome.brought |= {_source_name(source_id) for source_id in stored}

    async def take_plans(self, messages: Sequence[tuple[tuple[uuid.UUID, int], PlanIssued]]) -> None:
        """The plans are stored; where one is complete, the quotas in force follow from it."""
        if not messages:
            return
        await self._know_campaigns({message.plan.campaign_id for _, message in messages})
        units: defaultdict[int, set[int]] = defaultdict(set)
        for _, message in messages:
            units[message.plan.campaign_id] |= {line.unit_id for line in message.lines}
        places = {campaign_id: await self._places(campaign_id, wanted) for campaign_id, wanted in units.items()}
        ready: list[PlanIssued] = []
        for key, message in messages:
            campaign_id = message.plan.campaign_id
            if campaign_id not in self.campaigns:
                self.outcome.waits[key] = _campaign_name(campaign_id)
                continue
            missing = next((line.unit_id for line in message.lines if line.unit_id not in places[campaign_id]), None)
            if missing is not None:
                self.outcome.waits[key] = _unit_name(campaign_id, missing)
                continue
            ready.append(message)
        for campaign_id, families in (await store_plans(self.connection, ready, places)).items():
            await reckon_quotas(self.connection, campaign_id, families)
            self._changed.add(campaign_id)

    async def take_rows(self, messages: Sequence[tuple[tuple[uuid.UUID, int], RowsRecorded]]) -> None:
        """The rows are in the log, and what they change has been passed up."""
        if not messages:
            return
        await self._know_campaigns({message.batch.campaign_id for _, message in messages})
        sources = await copies.known_sources(self.connection, (message.batch.source_id for _, message in messages))
        units: defaultdict[int, set[int]] = defaultdict(set)
        for _, message in messages:
            units[message.batch.campaign_id].update(message.rows.unit_id)
        places = {campaign_id: await self._places(campaign_id, wanted) for campaign_id, wanted in units.items()}
        ready: defaultdict[int, list[RowsRecorded]] = defaultdict(list)
        for key, message in messages:
            campaign_id = message.batch.campaign_id
            needs = self._missing_for(message, sources, places[campaign_id])
            if needs is None:
                ready[campaign_id].append(message)
            else:
                self.outcome.waits[key] = needs
        voided = await copies.voided_of(
            self.connection, {one.batch.acknowledgement for some in ready.values() for one in some}
        )
        for campaign_id, recorded in sorted(ready.items()):
            counted = [one for one in recorded if one.batch.acknowledgement not in voided]
            if counted:
                await record_rows(self.connection, self.campaigns[campaign_id], counted, places[campaign_id])
            # A void may be told before the rows that it withdraws.
            for one in recorded:
                if one.batch.acknowledgement in voided:
                    await log(self.connection, campaign_id, one, places[campaign_id])
            self._changed.add(campaign_id)

    async def take_voids(self, messages: Sequence[tuple[tuple[uuid.UUID, int], BatchVoided]]) -> None:
        """The batches are withdrawn, and whatever of their rows has come no longer counts."""
        if not messages:
            return
        await self._know_campaigns({message.batch.campaign_id for _, message in messages})
        ready: defaultdict[int, set[int]] = defaultdict(set)
        for key, message in messages:
            campaign_id = message.batch.campaign_id
            if campaign_id not in self.campaigns:
                self.outcome.waits[key] = _campaign_name(campaign_id)
                continue
            await copies.store_void(self.connection, message)
            ready[campaign_id].add(message.batch.acknowledgement)
        for campaign_id, acknowledgements in sorted(ready.items()):
            await withdraw(self.connection, self.campaigns[campaign_id], acknowledgements)
            self._changed.add(campaign_id)

    async def take_closures(self, messages: Sequence[tuple[tuple[uuid.UUID, int], PeriodClosed]]) -> None:
        """What was closed is known. No figure follows from it, so that the campaign's version stays."""
        if not messages:
            return
        await self._know_campaigns({message.campaign_id for _, message in messages})
        known = []
        for key, message in messages:
            if message.campaign_id in self.campaigns:
                known.append(message)
            else:
                self.outcome.waits[key] = _campaign_name(message.campaign_id)
        await copies.store_closures(self.connection, known)

    def _missing_for(self, message: RowsRecorded, sources: set[int], places: dict[int, Place]) -> str | None:
        batch, rows = message.batch, message.rows
        campaign = self.campaigns.get(batch.campaign_id)
        if campaign is None:
            return _campaign_name(batch.campaign_id)
        if batch.source_id not in sources:
            return _source_name(batch.source_id)
        unknown = set(rows.indicator_no) - set(campaign.numbers.indicators.values())
        if unknown:
            return _indicator_name(batch.campaign_id, min(unknown))
        misplaced = set(rows.unit_id) - places.keys()
        if misplaced:
            return _unit_name(batch.campaign_id, min(misplaced))
        return None

    async def bump_versions(self) -> None:
        """Each campaign of which something changed has a version of its own."""
        if self._changed:
            await self.connection.execute(
                "UPDATE campaign_copy SET version = version + 1 WHERE id = ANY ($1::bigint[])", sorted(self._changed)
            )

    async def _know_campaigns(self, ids: set[int]) -> None:
        self.campaigns |= await copies.known_campaigns(self.connection, ids - self.campaigns.keys())

    async def _places(self, campaign_id: int, unit_ids: set[int]) -> dict[int, Place]:
        return await trees.places(self.connection, campaign_id, unit_ids)


def _campaign_name(campaign_id: int) -> str:
    return f"campaign:{campaign_id}"


def _indicator_name(campaign_id: int, number: int) -> str:
    return f"campaign:{campaign_id}/indicator:{number}"


def _unit_name(campaign_id: int, unit_id: int) -> str:
    return f"campaign:{campaign_id}/unit:{unit_id}"


def _source_name(source_id: int) -> str:
    return f"source:{source_id}"
