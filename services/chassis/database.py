"""PostgreSQL: units of work that commit once, and reading connections that cannot write."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import asyncpg
import msgspec
import orjson
import sqlalchemy.exc
from sqlalchemy import event as events
from sqlalchemy import text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import QueuePool
from sqlmodel.ext.asyncio.session import AsyncSession

from services.chassis.clock import Clock
from services.chassis.consistency_tokens import Recorded, encode_token
from services.chassis.problems import Refusal
from services.chassis.request_context import request_id
from services.chassis.tracing import current_parent

T = TypeVar("T")

TRANSIENT_DATABASE_FAULTS = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
)
"""What passes by itself: a lost connection, a shutdown, a full disk or pool, a deadlock."""

MAX_EVENT_BYTES = 1_000_000
"""What NATS takes in one message, less its headers; senders aim at half of it."""

_CONNECTION_UNUSABLE = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The driver has lost track of the connection: seen when a server died between two statements."""

# Who acts, and at whose request: the audit's triggers read them.
_ACT_AS = text("SELECT set_config('bonphu.actor', :actor, true), set_config('bonphu.request', :request, true)")
_ACT_AND_SHARE = text("""
    SELECT set_config('bonphu.actor', :actor, true), set_config('bonphu.request', :request, true), bool_and(one.lock)
    FROM (
        SELECT pg_try_advisory_xact_lock_shared(hashtextextended(name, 0)) AS lock
        FROM unnest(CAST(:shares AS text[])) AS name
    ) AS one
""")
HOLD_WAITS_SECONDS = 2.0
"""Whoever waits to hold a name keeps all out that want to share it: this long at most."""
SHARE_WAITS_SECONDS = 5.0
_SHARE_PAUSES = (0.01, 0.2)
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_LOCK_TIMEOUT = "SELECT set_config('lock_timeout', $1, true)"
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_INSERT_OUTBOX = """
    INSERT INTO outbox (write_id, part, kind, tenant, payload, recorded_at, trace)
    SELECT $1, part, kind, tenant, payload, $2, $7
    FROM unnest($3::int[], $4::text[], $5::bigint[], $6::bytea[]) AS event (part, kind, tenant, payload)
    ORDER BY part
"""


class InTheWay(Refusal):
    """Something else that is under way keeps this request out, for longer than it may wait; nothing was done."""

    status = 503
    code = "in_the_way"
    title = "Something else is under way"
    remedy = "Send the same request again after `Retry-After` seconds: a large load or a withdrawal ends by itself."

    def __init__(self, *, seconds: int) -> None:
        super().__init__(headers={"Retry-After": str(seconds)})


class EventTooLarge(ValueError):
    """No bus would take this event: whoever records it has to cut it into several."""


def uuid7() -> uuid.UUID:
    """A UUID of version 7: its first 48 bits are the milliseconds since 1970, so that ids sort by time."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = uuid.uuid4().int & ((1 << 74) - 1)
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)


@asynccontextmanager
async def underway(statement: Coroutine[Any, Any, T]) -> AsyncGenerator[asyncio.Task[T]]:
    """The statement has been sent before the block begins and answered when it ends; the block does not await.

    Where the block raises, the statement is ended.
    """
    task = asyncio.ensure_future(statement)
    try:
        await asyncio.sleep(0)
        yield task
    except BaseException:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
    await task


class UnitOfWork:
    """One transaction: its effects and the events that tell of them become visible together, or not at all."""

    def __init__(
        self, sql: AsyncConnection, connection: asyncpg.Connection, *, service: str, moment: datetime, actor: str
    ) -> None:
        self._sql = sql
        self._session: AsyncSession | None = None
        self.connection = connection
        self.service = service
        self.moment = moment
        self.actor = actor
        self.write_id = uuid7()
        self._events: list[tuple[str, int | None, bytes]] = []
        self._put_down = 0

    @property
    def session(self) -> AsyncSession:
        """A SQLModel session in this transaction."""
        if self._session is None:
            self._session = AsyncSession(bind=self._sql, expire_on_commit=False)
        return self._session

    async def hold(self, name: str) -> None:
        """Until this transaction ends nobody else holds `name` or shares it; returns once nobody does.

        Whoever shares some names and holds others takes the shared ones first, and all take them in one order.
        Raises: InTheWay where somebody does for long.
        """
        await self.connection.fetchval(_LOCK_TIMEOUT, f"{round(HOLD_WAITS_SECONDS * 1000)}ms")
        try:
            await self.connection.execute(_HOLD, name)
        except asyncpg.LockNotAvailableError as fault:
            raise InTheWay(seconds=10) from fault
        await self.connection.fetchval(_LOCK_TIMEOUT, "0")

    def record(self, event: msgspec.Struct, *, tenant: int | None = None) -> None:
        """The event leaves for the bus once this unit of work has committed. Its kind is the struct's tag."""
        kind = type(event).__struct_config__.tag
        if not isinstance(kind, str):
            raise TypeError(f"{type(event).__name__} has no tag; events are tagged structs")
        payload = msgspec.json.encode(event)
        if len(payload) > MAX_EVENT_BYTES:
            raise EventTooLarge(f"{kind} has {len(payload)} bytes")
        self._events.append((kind, tenant, payload))

    @property
    def recorded(self) -> Recorded | None:
        """What this unit of work records, or None where it records nothing."""
        count = self._put_down + len(self._events)
        return Recorded(self.service, self.write_id, count) if count else None

    @property
    def consistency_token(self) -> str:
        """The opaque name of what this unit of work records; empty where it records nothing."""
        return encode_token([self.recorded]) if self.recorded else ""

    def forget_events(self) -> None:
        """What was recorded so far is not: its effect has been rolled back to a savepoint."""
        self._events.clear()
        self._put_down = 0
        if self._session is not None:
            self._session.expunge_all()

    async def flush_session(self) -> None:
        """Changes of session objects are in the transaction."""
        if self._session is not None:
            await self._session.flush()

    async def flush(self) -> None:
        """Writes session changes and recorded events into the transaction. Called by the database before commit."""
        await self.flush_session()
        await self.put_down_events()

    async def put_down_events(self) -> None:
        """What was recorded so far is in the transaction and no longer in memory; for whoever records very much."""
        if self._events:
            kinds, tenants, payloads = zip(*self._events, strict=True)
            await self.connection.execute(
                _INSERT_OUTBOX,
                self.write_id,
                self.moment,
                list(range(self._put_down, self._put_down + len(self._events))),
                list(kinds),
                list(tenants),
                list(payloads),
                current_parent(),
            )
            self._put_down += len(self._events)
            self._events.clear()


