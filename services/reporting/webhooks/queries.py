"""SQL behind webhooks."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import asyncpg

_HOOK = "id, owner, code, url, events, campaigns, units, secret, active, revision, created_at"
_BY_OWNER = f"SELECT {_HOOK} FROM webhook WHERE $1::text IS NULL OR owner = $1 ORDER BY owner, code"
_BY_CODE = f"SELECT {_HOOK} FROM webhook WHERE owner = $1 AND code = $2 FOR UPDATE"
_TOLD_OF = f"""
    SELECT {_HOOK} FROM webhook
    WHERE active AND $1 = ANY (events) AND (campaigns IS NULL OR $2 = ANY (campaigns)) ORDER BY id
"""
_PUT = f"""
    INSERT INTO webhook ({_HOOK}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (id) DO UPDATE
        SET url = excluded.url, events = excluded.events, campaigns = excluded.campaigns, units = excluded.units,
            secret = excluded.secret, active = excluded.active, revision = excluded.revision
"""
_ADD = """
    INSERT INTO webhook_delivery (id, webhook_id, event, key, body, state, due_at, created_at)
    VALUES ($1, $2, $3, $4, $5, 'pending', $6, $6) ON CONFLICT (webhook_id, key) DO NOTHING
"""
# SKIP LOCKED and a due moment that is set ahead: replicas take different rows, and what a dead one took comes back.
_TAKE = """
    UPDATE webhook_delivery AS one SET attempts = one.attempts + 1, due_at = $2
    FROM webhook AS hook
    WHERE hook.id = one.webhook_id AND one.id IN (
        SELECT due.id FROM webhook_delivery AS due JOIN webhook ON webhook.id = due.webhook_id
        WHERE due.state = 'pending' AND due.due_at <= $1 AND webhook.active
        ORDER BY due.due_at LIMIT $3 FOR UPDATE OF due SKIP LOCKED
    )
    RETURNING one.id, hook.url, hook.secret, one.body, one.attempts
"""
_SETTLE = """
    UPDATE webhook_delivery
    SET state = $2, status = $3, fault = $4, due_at = coalesce($5, due_at),
        settled_at = CASE WHEN $2 = 'pending' THEN NULL ELSE $6::timestamptz END
    WHERE id = $1 AND state = 'pending' AND attempts = $7
"""
_SHOWN = "id, event, state, attempts, due_at, status, fault, created_at, settled_at"
_PAGE = f"""
    SELECT {_SHOWN} FROM webhook_delivery
    WHERE webhook_id = $1 AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR id < $3)
    ORDER BY id DESC LIMIT $4
"""
_AGAIN = f"""
    UPDATE webhook_delivery SET state = 'pending', attempts = 0, due_at = $3, settled_at = NULL
    WHERE webhook_id = $1 AND id = $2 AND state <> 'pending' RETURNING {_SHOWN}
"""
_OLD = "DELETE FROM webhook_delivery WHERE state <> 'pending' AND settled_at < $1"


NewDelivery = tuple[uuid.UUID, uuid.UUID, str, str, str]
"""Id, hook, event, key and body."""


class Hook(NamedTuple):
    """A webhook, with its secret."""

    id: uuid.UUID
    owner: str
    code: str
    url: str
    events: list[str]
    campaigns: list[str] | None
    units: list[str]
    secret: str
    active: bool
    revision: int
    created_at: datetime


class Due(NamedTuple):
    """A delivery that this process sends now."""

    id: uuid.UUID
    url: str
    secret: str
    body: str
    attempts: int


class DeliveryRow(NamedTuple):
    """A delivery as it is shown."""

    id: uuid.UUID
    event: str
    state: str
    attempts: int
    due_at: datetime
    status: int | None
    fault: str | None
    created_at: datetime
    settled_at: datetime | None


async def fetch_hooks(connection: asyncpg.Connection, owner: str | None) -> list[Hook]:
    """Hooks of that owner, of everybody where None."""
    return [Hook(*row) for row in await connection.fetch(_BY_OWNER, owner)]


async def fetch_hook(connection: asyncpg.Connection, owner: str, code: str) -> Hook | None:
    """The owner's hook of that code; nobody else changes it until the transaction ends."""
    row = await connection.fetchrow(_BY_CODE, owner, code)
    return None if row is None else Hook(*row)


async def hooks_told_of(connection: asyncpg.Connection, event: str, campaign: str) -> list[Hook]:
    """Those that want to be told of such events of that campaign."""
    return [Hook(*row) for row in await connection.fetch(_TOLD_OF, event, campaign)]


async def put_hook(connection: asyncpg.Connection, hook: Hook) -> None:
    """The hook is as given."""
    await connection.execute(_PUT, *hook)


async def remove_hook(connection: asyncpg.Connection, hook_id: uuid.UUID) -> None:
    """The hook and its deliveries are gone."""
    await connection.execute("DELETE FROM webhook WHERE id = $1", hook_id)


async def add_deliveries(
    connection: asyncpg.Connection,
    deliveries: Sequence[NewDelivery],
    moment: datetime,
) -> None:
    """Each (id, hook, event, key, body) is due now, unless the hook was told of the key before."""
    await connection.executemany(_ADD, [(*one, moment) for one in sorted(deliveries, key=lambda one: (one[1], one[3]))])


async def take_due(connection: asyncpg.Connection, now: datetime, *, hold: timedelta, limit: int) -> list[Due]:
    """Deliveries that are due, each counted as attempted; they come back after `hold` unless they are settled."""
    return [Due(*row) for row in await connection.fetch(_TAKE, now, now + hold, limit)]


async def settle(
    connection: asyncpg.Connection,
    due: Due,
    *,
    state: str,
    status: int | None,
    fault: str | None,
    again_at: datetime | None,
    now: datetime,
) -> None:
    """What became of the attempt; a later one of another process is not touched."""
    await connection.execute(_SETTLE, due.id, state, status, fault, again_at, now, due.attempts)


async def fetch_deliveries(
    connection: asyncpg.Connection, hook_id: uuid.UUID, *, state: str | None, before: uuid.UUID | None, limit: int
) -> list[DeliveryRow]:
    """Newest first."""
    return [DeliveryRow(*row) for row in await connection.fetch(_PAGE, hook_id, state, before, limit)]


async def send_again(
    connection: asyncpg.Connection, hook_id: uuid.UUID, delivery_id: uuid.UUID, now: datetime
) -> DeliveryRow | None:
    """The delivery is due now, all attempts before it; None where there is none that was settled."""
    row = await connection.fetchrow(_AGAIN, hook_id, delivery_id, now)
    return None if row is None else DeliveryRow(*row)


async def fetch_last_evaluated(connection: asyncpg.Connection) -> dict[int, date]:
    """By campaign, the newest day that was evaluated."""
    return dict(await connection.fetch("SELECT campaign_id, max(day) FROM webhook_evaluation GROUP BY 1"))


async def add_evaluation(connection: asyncpg.Connection, campaign_id: int, day: date, moment: datetime) -> None:
    """The day of the campaign has been evaluated."""
    await connection.execute(
        "INSERT INTO webhook_evaluation VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", campaign_id, day, moment
    )


async def forget_settled(connection: asyncpg.Connection, before: datetime) -> None:
    """Deliveries that were settled before are gone."""
    await connection.execute(_OLD, before)
