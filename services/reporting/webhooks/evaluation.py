"""Once a day, when its reports are due, hooks are told who is behind, what is missing, differs or cannot be."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import structlog

from services.chassis.app import Chassis
from services.chassis.database import TRANSIENT_DATABASE_FAULTS, Database
from services.chassis.lease import Lease, LeaseLost
from services.contracts.compliance import ReportDue
from services.contracts.definitions import CampaignDefinition
from services.contracts.figures import Figure
from services.contracts.reconciliation import Reconciliation
from services.contracts.words import Band, ReportStatus
from services.reporting.compliance.survey import page_of, required, survey, units_of_level
from services.reporting.contradictions.assembly import contradictions_of
from services.reporting.figures.assembly import figures_of
from services.reporting.figures.queries import units_under
from services.reporting.figures.subjects import subjects_of
from services.reporting.reading import before_the_wall
from services.reporting.reconciliation.assembly import reconciliations
from services.reporting.snapshots.content import FROZEN_LEVELS
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight, CampaignNotFound, campaign_in_sight
from services.reporting.visibility.queries import fetch_campaigns
from services.reporting.webhooks.queries import (
    Hook,
    NewDelivery,
    add_deliveries,
    add_evaluation,
    fetch_last_evaluated,
    hooks_told_of,
)
from services.reporting.webhooks.rules import Event
from services.reporting.webhooks.telling import as_reader, deliveries_of

log = structlog.get_logger("webhooks")

LOOK_SECONDS = 30.0
MOST_DAYS_BACK = 7
"""Days that nobody evaluated because nothing ran are made good for, as many as these."""
_UNITS_AT_ONCE = 500
_MOST_REPORTS = 100_000

Items = Sequence[dict[str, Any]]


def due_day(campaign: CampaignDefinition, now: datetime) -> date | None:
    """The newest campaign day whose reports are due by now; where nothing says when, a day closes at midnight."""
    rule, zone = campaign.compliance, ZoneInfo(campaign.time_zone)
    hour, days_after = (rule.due_hour, rule.due_days_after) if rule else (0, 1)
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=days_after)
    due_at = datetime.combine(local.date(), time(0), zone) + timedelta(hours=hour)
    day = min(day if local >= due_at else day - timedelta(days=1), campaign.last_day)
    return day if day >= campaign.first_day else None


def days_to_evaluate(campaign: CampaignDefinition, last_evaluated: date | None, now: datetime) -> list[date]:
    """Those that are due and were not looked at yet, oldest first; of a campaign that nobody looked at, the newest."""
    newest = due_day(campaign, now)
    if newest is None:
        return []
    if last_evaluated is None:
        return [newest]
    first = max(last_evaluated + timedelta(days=1), newest - timedelta(days=MOST_DAYS_BACK - 1))
    return [first + timedelta(days=one) for one in range((newest - first).days + 1)]


async def units_behind(connection: asyncpg.Connection, campaign: CampaignInSight, view: View) -> Items:
    """Authorities and indicators that are behind their pace."""
    units = await units_under(
        connection,
        campaign,
        ancestor_id=campaign.definition.unit_id,
        depth=None,
        level=None,
        beginning=None,
        limit=None,
    )
    chosen = [one for one in units if one.level in FROZEN_LEVELS]
    names = {one.code: one.name for one in chosen}
    subjects = subjects_of(campaign, campaign.counted_indicators())
    found: list[dict[str, Any]] = []
    for start in range(0, len(chosen), _UNITS_AT_ONCE):
        figures = await figures_of(connection, campaign, chosen[start : start + _UNITS_AT_ONCE], subjects, view)
        found += [_behind(one, names[one.unit]) for one in figures if one.band is Band.BEHIND and one.pace is not None]
    return found


def _behind(figure: Figure, name: str) -> dict[str, Any]:
    assert figure.pace is not None
    return {
        "unit": figure.unit,
        "name": name,
        "level": figure.level,
        "indicator": figure.indicator,
        "quota": figure.quota,
        "achieved": figure.achieved,
        "expected": figure.pace.expected,
        "difference": figure.pace.difference,
        "days_left": figure.pace.days_left,
    }


async def reports_missing(connection: asyncpg.Connection, campaign: CampaignInSight, view: View) -> Items:
    """Reports of the day that were owed and did not come; none where the campaign asks for none."""
    own = campaign.unpublished
    if own.sight.is_blind or own.definition.compliance is None:
        return []
    level = required(own).level
    units = await units_of_level(connection, own, level)
    found = await survey(connection, own, units, level=level, first=view.as_of, last=view.as_of, view=view)
    places, _ = page_of(found, after=(-1, 0, 0), statuses=[ReportStatus.MISSING], limit=_MOST_REPORTS)
    return [_missing(one) for one in await found.reports(connection, places)]


def _missing(one: ReportDue) -> dict[str, Any]:
    told = msgspec.to_builtins(one)
    return {name: told[name] for name in ("unit", "source", "day", "report", "due_at")} | {"indicators": one.missing}


async def discrepancies(connection: asyncpg.Connection, campaign: CampaignInSight, view: View) -> Items:
    """Where a source differs from whoever speaks by more than the tolerance, at the level that is reconciled."""
    own = campaign.unpublished
    if own.sight.is_blind or own.definition.commendation is None:
        return []
    found: list[dict[str, Any]] = []
    indicators = own.reconciled_indicators()
    for level in dict.fromkeys(one.reconciliation_level for one in indicators):
        units = await units_of_level(connection, own, level)
        of_level = [one for one in indicators if one.reconciliation_level is level]
        for start in range(0, len(units), _UNITS_AT_ONCE):
            some = units[start : start + _UNITS_AT_ONCE]
            for one in await reconciliations(connection, own, some, of_level, view):
                found += _differing(one)
    return found


def _differing(one: Reconciliation) -> list[dict[str, Any]]:
    return [
        {
            "unit": one.unit,
            "indicator": one.indicator,
            "outcome": one.outcome,
            "source": source.source,
            "value": source.group_value,
            "compared_with": source.compared_with,
            "difference": source.difference,
            "since": source.beyond_since,
        }
        for source in one.sources
        if source.beyond_tolerance
    ]


async def contradictions(connection: asyncpg.Connection, campaign: CampaignInSight, view: View) -> Items:
    """What was told of the token's own authorities and cannot all be right."""
    own = campaign.unpublished
    if own.sight.is_blind:
        return []
    definition = own.definition
    units = await units_under(
        connection, own, ancestor_id=definition.unit_id, depth=None, level=None, beginning=None, limit=None
    )
    chosen = [one for one in units if one.level in FROZEN_LEVELS]
    found = await contradictions_of(connection, own, chosen, definition.indicators, view)
    return [msgspec.to_builtins(one) for _, one in found]


