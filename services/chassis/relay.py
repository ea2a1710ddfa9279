"""The relay: recorded events leave the outbox for the bus, each at least once.

The outbox is the source of truth. Each row keeps the sequence that it got on the stream; a stream that is made anew
goes on above all of them. So a row whose sequence the stream does not hold is not on it, and is published again.
"""

import asyncio
import contextlib
import itertools

import structlog

from services.chassis.bus import Bus
from services.chassis.database import Database, UnitOfWork
from services.chassis.observability import OUTBOX_PUBLISHED

log = structlog.get_logger("relay")

# Never "rows above the last id": a transaction with a lower id may commit later.
# SKIP LOCKED lets replicas share the work.
_TAKE = """
    SELECT seq, write_id, part, kind, payload, trace FROM outbox
    WHERE published_at IS NULL ORDER BY seq {direction} LIMIT $1 FOR UPDATE SKIP LOCKED
"""
# By turns from both ends: what is recorded now does not wait behind a day's events when a stream is filled again.
_OLDEST, _NEWEST = _TAKE.format(direction="ASC"), _TAKE.format(direction="DESC")
# Nobody waits for the disk here: a mark that a crash loses has its event published once more, which has no effect.
MARK = """
    UPDATE outbox SET published_at = now(), stream_seq = published.stream_seq
    FROM unnest($1::bigint[], $2::bigint[]) AS published (seq, stream_seq),
        (SELECT set_config('synchronous_commit', 'off', true)) AS at_leisure
    WHERE outbox.seq = published.seq
"""
# Only up to what was the highest before the stream was asked: another replica may be publishing.
_LOST = """
    UPDATE outbox SET published_at = NULL, stream_seq = NULL
    WHERE stream_seq <= $1 AND (stream_seq < $2 OR stream_seq > $3)
"""
BATCH = 256
IDLE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 1.0
COMPARE_SECONDS = 30.0


class Relay:
    """Publishes unpublished outbox rows, woken by commits of this process and by a slow poll for those of others."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self.database = database
        self.bus = bus
        self.fault: str | None = None
        self._wake = asyncio.Event()
        self._compare_at = 0.0
        self._turns = itertools.cycle((_OLDEST, _NEWEST))
        database.after_commit.append(self._on_commit)
        bus.on_connection(self._on_connection)

    def _on_commit(self, work: UnitOfWork) -> None:
        self._wake.set()

    def _on_connection(self) -> None:
        self._compare_at = 0.0
        self._wake.set()

    async def run(self) -> None:
        """Publishes until cancelled; a fault of bus or database is retried with a pause that grows."""
        pause, now = 0.1, asyncio.get_running_loop().time
        while True:
            self._wake.clear()
            try:
                if now() >= self._compare_at:
                    self._compare_at = now() + COMPARE_SECONDS
                    await self.refill()
                while await self.publish_some() == BATCH:
                    pass
                pause, self.fault = 0.1, None
            except Exception as fault:
                self._compare_at, self.fault = 0.0, type(fault).__name__
                log.warning("relay_retries", reason=f"{type(fault).__name__}: {fault}", pause_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), IDLE_SECONDS)

    async def refill(self) -> int:
        """Rows that the stream does not hold (any more) are unpublished; answers how many there were."""
        async with self.database.reading() as connection:
            highest = await connection.fetchval("SELECT coalesce(max(stream_seq), 0) FROM outbox")
        held = await self.bus.held(self.database.service, above=highest)
        async with self.database.unit_of_work(actor="relay") as work:
            answer = await work.connection.execute(_LOST, highest, held.first, held.last)
        lost = int(answer.rpartition(" ")[2])
        if lost:
            log.warning("stream_is_filled_again", events=lost, first_seq=held.first, last_seq=held.last)
        return lost

    async def publish_some(self) -> int:
        """Publishes up to a batch of events; answers how many it did.

        Raises: the first fault of the bus, once the events that it did take are marked.
        """
        if not self.bus.is_connected:
            raise ConnectionError("the bus does not answer")
        async with self.database.connected() as connection, connection.transaction():
            rows = await connection.fetch(next(self._turns), BATCH)
            if not rows:
                return 0
            answers = await asyncio.gather(
                *(
                    self.bus.publish(
                        self.database.service,
                        row["kind"],
                        f"{row['write_id']}/{row['part']}",
                        row["payload"],
                        trace=row["trace"],
                    )
                    for row in rows
                ),
                return_exceptions=True,
            )
            taken = [(row["seq"], answer) for row, answer in zip(rows, answers, strict=True) if isinstance(answer, int)]
            await connection.execute(MARK, [seq for seq, _ in taken], [answer for _, answer in taken])
        OUTBOX_PUBLISHED.inc(len(taken))
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return len(rows)