class Database:
    """The schema of one service behind one pool of connections."""

    def __init__(self, url: str, *, service: str, clock: Clock, pool_size: int = 10) -> None:
        self.url = url
        self.service = service
        self.clock = clock
        self.engine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            # The connection that was used last: its statements are planned, those of one that has rested may not be.
            pool_use_lifo=True,
            # jsonb comes back as Python values, on the raw connection too.
            json_deserializer=orjson.loads,
            connect_args={
                "server_settings": {"application_name": f"bonphu-{service}", "timezone": "UTC"},
                "timeout": 5,
            },
        )
        events.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self.after_commit: list[Callable[[UnitOfWork], None]] = []

    @asynccontextmanager
    async def unit_of_work(self, *, actor: str, shares: Sequence[str] = ()) -> AsyncGenerator[UnitOfWork]:
        """Commits at the end of the block, rolls back where it raises; a failing commit raises too.

        It begins once nobody holds one of the names that it `shares` (`UnitOfWork.hold`) or waits to, and sees what
        they did. While it waits it has no connection, so that whoever wants something else finds one.
        Raises: InTheWay where that takes long.
        """
        pause, longest = _SHARE_PAUSES
        until = time.monotonic() + SHARE_WAITS_SECONDS
        while True:
            async with self._pooled() as sql, sql.begin():
                work = await self._begin(sql, actor, shares)
                if work is not None:
                    yield work
                    await work.flush()
                    break
            if time.monotonic() >= until:
                raise InTheWay(seconds=5)
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)
        if work.recorded:
            for tell in self.after_commit:
                tell(work)

    async def _begin(self, sql: AsyncConnection, actor: str, shares: Sequence[str]) -> UnitOfWork | None:
        acts = {"actor": actor, "request": request_id()}
        if shares:
            # One statement for both; the next one sees what was committed before the locks were free.
            (*_, are_free), *_ = await sql.execute(_ACT_AND_SHARE, {**acts, "shares": list(shares)})
            if not are_free:
                return None
        else:
            await sql.execute(_ACT_AS, acts)
        connection = await _driver(sql)
        return UnitOfWork(sql, connection, service=self.service, moment=self.clock.now(), actor=actor)

    @asynccontextmanager
    async def reading(self, settings: str = "") -> AsyncGenerator[asyncpg.Connection]:
        """One read-only snapshot: every query of the block sees the same state.

        `settings`: statements that begin it, sent with it in one round trip. The driver's own transactions take one for
        the beginning alone, and cannot be begun inside the block.
        """
        async with self.connected() as connection:
            try:
                await connection.execute(f"{_BEGIN_READING}; {settings}")
                yield connection
                await connection.execute("COMMIT")
            except BaseException:
                if connection.is_in_transaction():
                    await connection.execute("ROLLBACK")
                raise

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[asyncpg.Connection]:
        """A connection on which every statement commits by itself, for what the chassis does in the background."""
        async with self._pooled() as sql:
            yield await _driver(sql)

    @asynccontextmanager
    async def _pooled(self) -> AsyncGenerator[AsyncConnection]:
        """A connection of the pool; one that is of no use any more does not go back to it.

        What passes by itself is raised as the driver told it, also where SQLAlchemy has wrapped it in a general error.
        """
        try:
            async with self.engine.connect() as sql:
                try:
                    yield sql
                except Exception as fault:
                    if isinstance(_cause(fault), _CONNECTION_UNUSABLE):
                        await sql.invalidate()
                    raise
        except sqlalchemy.exc.DBAPIError as fault:
            cause = _cause(fault)
            if isinstance(cause, TRANSIENT_DATABASE_FAULTS):
                raise cause from fault
            raise

    @property
    def in_use(self) -> int:
        """How many connections of the pool somebody has."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    async def close(self) -> None:
        """No connection is open."""
        await self.engine.dispose()


def _refuse_closed(connection: DBAPIConnection, _record: object, _fairy: object) -> None:
    """The pool makes a new connection in the place of one that the server or the network has closed.

    SQLAlchemy does not learn of it otherwise, since our statements go to the driver; asking asyncpg costs nothing,
    a ping would cost every request a round trip.
    """
    if getattr(connection, "driver_connection").is_closed():  # noqa: B009  (asyncpg's adapter has it)
        raise sqlalchemy.exc.DisconnectionError


def _cause(fault: BaseException) -> BaseException | None:
    """What the driver said, where SQLAlchemy has wrapped it."""
    wrapped = fault.orig if isinstance(fault, sqlalchemy.exc.DBAPIError) else None
    return fault if wrapped is None else wrapped.__cause__


async def _driver(sql: AsyncConnection) -> asyncpg.Connection:
    raw = await sql.get_raw_connection()
    connection = raw.driver_connection
    assert connection is not None
    return connection
