"""What reporting announces, heard on the real bus."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import msgspec
import pytest

from services.chassis.bus import NatsBus
from services.contracts.versions import TOPIC, Versions
from tests.services.reporting.support import ReadModel
from tests.support.servers import Servers
from tests.support.stack import Stack
from tests.support.waiting import until


@pytest.fixture
async def heard(reading: Stack, servers: Servers) -> AsyncIterator[list[Versions]]:
    found: list[Versions] = []
    bus = NatsBus(servers.nats_url, prefix=reading.prefix, name="test")
    bus.listen(TOPIC, lambda payload: found.append(msgspec.json.decode(payload, type=Versions)))
    await bus.connect()
    yield found
    await bus.close()


@pytest.fixture
async def database(databases: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(databases["reporting"])
    yield connection
    await connection.close()


async def test_whatever_changes_is_announced_and_silence_is_none(
    heard: list[Versions],
    database: asyncpg.Connection,
    written: Callable[[ReadModel], Awaitable[None]],
) -> None:
    async def newest() -> Versions | None:
        return heard[-1] if heard else None

    await written(ReadModel())
    first = await until(newest, lambda one: one is not None and "bp" in one.campaigns)
    assert first is not None
    await database.execute("UPDATE campaign_copy SET version = version + 1")
    second = await until(newest, lambda one: one is not None and one.campaigns["bp"] == first.campaigns["bp"] + 1)
    assert second is not None
    assert (second.epoch, second.units) == (first.epoch, first.units)
    await database.execute("UPDATE unit_copy SET kind = kind WHERE code = '688'")
    await until(newest, lambda one: one is not None and one.units == first.units + 1)
    told = len(heard)
    await until(newest, lambda _: len(heard) >= told + 3)  # the heartbeat
    assert len({(one.epoch, one.units, one.campaigns["bp"]) for one in heard[told:]}) == 1


async def test_a_gateway_that_asks_sees_versions_of_what_its_token_sees(
    reading: Stack, database: asyncpg.Connection, written: Callable[[ReadModel], Awaitable[None]]
) -> None:
    await written(ReadModel())
    told = {}
    for unit in ("*", "688", "75"):
        answer = await reading.call(
            "reporting",
            "POST",
            "/internal/graph/versions",
            token=reading.token("reporting:read", units=[unit]),
            json={"campaigns": ["bp", "absent"]},
        )
        told[unit] = answer.json()["campaigns"]
    version = await database.fetchval("SELECT version FROM campaign_copy")
    assert told == {"*": {"bp": version}, "688": {"bp": version}, "75": {}}
