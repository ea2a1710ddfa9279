import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest

from services.chassis.bus import NatsBus
from services.chassis.database import Database
from services.chassis.local_issuer import LocalIssuer
from services.quota.settings import QuotaSettings
from tests.services.chassis.app import create_app
from tests.support.clock import MovableClock
from tests.support.servers import Servers
from tests.support.stack import Stack, serving


@pytest.fixture
def settings(servers: Servers, databases: dict[str, str], issuer_files: Path) -> QuotaSettings:
    return QuotaSettings(
        quota_database_url=databases["quota"],
        nats_url=servers.nats_url,
        stream_prefix=f"t{uuid.uuid4().hex[:12]}",
        jwks_file=issuer_files / "jwks.json",
        log_level="error",
        pool_size=8,
        consistency_wait_seconds=0.3,
    )


@pytest.fixture
async def things(
    settings: QuotaSettings, databases: dict[str, str], issuer_files: Path, clock: MovableClock
) -> AsyncIterator[Stack]:
    """The small service, as `things` of a stack."""
    connection = await asyncpg.connect(databases["quota"])
    await connection.execute("CREATE TABLE thing (name text PRIMARY KEY, size bigint NOT NULL)")
    await connection.close()
    app = create_app(settings, clock=clock)
    async with serving({"things": app}) as urls:
        stack = Stack(
            issuer=LocalIssuer.from_file(issuer_files / "key.json"),
            clock=clock,
            urls=urls,
            databases=databases,
            prefix=settings.stream_prefix,
        )
        stack.apps["things"] = app
        try:
            yield stack
        finally:
            await stack.close()


@pytest.fixture
def client(things: Stack) -> httpx2.AsyncClient:
    return things.client("things")


@pytest.fixture
async def maker(databases: dict[str, str], clock: MovableClock) -> AsyncIterator[Database]:
    """The database of a service that records events."""
    database = Database(databases["quota"], service="quota", clock=clock, pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def taker(databases: dict[str, str], clock: MovableClock) -> AsyncIterator[Database]:
    """The database of a service that applies them, into the table `seen`."""
    connection = await asyncpg.connect(databases["progress"])
    await connection.execute("CREATE TABLE seen (place bigint GENERATED ALWAYS AS IDENTITY, name text)")
    await connection.close()
    database = Database(databases["progress"], service="progress", clock=clock, pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def bus(settings: QuotaSettings) -> AsyncIterator[NatsBus]:
    """A connection to the NATS of the test run, with streams of the test's own."""
    bus = NatsBus(settings.nats_url, prefix=settings.stream_prefix, name="test")
    await bus.connect()
    yield bus
    await bus.close()
