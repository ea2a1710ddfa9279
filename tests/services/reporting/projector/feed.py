"""Events fed to the projector as its consumers commit them, and the tables that come of it."""

import contextlib
import datetime
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from services.chassis.bus import NatsBus
from services.chassis.consistency import Consistency
from services.chassis.database import Database, UnitOfWork, uuid7
from services.chassis.inbox import Apply, Consumer, Event, Outcome
from services.contracts.definitions import (
    CampaignDefinition,
    Document,
    IndicatorDefinition,
    Numbers,
    PlanHeader,
    PlanLine,
    Rounding,
    SourceDefinition,
    UnitDefinition,
)
from services.contracts.events import (
    BatchHeader,
    BatchVoided,
    CampaignChanged,
    PeriodClosed,
    PlanIssued,
    RowColumns,
    RowsRecorded,
    SourceChanged,
    UnitsChanged,
    day_number,
)
from services.contracts.words import IndicatorKind, Level, SourceKind, TargetOn
from services.reporting.projector.consumers import ORIGINS
from services.reporting.projector.projection import KINDS, Message, project
from services.reporting.projector.rebuild import DERIVED, rebuild_campaign
from tests.support.clock import MovableClock

FIRST_DAY = datetime.date(2024, 4, 4)
NOON = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)

LOGGED = ("campaign_unit", "campaign_closure", "plan_copy", "plan_line_copy", "batch_copy", "fact")


class Died(Exception):
    """The process died before its commit."""


class Feed:
    """The projector on one database."""

    def __init__(self, url: str, nats_url: str) -> None:
        self.database = Database(url, service="reporting", clock=MovableClock(), pool_size=4)
        self._nats_url = nats_url
        self.consumers = self._new_consumers()

    def _new_consumers(self) -> dict[str, Consumer]:
        consistency = Consistency(service="reporting", consumes=frozenset(ORIGINS), wait_seconds=1)
        return {
            origin: Consumer(
                database=self.database,
                bus=NatsBus(self._nats_url, prefix="unused", name="unused"),
                origin=origin,
                apply=project,
                consistency=consistency,
                kinds=KINDS,
                lease_seconds=60,
            )
            for origin in ORIGINS
        }

    async def open(self) -> None:
        async with self.database.unit_of_work(actor="test") as work:
            for consumer in self.consumers.values():
                assert await consumer.lease.acquire(work.connection)

    async def restart(self) -> None:
        """Another process has taken over: nothing is in memory but what the database holds."""
        async with self.database.unit_of_work(actor="test") as work:
            for consumer in self.consumers.values():
                await consumer.lease.release(work.connection)
        self.consumers = self._new_consumers()
        await self.open()

    async def die_over(self, messages: Sequence[tuple[uuid.UUID, Message]]) -> None:
        """All of it was applied, and the process died before the commit; another one has taken over."""
        for consumer in self.consumers.values():
            consumer.apply = _die_after(consumer.apply)
        with contextlib.suppress(Died):
            await self.deliver(messages)
        await self.restart()

    async def tell(self, *messages: Message) -> None:
        """Each message is an event of its own; neighbours of one origin are committed together."""
        await self.deliver([(uuid7(), message) for message in messages])

    async def deliver(self, messages: Sequence[tuple[uuid.UUID, Message]]) -> None:
        batch: list[Event] = []
        for write_id, message in messages:
            event = event_of(write_id, message)
            if batch and batch[0].origin != event.origin:
                await self.consumers[batch[0].origin].commit(batch)
                batch = []
            batch.append(event)
        if batch:
            await self.consumers[batch[0].origin].commit(batch)

    async def knows(self, campaign_id: int) -> bool:
        """Whether the campaign has come."""
        return bool(await self.rows("SELECT id FROM campaign_copy WHERE id = $1", campaign_id))

    async def rebuild(self, campaign_id: int) -> None:
        async with self.database.unit_of_work(actor="test") as work:
            await rebuild_campaign(work.connection, campaign_id)

    async def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        async with self.database.reading() as connection:
            return [dict(row) for row in await connection.fetch(query, *values)]

    async def table(self, name: str, campaign_id: int) -> list[dict[str, Any]]:
        rows = await self.rows(f"SELECT * FROM {name} WHERE campaign_id = $1", campaign_id)
        return sorted(rows, key=repr)

    async def tables(self, campaign_id: int) -> dict[str, list[dict[str, Any]]]:
        """All that follows from the events about a campaign."""
        return {name: await self.table(name, campaign_id) for name in (*LOGGED, *DERIVED)}

    async def total(
        self, unit_id: int, *, day: int = 90, indicator: int = 1, cohort: int = 0, outcome: int = 1
    ) -> int | None:
        """What the roll-up says of a unit up to a day after the first; None where nothing is known."""
        (row,) = await self.rows(
            "SELECT coalesce(sum(delta), 0)::bigint AS value, coalesce(sum(known), 0) AS known FROM rollup_day"
            " WHERE unit_id = $1 AND indicator_no = $2 AND cohort_no = $3 AND outcome_no = $4 AND day <= $5",
            unit_id,
            indicator,
            cohort,
            outcome,
            day_of(day),
        )
        return row["value"] if row["known"] else None

    async def quota(self, unit_id: int, *, day: int = 90, cohort: int = 0) -> tuple[int, int] | None:
        """(amount, basis) in force."""
        rows = await self.rows(
            "SELECT amount, basis FROM quota_step WHERE unit_id = $1 AND indicator_no = 1 AND cohort_no = $2"
            " AND from_day <= $3 ORDER BY from_day DESC LIMIT 1",
            unit_id,
            cohort,
            day_of(day),
        )
        return (rows[0]["amount"], rows[0]["basis"]) if rows and rows[0]["amount"] is not None else None


