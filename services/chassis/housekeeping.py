"""What has been kept long enough goes: events that everybody has, the memory of old ones, answered keys."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog

from services.chassis.bus import Bus
from services.chassis.consistency import INBOX_KEEPS
from services.chassis.database import Database
from services.chassis.lease import Lease, LeaseLost
from services.chassis.writes import KEEPS as KEYS_KEPT

log = structlog.get_logger("housekeeping")

OUTBOX_KEEPS = timedelta(hours=24)
FIRST_AFTER_SECONDS = 60.0
EVERY_SECONDS = 600.0
AT_ONCE = 5_000

_OUTBOX = """
    DELETE FROM outbox WHERE seq IN (
        SELECT seq FROM outbox WHERE stream_seq <= $1 AND recorded_at < $2 ORDER BY stream_seq LIMIT $3
    )
"""
_INBOX = """
    DELETE FROM inbox WHERE (origin, write_id, part) IN (
        SELECT origin, write_id, part FROM inbox WHERE applied_at < $1 ORDER BY applied_at LIMIT $2
    )
"""
_KEYS = """
    DELETE FROM idempotency WHERE (caller, method, path, key, day) IN (
        SELECT caller, method, path, key, day FROM idempotency WHERE day <= $1 AND kept_at < $2 ORDER BY day LIMIT $3
    )
"""


class Housekeeping:
    """Deletes, a few rows at a time, under a lease: replicas do not get in each other's way."""

    def __init__(self, database: Database, bus: Bus, chores: Sequence[str] = ()) -> None:
        """`chores`: statements of the service's own, each run by itself each time."""
        self.database = database
        self.bus = bus
        self.chores = chores
        self.lease = Lease("housekeeping", seconds=60)

    async def run(self) -> None:
        """Tidies up every ten minutes until cancelled; what cannot be done now is done the next time."""
        await asyncio.sleep(FIRST_AFTER_SECONDS)
        while True:
            try:
                await self.tidy_up()
            except LeaseLost:
                pass
            except Exception as fault:
                log.warning("housekeeping_fails", reason=f"{type(fault).__name__}: {fault}")
            await asyncio.sleep(EVERY_SECONDS)

    async def tidy_up(self) -> dict[str, int]:
        """How many rows went, by table. Raises: LeaseLost where another replica is at it."""
        async with self.database.unit_of_work(actor="housekeeping") as work:
            if not await self.lease.acquire(work.connection):
                raise LeaseLost(self.lease.name)
            moment = work.moment
        keys_from = moment - KEYS_KEPT
        gone = {
            "inbox": await self._delete(_INBOX, moment - INBOX_KEEPS),
            "idempotency": await self._delete(_KEYS, keys_from.date(), keys_from),
            "outbox": 0,
        }
        acknowledged = await self.bus.acknowledged(self.database.service)
        if acknowledged is not None:
            gone["outbox"] = await self._delete(_OUTBOX, acknowledged, moment - OUTBOX_KEEPS)
        for chore in self.chores:
            async with self.database.unit_of_work(actor="housekeeping") as work:
                await self.lease.confirm(work.connection)
                # Whatever else keeps the table, a vacuum for instance, goes first; the next time will do.
                await work.connection.execute("SET LOCAL lock_timeout = '1s'")
                await work.connection.execute(chore)
        log.info("tidied_up", **gone)
        return gone

    async def _delete(self, statement: str, *values: Any) -> int:
        total = 0
        while True:
            async with self.database.unit_of_work(actor="housekeeping") as work:
                await self.lease.confirm(work.connection)
                answer = await work.connection.execute(statement, *values, AT_ONCE)
            count = int(answer.rpartition(" ")[2])
            total += count
            if count < AT_ONCE:
                return total
