"""Waiting, for a bounded time, until this service has seen what a Consistency-Token names."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import asyncpg

from services.chassis.consistency_tokens import NotYetConsistent, Recorded, decode_tokens, encode_token
from services.chassis.database import Database

INBOX_KEEPS = timedelta(days=7)
LOOK_SECONDS = 0.02
"""How often the inbox is looked at while somebody waits, since another replica may be the one that applies."""

_APPLIED = """
    SELECT origin, write_id, count(*) AS parts FROM inbox
    WHERE (origin, write_id) IN (SELECT * FROM unnest($1::text[], $2::uuid[]))
    GROUP BY origin, write_id
"""


class Consistency:
    """Waits until the inbox of this service holds what a token names; one look serves all who wait."""

    def __init__(self, *, service: str, consumes: frozenset[str], wait_seconds: float) -> None:
        self.service = service
        self.consumes = consumes
        self.wait_seconds = wait_seconds
        self._applied = asyncio.Condition()
        self._is_new = asyncio.Event()
        self._waiting: Counter[Recorded] = Counter()
        self._seen: dict[Recorded, asyncio.Future[None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def tell_applied(self) -> None:
        """Wakes whoever waits: events have just been applied in this process."""
        self._is_new.set()
        async with self._applied:
            self._applied.notify_all()

    async def something_applied(self, *, within: float) -> None:
        """Returns once events have been applied in this process, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within), self._applied:
                await self._applied.wait()

    async def wait_for(self, header: str, database: Database) -> None:
        """Returns once everything named is visible here.

        What this service itself recorded is visible already; origins that it does not consume name nothing here.
        Raises: TokenMalformed, NotYetConsistent (after `wait_seconds`).
        """
        oldest_kept = datetime.now(UTC) - INBOX_KEEPS
        named = {one for one in decode_tokens(header) if one.origin in self.consumes and one.recorded_at > oldest_kept}
        if not named:
            return
        async with database.reading() as connection:
            open_ = named - await _applied_of(connection, named)
        if open_:
            await self._wait_for_all(open_, database)

    async def _wait_for_all(self, open_: set[Recorded], database: Database) -> None:
        self._waiting.update(open_)
        seen = [self._seen.setdefault(one, asyncio.get_running_loop().create_future()) for one in open_]
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(database), name="consistency-look")
        try:
            async with asyncio.timeout(self.wait_seconds):
                # Shielded: whoever gives up does not end the waiting of others.
                await asyncio.gather(*map(asyncio.shield, seen))
        except TimeoutError:
            raise NotYetConsistent(seconds=self.wait_seconds, headers={"Retry-After": "1"}) from None
        finally:
            self._waiting.subtract(open_)
            for one in open_:
                if self._waiting[one] <= 0:
                    del self._waiting[one]
                    self._seen.pop(one, None)

    async def _look(self, database: Database) -> None:
        """Looks as long as somebody waits: at once when something was applied here, and at short intervals."""
        while self._seen:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_new.wait(), LOOK_SECONDS)
            self._is_new.clear()
            wanted = {one for one, seen in self._seen.items() if not seen.done()}
            if not wanted:
                continue
            try:
                async with database.reading() as connection:
                    applied = await _applied_of(connection, wanted)
            except Exception as fault:
                for one in wanted & self._seen.keys():
                    self._settle(one, fault)
                continue
            for one in applied & self._seen.keys():
                self._settle(one, None)

    def _settle(self, one: Recorded, fault: Exception | None) -> None:
        seen = self._seen[one]
        if seen.done():
            return
        if fault is None:
            seen.set_result(None)
        else:
            seen.set_exception(fault)


async def _applied_of(connection: asyncpg.Connection, named: Iterable[Recorded]) -> set[Recorded]:
    """Those of which all events are in the inbox."""
    asked = list(named)
    rows = await connection.fetch(_APPLIED, [one.origin for one in asked], [one.write_id for one in asked])
    parts = {(row["origin"], row["write_id"]): row["parts"] for row in rows}
    return {one for one in asked if parts.get((one.origin, one.write_id), 0) >= one.parts}


async def head_token(connection: asyncpg.Connection) -> str:
    """The token of the newest writes that this snapshot has seen, one per origin."""
    rows = await connection.fetch("SELECT origin, write_id, parts FROM inbox_head ORDER BY origin")
    return encode_token(Recorded(row["origin"], row["write_id"], row["parts"]) for row in rows)