def _die_after(apply: Apply) -> Apply:
    async def apply_and_die(work: UnitOfWork, events: Sequence[Event]) -> Outcome:
        await apply(work, events)
        raise Died

    return apply_and_die


def event_of(write_id: uuid.UUID, message: Message) -> Event:
    kind = str(type(message).__struct_config__.tag)
    origin = "progress" if isinstance(message, SourceChanged | RowsRecorded | BatchVoided | PeriodClosed) else "quota"
    return Event(origin, write_id, 0, kind, msgspec.json.encode(message))


def day_of(day: int) -> datetime.date:
    return FIRST_DAY + datetime.timedelta(days=day)


def unit(
    unit_id: int,
    level: Level,
    parent: int | None = None,
    *,
    revision: int = 1,
    name: str | None = None,
    valid_to: datetime.date | None = None,
) -> UnitDefinition:
    """Code and name follow from the id."""
    return UnitDefinition(
        id=unit_id,
        code=f"u{unit_id}",
        level=level,
        kind="x",
        parent_code=None if parent is None else f"u{parent}",
        name=name or f"Đơn vị {unit_id}",
        valid_from=None,
        valid_to=valid_to,
        revision=revision,
    )


def units(*some: UnitDefinition) -> UnitsChanged:
    return UnitsChanged(list(some))


def indicator(
    number: int,
    authority: Iterable[Iterable[str]],
    *,
    level: Level = Level.COMMUNE,
    kind: IndicatorKind = IndicatorKind.QUOTA,
) -> IndicatorDefinition:
    """Its code is `i` and the number."""
    return IndicatorDefinition(
        code=f"i{number}",
        kind=kind,
        name={"vi": "x"},
        measure="x",
        target_rate="1",
        target_on=TargetOn.RAW,
        counts_baseline=False,
        reconciliation_level=level,
        authority=tuple(tuple(group) for group in authority),
    )


def campaign(
    *indicators: IndicatorDefinition, top: int = 1, campaign_id: int = 1, revision: int = 1, extra_numbers: int = 0
) -> CampaignChanged:
    return CampaignChanged(
        CampaignDefinition(
            id=campaign_id,
            code=f"c{campaign_id}",
            name={"vi": "x"},
            unit=f"u{top}",
            unit_id=top,
            first_day=FIRST_DAY,
            last_day=day_of(90),
            time_zone="Asia/Ho_Chi_Minh",
            hierarchy_day=FIRST_DAY,
            rounding=Rounding(),
            indicators=indicators,
            numbers=Numbers(indicators={one.code: int(one.code[1:]) for one in indicators}, cohorts={}, reasons={}),
            revision=revision,
        )
    )


def source(source_id: int, *, revision: int = 1) -> SourceChanged:
    """Its code is `s` and the id."""
    return SourceChanged(
        SourceDefinition(
            id=source_id, code=f"s{source_id}", name="x", kind=SourceKind.OPERATOR, reports=(), revision=revision
        )
    )


def row(
    unit_id: int,
    day: int,
    value: int,
    *,
    indicator: int = 1,
    cohort: int = 0,
    outcome: int = 1,
    reason: int = 0,
    cumulative: bool = False,
) -> tuple[int, ...]:
    """A row on a day after the first."""
    return (unit_id, indicator, cohort, outcome, reason, day_number(FIRST_DAY) + day, int(cumulative), value)


def report(
    source_id: int,
    acknowledgement: int,
    *rows: tuple[int, ...],
    labels: Iterable[str] = (),
    received_at: datetime.datetime = NOON,
    campaign_id: int = 1,
) -> RowsRecorded:
    return RowsRecorded(
        tenant=0,
        batch=BatchHeader(
            id=uuid.uuid5(uuid.NAMESPACE_OID, f"{campaign_id}/{acknowledgement}"),
            acknowledgement=acknowledgement,
            campaign_id=campaign_id,
            campaign=f"c{campaign_id}",
            source_id=source_id,
            source=f"s{source_id}",
            received_at=received_at,
            labels=tuple(labels),
        ),
        rows=RowColumns(*(list(column) for column in zip(*rows, strict=True))),
    )


def void(report: RowsRecorded, *, hours: float = 24) -> BatchVoided:
    """The batch of the report withdrawn, so many hours after noon."""
    return BatchVoided(batch=report.batch, voided_at=NOON + datetime.timedelta(hours=hours), reason="x")


def plan(
    *lines: tuple[int, int],
    family: int = 1,
    revision: int = 1,
    day: int = 0,
    total: int | None = None,
    cohort: int = 0,
    campaign_id: int = 1,
) -> PlanIssued:
    """Lines are (unit, amount); each has a tenth of its amount as baseline."""
    return plan_of(
        *(PlanLine(unit_id, 1, cohort, amount, amount // 10, False) for unit_id, amount in lines),
        family=family,
        revision=revision,
        day=day,
        total=total,
        campaign_id=campaign_id,
    )


def plan_of(
    *lines: PlanLine,
    family: int = 1,
    revision: int = 1,
    day: int = 0,
    total: int | None = None,
    campaign_id: int = 1,
) -> PlanIssued:
    return PlanIssued(
        plan=PlanHeader(
            id=uuid.uuid5(uuid.NAMESPACE_OID, f"plan {campaign_id}/{family}/{revision}"),
            campaign_id=campaign_id,
            family=uuid.uuid5(uuid.NAMESPACE_OID, f"family {campaign_id}/{family}"),
            revision=revision,
            unit_id=None,
            document=Document(f"{family}/KH", day_of(day)),
            issued_at=NOON,
            lines_total=len(lines) if total is None else total,
        ),
        lines=list(lines),
    )
