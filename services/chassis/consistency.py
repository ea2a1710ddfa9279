"""Waiting, for a bounded time, until this service has seen what a Consistency-Token names."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import asyncpg

from services.chassis.consistency_tokens import NotYetConsistent, Recorded, decode_tokens, encode_token
from services.chassis.database import Database

INBOX_KEEPS = timedelta(days=7)


class Consistency:
    """Waits until the inbox of this service holds what a token names."""

    def __init__(self, *, service: str, consumes: frozenset[str], wait_seconds: float) -> None:
        self.service = service
        self.consumes = consumes
        self.wait_seconds = wait_seconds
        self._applied = asyncio.Condition()

    async def tell_applied(self) -> None:
        """Wakes whoever waits: events have just been applied in this process."""
        async with self._applied:
            self._applied.notify_all()

    async def wait_for(self, header: str, database: Database) -> None:
        """Returns once everything named is visible here.

        What this service itself recorded is visible already; origins that it does not consume name nothing here.
        Raises: TokenMalformed, NotYetConsistent (after `wait_seconds`).
        """
        oldest_kept = datetime.now(UTC) - INBOX_KEEPS
        open_ = [one for one in decode_tokens(header) if one.origin in self.consumes and one.recorded_at > oldest_kept]
        if not open_:
            return
        deadline = asyncio.get_running_loop().time() + self.wait_seconds
        while True:
            async with database.reading() as connection:
                open_ = [one for one in open_ if not await _is_applied(connection, one)]
            remaining = deadline - asyncio.get_running_loop().time()
            if not open_:
                return
            if remaining <= 0:
                raise NotYetConsistent(seconds=self.wait_seconds, headers={"Retry-After": "1"})
            async with self._applied:
                with contextlib.suppress(TimeoutError):
                    # Another replica may be the one that applies, hence the short bound.
                    await asyncio.wait_for(self._applied.wait(), timeout=min(remaining, 0.02))


async def _is_applied(connection: asyncpg.Connection, recorded: Recorded) -> bool:
    applied = await connection.fetchval(
        "SELECT count(*) FROM inbox WHERE origin = $1 AND write_id = $2", recorded.origin, recorded.write_id
    )
    return int(applied) >= recorded.parts


async def head_token(connection: asyncpg.Connection) -> str:
    """The token of the newest writes that this snapshot has seen, one per origin."""
    rows = await connection.fetch("SELECT origin, write_id, parts FROM inbox_head ORDER BY origin")
    return encode_token(Recorded(row["origin"], row["write_id"], row["parts"]) for row in rows)
