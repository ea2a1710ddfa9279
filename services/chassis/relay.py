"""The relay: recorded events leave the outbox for the bus, each at least once."""

import asyncio
import contextlib

import structlog

from services.chassis.bus import Bus
from services.chassis.database import Database, UnitOfWork
from services.chassis.observability import OUTBOX_PUBLISHED

log = structlog.get_logger("relay")

# Never "rows above the last id": a transaction with a lower id may commit later.
# SKIP LOCKED lets replicas share the work.
_TAKE = """
    SELECT seq, write_id, part, kind, payload FROM outbox
    WHERE published_at IS NULL ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED
"""
_MARK = """
    UPDATE outbox SET published_at = now(), stream_seq = published.stream_seq
    FROM unnest($1::bigint[], $2::bigint[]) AS published (seq, stream_seq) WHERE outbox.seq = published.seq
"""
BATCH = 256
IDLE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0


class Relay:
    """Publishes unpublished outbox rows, woken by commits of this process and by a slow poll for those of others."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self.database = database
        self.bus = bus
        self._wake = asyncio.Event()
        database.after_commit.append(self._on_commit)

    def _on_commit(self, work: UnitOfWork) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Publishes until cancelled; a fault of bus or database is retried with a pause that grows."""
        pause = 0.1
        while True:
            self._wake.clear()
            try:
                while await self.publish_some() == BATCH:
                    pass
                pause = 0.1
            except Exception as fault:
                log.warning("relay_retries", reason=f"{type(fault).__name__}: {fault}", pause_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), IDLE_SECONDS)

    async def publish_some(self) -> int:
        """Publishes up to a batch of events; answers how many it did."""
        async with self.database.engine.connect() as sql:
            raw = await sql.get_raw_connection()
            connection = raw.driver_connection
            assert connection is not None
            async with connection.transaction():
                rows = await connection.fetch(_TAKE, BATCH)
                if not rows:
                    return 0
                sequences = await asyncio.gather(
                    *(
                        self.bus.publish(
                            self.database.service, row["kind"], f"{row['write_id']}/{row['part']}", row["payload"]
                        )
                        for row in rows
                    )
                )
                await connection.execute(_MARK, [row["seq"] for row in rows], sequences)
        OUTBOX_PUBLISHED.inc(len(rows))
        return len(rows)
