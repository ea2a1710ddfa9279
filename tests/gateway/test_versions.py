"""Versions heard over the real bus, and asked for where it is silent."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from gateway.clients.reporting import ReportingReader
from gateway.versions import FRESH_SECONDS, KnownVersions, State
from services.chassis.service_client import ServiceClient
from services.chassis.tracing import Tracing
from services.contracts.versions import Versions
from tests.support.stack import Stack


def told(units: int = 1, *, epoch: str = "e", **campaigns: int) -> bytes:
    return msgspec.json.encode(Versions(epoch, units, campaigns))


@pytest.fixture
async def reporting(graph: Stack) -> AsyncIterator[ReportingReader]:
    client = ServiceClient(graph.urls["reporting"], name="reporting", tracing=Tracing(service="test", collector=None))
    await client.open()
    yield ReportingReader(client, token=graph.token("reporting:read"), consistency=None)
    await client.close()


@pytest.fixture
async def database(databases: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(databases["reporting"])
    yield connection
    await connection.close()


async def test_the_higher_number_counts_within_an_epoch(reporting: ReportingReader) -> None:
    now = 0.0
    versions = KnownVersions(tick=lambda: now)
    versions.hear(told(5, a=3, b=1))
    versions.hear(told(4, a=2, c=7))
    versions.hear(b"no versions")
    assert [await versions.of(code, reporting) for code in "abcd"] == [
        State("e", 5, 3),
        State("e", 5, 1),
        State("e", 5, 7),
        State("e", 5, None),
    ]
    versions.hear(told(1, epoch="restored", a=1))
    assert await versions.of("a", reporting) == State("restored", 1, 1)
    assert await versions.of("b", reporting) == State("restored", 1, None)


async def test_what_was_heard_last_is_believed_for_a_second(
    reporting: ReportingReader, database: asyncpg.Connection
) -> None:
    now = 0.0
    versions = KnownVersions(tick=lambda: now)
    assert not versions.is_fresh
    versions.hear(told(bp=99))
    now = FRESH_SECONDS
    assert (await versions.of("bp", reporting)).campaign == 99
    now = FRESH_SECONDS + 0.01
    assert (await versions.of("bp", reporting)).campaign == await database.fetchval("SELECT version FROM campaign_copy")


async def test_who_waits_for_a_change_is_woken_by_it(reporting: ReportingReader) -> None:
    versions = KnownVersions()
    versions.hear(told(a=1, b=1))
    seen = await versions.of("a", reporting)
    waiting = asyncio.create_task(versions.another(seen, "a", reporting, within=10))
    await asyncio.sleep(0)
    versions.hear(told(a=1, b=2))
    versions.hear(told(a=2, b=2))
    async with asyncio.timeout(0.5):
        assert (await waiting).campaign == 2
    assert (await versions.another(await versions.of("a", reporting), "a", reporting, within=0.01)).campaign == 2


async def test_where_the_bus_is_silent_the_change_is_asked_for(
    reporting: ReportingReader, database: asyncpg.Connection
) -> None:
    versions = KnownVersions()
    seen = await versions.of("bp", reporting)
    waiting = asyncio.create_task(versions.another(seen, "bp", reporting, within=10))
    await database.execute("UPDATE campaign_copy SET version = version + 1")
    async with asyncio.timeout(2):
        assert (await waiting) != seen