Look = Callable[[asyncpg.Connection, CampaignInSight, View], Awaitable[Items]]
LOOKS: dict[Event, Look] = {
    Event.UNIT_BEHIND_PACE: units_behind,
    Event.REPORT_MISSING: reports_missing,
    Event.DISCREPANCY: discrepancies,
    Event.CONTRADICTION: contradictions,
}


class Evaluating:
    """Background work of reporting, under a lease: one replica does it."""

    def __init__(self, chassis: Chassis) -> None:
        self._database: Database = chassis.database
        self._clock = chassis.clock
        self._lease = Lease("webhook-evaluation", seconds=120)

    async def run(self) -> None:
        """Evaluates what is due until cancelled."""
        while True:
            try:
                await self.evaluate_due()
            except LeaseLost:
                pass
            except Exception as fault:
                log.warning("evaluation_waits", reason=f"{type(fault).__name__}: {fault}")
            await asyncio.sleep(LOOK_SECONDS)

    async def evaluate_due(self) -> int:
        """How many days of campaigns were evaluated; a campaign that cannot be holds up no other.

        Raises: LeaseLost where another replica is at it.
        """
        async with self._database.unit_of_work(actor="webhooks") as work:
            if not await self._lease.acquire(work.connection):
                raise LeaseLost(self._lease.name)
            now = work.moment
            campaigns = await fetch_campaigns(work.connection, None)
            last = await fetch_last_evaluated(work.connection)
        count = 0
        for campaign in campaigns:
            try:
                for day in days_to_evaluate(campaign, last.get(campaign.id), now):
                    await self._evaluate(campaign, day, now)
                    count += 1
            except (LeaseLost, *TRANSIENT_DATABASE_FAULTS):
                raise
            except Exception as fault:
                log.error("evaluation_fails", campaign=campaign.code, exc_info=fault)
        return count

    async def _evaluate(self, campaign: CampaignDefinition, day: date, now: datetime) -> None:
        """The day counts as evaluated with the deliveries that it makes, or not at all."""
        deliveries: list[NewDelivery] = []
        for event, look in LOOKS.items():
            async with self._database.reading() as connection:
                hooks = await hooks_told_of(connection, event, campaign.code)
            for hook in hooks:
                await self._go_on()
                items = await self._seen_by(hook, look, campaign, View(day, None, now))
                deliveries += deliveries_of(
                    event, hook, campaign, key=f"{campaign.code}/{day}", moment=now, about={"as_of": day}, items=items
                )
        async with self._database.unit_of_work(actor="webhooks") as work:
            await self._lease.confirm(work.connection)
            await add_deliveries(work.connection, deliveries, now)
            await add_evaluation(work.connection, campaign.id, day, now)

    async def _go_on(self) -> None:
        """The lease lasts from one look to the next: a day of many hooks takes longer than it. Raises: LeaseLost."""
        async with self._database.unit_of_work(actor="webhooks") as work:
            await self._lease.confirm(work.connection)

    async def _seen_by(self, hook: Hook, look: Look, campaign: CampaignDefinition, view: View) -> Items:
        """What the hook's maker would see, behind the second wall as any reader."""
        reader = as_reader(hook)
        async with self._database.reading(before_the_wall(reader)) as connection:
            try:
                seen = await campaign_in_sight(connection, campaign.code, reader)
            except CampaignNotFound:
                return []
            return await look(connection, seen, view)
