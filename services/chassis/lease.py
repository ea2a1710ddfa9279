"""A lease row with an epoch: at most one replica does a piece of background work at a time.

The row is checked inside each transaction of the worker, so that a replica which was paused
past its lease cannot commit; that works behind a transaction pooler too, unlike advisory locks.
"""

import uuid

import asyncpg

_ACQUIRE = """
    INSERT INTO lease (name, holder, epoch, expires_at) VALUES ($1, $2, 1, now() + make_interval(secs => $3))
    ON CONFLICT (name) DO UPDATE
        SET holder = excluded.holder,
            epoch = lease.epoch + CASE WHEN lease.holder = excluded.holder THEN 0 ELSE 1 END,
            expires_at = excluded.expires_at
        WHERE lease.expires_at < now() OR lease.holder = excluded.holder
    RETURNING epoch
"""


class LeaseLost(Exception):
    """Another replica has taken the work over; this transaction must not commit."""


class Lease:
    """The right to do the work called `name`, for `seconds` after each sign of life."""

    def __init__(self, name: str, *, seconds: float) -> None:
        self.name = name
        self.seconds = seconds
        self.holder = uuid.uuid4()
        self.epoch: int | None = None

    async def acquire(self, connection: asyncpg.Connection) -> bool:
        """Takes or renews the lease; False while another replica holds it."""
        self.epoch = await connection.fetchval(_ACQUIRE, self.name, self.holder, self.seconds)
        return self.epoch is not None

    async def confirm(self, connection: asyncpg.Connection) -> None:
        """The lease is ours until this transaction ends; it is renewed along the way.

        Raises: LeaseLost.
        """
        held = await connection.fetchval(
            "UPDATE lease SET expires_at = now() + make_interval(secs => $4)"
            " WHERE name = $1 AND holder = $2 AND epoch = $3 RETURNING true",
            self.name,
            self.holder,
            self.epoch,
            self.seconds,
        )
        if not held:
            self.epoch = None
            raise LeaseLost(self.name)

    async def release(self, connection: asyncpg.Connection) -> None:
        """Another replica may take it at once."""
        await connection.execute(
            "UPDATE lease SET expires_at = now() WHERE name = $1 AND holder = $2", self.name, self.holder
        )
