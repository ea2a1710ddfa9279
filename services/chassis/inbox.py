"""The inbox: each event of another service is applied once, in any order, however often it arrives."""

import asyncio
import contextlib
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence

import msgspec
import structlog

from services.chassis.bus import Bus, Delivery, StreamMissing, Subscription
from services.chassis.consistency import Consistency
from services.chassis.database import TRANSIENT_DATABASE_FAULTS, Database, UnitOfWork
from services.chassis.lease import Lease, LeaseLost
from services.chassis.observability import EVENT_AGE, EVENTS_APPLIED, EVENTS_WAITING
from services.chassis.tracing import Tracing

log = structlog.get_logger("inbox")

_FAULT = "fault"
LONGEST_PAUSE_SECONDS = 1.0
NO_STREAM_PAUSE_SECONDS = 0.2


class Event(msgspec.Struct, frozen=True):
    """One event of `origin`: part number `part` of the write `write_id`."""

    origin: str
    write_id: uuid.UUID
    part: int
    kind: str
    payload: bytes


class Outcome(msgspec.Struct):
    """What became of the events of one call: those that wait for a thing, and the things that came.

    `waits` maps an event to the name of what it needs; `brought` holds names in the same form.
    """

    waits: dict[tuple[uuid.UUID, int], str] = msgspec.field(default_factory=dict)
    brought: set[str] = msgspec.field(default_factory=set)


def _recorded_at(event: Event) -> float:
    """The moment that its write's version 7 id bears, in seconds since 1970."""
    return (event.write_id.int >> 80) / 1000


Apply = Callable[[UnitOfWork, Sequence[Event]], Awaitable[Outcome]]


class Load(msgspec.Struct, frozen=True):
    """How much is applied at once: so many `events`, and of what `weigh` says of each, `most` in all.

    One event that weighs more than that is applied alone.
    """

    events: int = 64
    weigh: Callable[[Event], int] = lambda _: 1
    most: int = 1_000_000

    def shares(self, events: Iterable[Event]) -> Iterator[list[Event]]:
        """The events in their order, in slices none of which is heavier."""
        share: list[Event] = []
        weight = 0
        for event in events:
            more = self.weigh(event)
            if share and (weight + more > self.most or len(share) == self.events):
                yield share
                share, weight = [], 0
            share.append(event)
            weight += more
        if share:
            yield share


_NEW = """
    SELECT write_id, part FROM unnest($2::uuid[], $3::int[]) AS event (write_id, part)
    WHERE NOT EXISTS (
        SELECT FROM inbox WHERE origin = $1 AND inbox.write_id = event.write_id AND inbox.part = event.part
    )
"""
_MARK_APPLIED = """
    INSERT INTO inbox (origin, write_id, part, applied_at)
    SELECT origin, write_id, part, $4
    FROM unnest($1::text[], $2::uuid[], $3::int[]) AS event (origin, write_id, part)
    ORDER BY origin, write_id, part
    ON CONFLICT DO NOTHING
"""
_MOVE_HEAD = """
    INSERT INTO inbox_head (origin, write_id, parts, applied_at)
    SELECT $1, $2, count(*), $3 FROM inbox WHERE origin = $1 AND write_id = $2
    ON CONFLICT (origin) DO UPDATE
        SET write_id = excluded.write_id, parts = excluded.parts, applied_at = excluded.applied_at
        WHERE inbox_head.write_id <= excluded.write_id
"""
_LET_WAIT = """
    INSERT INTO waiting_event (origin, write_id, part, kind, payload, needs, explanation, since)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (origin, write_id, part) DO UPDATE SET needs = excluded.needs, explanation = excluded.explanation
"""
_FETCH_WAITING = """
    WITH next AS MATERIALIZED (
        SELECT origin, write_id, part FROM waiting_event
        WHERE needs = ANY ($1::text[]) AND (write_id, part) > ($2, $3)
        ORDER BY write_id, part LIMIT $4
    )
    DELETE FROM waiting_event AS waiting USING next
    WHERE waiting.origin = next.origin AND waiting.write_id = next.write_id AND waiting.part = next.part
    RETURNING waiting.origin, waiting.write_id, waiting.part, waiting.kind, waiting.payload
"""
_BEFORE_ALL = (uuid.UUID(int=0), -1)


_FETCH_FAULTS = """
    SELECT origin, write_id, part, kind, payload FROM waiting_event
    WHERE origin = $1 AND needs = $2 ORDER BY write_id, part
"""
_NO_FAULT_ANY_MORE = """
    DELETE FROM waiting_event USING unnest($1::uuid[], $2::int[]) AS event (write_id, part)
    WHERE waiting_event.write_id = event.write_id AND waiting_event.part = event.part AND needs = $3
"""


