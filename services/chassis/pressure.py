"""Backpressure: who writes is told to come back when what was recorded is not carried away and applied fast enough.

The outbox is a queue on disk. It may grow while the bus or a consumer rests, but not for ever.
"""

import asyncio
import math
import time
from collections.abc import Callable

import structlog

from services.chassis.bus import QUESTION_FAULTS, NatsBus
from services.chassis.database import TRANSIENT_DATABASE_FAULTS, Database
from services.chassis.observability import REFUSED_UNDER_LOAD
from services.chassis.problems import Refusal

log = structlog.get_logger("pressure")

LOOK_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60
_UNPUBLISHED = "SELECT count(*) FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT $1) AS waiting"


class Backlogged(Refusal):
    """{behind} writes wait to be applied elsewhere, and this process takes new ones below {limit}; nothing was done."""

    status = 503
    code = "backlogged"
    title = "Too much waits to be applied"
    remedy = "Send the same request again after `Retry-After` seconds, which follows from how fast the backlog falls."


class Pressure:
    """How many events of this service are not yet applied by whoever is furthest behind."""

    def __init__(
        self, database: Database, bus: NatsBus, *, limit: int, tick: Callable[[], float] = time.monotonic
    ) -> None:
        self.database = database
        self.bus = bus
        self.limit = limit
        self.behind = 0
        self._falls_a_second = 0.0
        self._tick = tick
        self._looked_at: float | None = None

    async def run(self) -> None:
        """Looks every second until cancelled."""
        while True:
            try:
                await self.look()
            except TRANSIENT_DATABASE_FAULTS as fault:
                log.debug("cannot_look", reason=type(fault).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """What waits in the outbox and on the bus is known as of now."""
        async with self.database.connected() as connection:
            unpublished: int = await connection.fetchval(_UNPUBLISHED, self.limit + 1)
        try:
            on_the_bus = await self.bus.furthest_behind(self.database.service)
        except QUESTION_FAULTS:
            on_the_bus = 0
        now, behind = self._tick(), unpublished + on_the_bus
        if self._looked_at is not None and now > self._looked_at:
            self._falls_a_second = max(0.0, (self.behind - behind) / (now - self._looked_at))
        self.behind, self._looked_at = behind, now

    def check(self) -> None:
        """Raises: Backlogged, with an honest `Retry-After`, where too much waits."""
        if self.behind < self.limit:
            return
        seconds = LONGEST_RETRY_SECONDS
        if self._falls_a_second > 0:
            seconds = min(seconds, math.ceil((self.behind - self.limit + 1) / self._falls_a_second))
        REFUSED_UNDER_LOAD.labels(Backlogged.code).inc()
        raise Backlogged(behind=self.behind, limit=self.limit, headers={"Retry-After": str(max(1, seconds))})