class Consumer:
    """Applies the events of `origin` to this service, in one transaction a batch, under a lease.

    A batch is whatever has come meanwhile: one event when little happens, as much as `load` allows when much does.
    `kinds` (None: all) are handed to `apply`; of the others it is only noted that they came, since a Consistency-Token
    names them too. A service that honours no tokens of `origin` lets the bus leave them out (`leave_out_others`).
    """

    def __init__(
        self,
        *,
        database: Database,
        bus: Bus,
        origin: str,
        apply: Apply,
        consistency: Consistency,
        kinds: frozenset[str] | None = None,
        leave_out_others: bool = False,
        load: Load | None = None,
        lease_seconds: float = 5.0,
        tracing: Tracing | None = None,
    ) -> None:
        self.database = database
        self.bus = bus
        self.origin = origin
        self.apply = apply
        self.consistency = consistency
        self.kinds = kinds
        self.leave_out_others = leave_out_others
        self.load = load or Load()
        self.lease = Lease(f"consumer:{origin}", seconds=lease_seconds)
        self.tracing = tracing or Tracing(service=database.service, collector=None)
        self._resubscribe = asyncio.Event()
        self._oldest: float | None = None
        bus.on_connection(self._resubscribe.set)

    @property
    def lag_seconds(self) -> float:
        """Age of the oldest event in hand; 0 where there is none."""
        return 0.0 if self._oldest is None else max(0.0, time.time() - self._oldest)

    async def run(self) -> None:
        """Consumes until cancelled; faults are retried with a pause that grows, nothing is dropped."""
        pause = 0.1
        while True:
            subscription: Subscription | None = None
            try:
                if not await self.hold_lease():
                    await asyncio.sleep(self.lease.seconds / 5)
                    continue
                self._resubscribe.clear()
                wanted = self.kinds if self.leave_out_others else None
                subscription = await self.bus.subscribe(self.origin, self.database.service, wanted)
                pause = 0.1
                await self.retry_faults()
                await self._consume(subscription)
            except LeaseLost:
                log.info("lease_lost", origin=self.origin)
            except StreamMissing:
                await asyncio.sleep(NO_STREAM_PAUSE_SECONDS)
            except asyncio.CancelledError:
                await self._release_lease()
                raise
            except Exception as fault:
                log.warning(
                    "consumer_retries",
                    origin=self.origin,
                    reason=f"{type(fault).__name__}: {fault}",
                    pause_seconds=pause,
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            finally:
                if subscription is not None:
                    await subscription.close()

    async def _consume(self, subscription: Subscription) -> None:
        while not self._resubscribe.is_set():
            deliveries = await subscription.take(self.load.events, within=self.lease.seconds / 3)
            if not deliveries:
                if not await self.hold_lease():
                    raise LeaseLost(self.lease.name)
                if not await subscription.is_alive():
                    log.warning("subscription_is_dead", origin=self.origin)
                    return
                continue
            await self.receive(deliveries)

    async def receive(self, deliveries: Sequence[Delivery]) -> None:
        """Every delivery has had its effect, or waits, durably; then it is acknowledged."""
        waiting = iter(deliveries)
        for events in self.load.shares(map(self._event, deliveries)):
            await self._receive_share(list(itertools.islice(waiting, len(events))), events)

    async def _receive_share(self, deliveries: Sequence[Delivery], events: Sequence[Event]) -> None:
        self._oldest = min(map(_recorded_at, events))
        with self.tracing.applying(self.origin, (delivery.trace for delivery in deliveries)):
            await self._apply_all(events)
        now = time.time()
        for event in events:
            EVENT_AGE.labels(self.origin).observe(max(0.0, now - _recorded_at(event)))
        self._oldest = None
        EVENTS_APPLIED.labels(self.origin).inc(len(deliveries))
        await self.consistency.tell_applied()
        await asyncio.gather(*(delivery.acknowledge() for delivery in deliveries))

    async def _apply_all(self, events: Sequence[Event]) -> None:
        try:
            await self.commit(events)
        except (LeaseLost, *TRANSIENT_DATABASE_FAULTS):
            raise
        except Exception as fault:
            # One of them fails: find it, so that it does not hold the others up.
            log.warning(
                "batch_fails", origin=self.origin, events=len(events), reason=f"{type(fault).__name__}: {fault}"
            )
            for event in events:
                await self._commit_alone(event)

    def _event(self, delivery: Delivery) -> Event:
        write_id, part = delivery.event_id.split("/")
        return Event(self.origin, uuid.UUID(write_id), int(part), delivery.kind, delivery.payload)

    async def _commit_alone(self, event: Event) -> None:
        try:
            await self.commit([event])
        except (LeaseLost, *TRANSIENT_DATABASE_FAULTS):
            raise
        except Exception as fault:
            log.error("event_fails", origin=self.origin, kind=event.kind, write_id=str(event.write_id), exc_info=fault)
            async with self.database.unit_of_work(actor="consumer") as work:
                await self.lease.confirm(work.connection)
                await self._let_wait(work, event, _FAULT, f"{type(fault).__name__}: {fault}")

    async def retry_faults(self) -> None:
        """Events that failed are tried once more, each alone: the bug may have been mended since."""
        async with self.database.reading() as connection:
            rows = await connection.fetch(_FETCH_FAULTS, self.origin, _FAULT)
        for row in rows:
            await self._commit_alone(Event(row["origin"], row["write_id"], row["part"], row["kind"], row["payload"]))

    async def commit(self, events: Sequence[Event]) -> None:
        """Applies those of `events` that are new, and those that waited for what they bring, in one transaction."""
        async with self.database.unit_of_work(actor="consumer") as work:
            await self.lease.confirm(work.connection)
            seen = await work.connection.fetch(
                _NEW, self.origin, [event.write_id for event in events], [event.part for event in events]
            )
            new = {(row["write_id"], row["part"]) for row in seen}
            todo: list[Event] = []
            for event in events:
                if (event.write_id, event.part) in new:
                    new.discard((event.write_id, event.part))
                    todo.append(event)
            await self._forget_faults(work, events)
            brought = await self._apply_new(work, todo)
            while brought:
                names, brought = brought, set()
                async for some in self._no_longer_waiting(work, names):
                    for share in self.load.shares(some):
                        brought |= await self._apply_new(work, share)

    async def _apply_new(self, work: UnitOfWork, events: Sequence[Event]) -> set[str]:
        """They have had their effect, or wait; answers what came with them."""
        known = [event for event in events if self._is_handed_on(event)]
        outcome = await self.apply(work, known) if known else Outcome()
        for event in events:
            needs = outcome.waits.get((event.write_id, event.part))
            if needs is not None:
                await self._let_wait(work, event, needs, None)
        await self._mark(work, [event for event in events if (event.write_id, event.part) not in outcome.waits])
        return outcome.brought

    async def _forget_faults(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        """None of them is kept as failed; should one fail now, this is rolled back with the rest."""
        await work.connection.execute(
            _NO_FAULT_ANY_MORE, [event.write_id for event in events], [event.part for event in events], _FAULT
        )

    def _is_handed_on(self, event: Event) -> bool:
        """Whether `apply` gets the event; one of another origin that has waited was chosen by its own consumer."""
        return event.origin != self.origin or self.kinds is None or event.kind in self.kinds

    async def _mark(self, work: UnitOfWork, applied: Sequence[Event]) -> None:
        if not applied:
            return
        await work.connection.execute(
            _MARK_APPLIED,
            [event.origin for event in applied],
            [event.write_id for event in applied],
            [event.part for event in applied],
            work.moment,
        )
        newest: dict[str, uuid.UUID] = {}
        for event in applied:
            newest[event.origin] = max(newest.get(event.origin, event.write_id), event.write_id)
        for origin, write_id in sorted(newest.items()):
            await work.connection.execute(_MOVE_HEAD, origin, write_id, work.moment)

    async def _let_wait(self, work: UnitOfWork, event: Event, needs: str, explanation: str | None) -> None:
        EVENTS_WAITING.labels(self.origin).inc()
        await work.connection.execute(
            _LET_WAIT,
            event.origin,
            event.write_id,
            event.part,
            event.kind,
            event.payload,
            needs,
            explanation,
            work.moment,
        )

    async def _no_longer_waiting(self, work: UnitOfWork, brought: set[str]) -> AsyncIterator[list[Event]]:
        """All that waited for one of these things, by the time at which it was told, so many at once."""
        last = _BEFORE_ALL
        while rows := await work.connection.fetch(_FETCH_WAITING, sorted(brought), *last, self.load.events):
            found = sorted(
                (Event(row["origin"], row["write_id"], row["part"], row["kind"], row["payload"]) for row in rows),
                key=lambda event: (event.write_id, event.part),
            )
            yield found
            last = (found[-1].write_id, found[-1].part)

    async def hold_lease(self) -> bool:
        """Takes or renews the right to consume; False while another replica has it."""
        async with self.database.connected() as connection:
            return await self.lease.acquire(connection)

    async def _release_lease(self) -> None:
        """Where the database does not answer, the lease runs out by itself."""
        with contextlib.suppress(*TRANSIENT_DATABASE_FAULTS):
            async with asyncio.timeout(1), self.database.connected() as connection:
                await self.lease.release(connection)
