"""Connections die; units of work and requests notice, and the next ones do not."""

import asyncio
from collections.abc import Callable

import asyncpg
import httpx2
import pytest
from sqlalchemy import event as events

from services.chassis import database
from services.chassis.database import TRANSIENT_DATABASE_FAULTS, Database, InTheWay, underway
from tests.services.chassis.app import ThingMade
from tests.services.chassis.things import make
from tests.support.servers import Servers
from tests.support.stack import Stack
from tests.support.waiting import until

_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = 'bonphu_quota'"


async def _end_all(servers: Servers, database: str) -> None:
    connection = await asyncpg.connect(servers.admin_url)
    await connection.fetch(_END, database)

    async def left() -> int:
        return await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND usename = 'bonphu_quota'", database
        )

    await until(left, lambda count: count == 0)
    await connection.close()


def _name(databases: dict[str, str]) -> str:
    return databases["quota"].rpartition("/")[2]


async def _see(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.fetchval("SELECT 1")


async def test_closed_connections_are_replaced_before_anybody_gets_one(
    maker: Database, servers: Servers, databases: dict[str, str]
) -> None:
    await asyncio.gather(*(_see(maker) for _ in range(4)))
    await _end_all(servers, _name(databases))
    assert await asyncio.gather(*(_see(maker) for _ in range(4))) == [1] * 4
    await _end_all(servers, _name(databases))
    await asyncio.gather(*(make(maker, name) for name in "abcd"))


@pytest.mark.parametrize("statement", ["SELECT 1", None])
async def test_a_connection_that_dies_in_a_unit_of_work_is_a_transient_fault(
    maker: Database, servers: Servers, databases: dict[str, str], statement: str | None
) -> None:
    async def die() -> None:
        async with maker.unit_of_work(actor="an") as work:
            await _end_all(servers, _name(databases))
            if statement is not None:
                await work.connection.execute(statement)

    with pytest.raises(TRANSIENT_DATABASE_FAULTS):
        await die()
    async with maker.unit_of_work(actor="an") as work:
        assert await work.connection.fetchval("SELECT 1") == 1


async def test_a_server_that_takes_no_connections_is_a_transient_fault(
    maker: Database, servers: Servers, databases: dict[str, str]
) -> None:
    connection = await asyncpg.connect(servers.admin_url)
    try:
        # Refused as while the server starts: after the connection has come about.
        await connection.execute("ALTER DATABASE " + _name(databases) + " CONNECTION LIMIT 0")
        with pytest.raises(TRANSIENT_DATABASE_FAULTS):
            await _see(maker)
        with pytest.raises(TRANSIENT_DATABASE_FAULTS):
            await make(maker, "a")
    finally:
        await connection.close()


async def test_a_connection_that_the_driver_lost_track_of_is_not_used_again(maker: Database) -> None:
    async def process() -> int:
        async with maker.reading() as connection:
            return await connection.fetchval("SELECT pg_backend_pid()")

    async def lose_track() -> None:
        async with maker.reading() as connection:
            found.add(await connection.fetchval("SELECT pg_backend_pid()"))
            raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")

    found: set[int] = set()
    with pytest.raises(TRANSIENT_DATABASE_FAULTS):
        await lose_track()
    assert found.isdisjoint([await process() for _ in range(4)])


async def test_a_request_whose_connection_dies_is_told_to_come_back(
    things: Stack, client: httpx2.AsyncClient, servers: Servers, databases: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {things.token('quota:write')}", "Idempotency-Key": "k"}
    async with things.connection("quota") as other, things.connection("quota") as watcher:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("INSERT INTO thing (name, size) VALUES ('a', 1)")
        request = asyncio.create_task(client.post("/v1/things", json={"name": "a"}, headers=headers))

        async def waiting() -> int:
            # Not on the connection in a transaction: there the first look at the activity is kept until its end.
            return await watcher.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )

        await until(waiting, bool)
        await _end_all(servers, _name(databases))
        answer = await request
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unavailable"
    assert answer.headers["retry-after"] == "2"
    again = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    assert again.status_code == 201, again.text


async def test_what_is_shared_is_held_by_nobody_and_seen_as_its_holder_left_it(maker: Database) -> None:
    told: list[str] = []

    async def share(name: str) -> None:
        async with maker.unit_of_work(actor="an", shares=("one", "two")) as work:
            told.append(f"{name} sees {await work.connection.fetchval('SELECT count(*) FROM outbox')}")

    async def hold(until_free: asyncio.Event) -> None:
        async with maker.unit_of_work(actor="binh") as work:
            await work.hold("two")
            work.record(ThingMade("x"))
            held.set()
            await until_free.wait()
            told.append("the holder ends")

    async def tried() -> int:
        return len(tries)

    tries: list[object] = []
    held, free = asyncio.Event(), asyncio.Event()
    await share("first")
    await share("second")
    holder = asyncio.create_task(hold(free))
    await held.wait()
    events.listen(maker.engine.sync_engine, "checkout", lambda *given: tries.append(given))
    sharer = asyncio.create_task(share("third"))
    await until(tried, lambda count: count >= 2)
    free.set()
    await asyncio.gather(holder, sharer)
    assert told == ["first sees 0", "second sees 0", "the holder ends", "third sees 1"]


async def test_who_waits_to_share_leaves_the_connections_to_others(maker: Database) -> None:
    async def share() -> None:
        async with maker.unit_of_work(actor="an", shares=("one",)):
            pass

    async with maker.unit_of_work(actor="binh") as work:
        await work.hold("one")
        waiting = [asyncio.create_task(share()) for _ in range(40)]
        for _ in range(20):
            async with maker.unit_of_work(actor="chi", shares=("two",)):
                await asyncio.sleep(0)
        assert not any(one.done() for one in waiting)
    await asyncio.gather(*waiting)


async def test_nobody_waits_for_long_to_share_or_to_hold(maker: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "SHARE_WAITS_SECONDS", 0.05)
    monkeypatch.setattr(database, "HOLD_WAITS_SECONDS", 0.05)
    async with maker.unit_of_work(actor="an") as work:
        await work.hold("one")
        with pytest.raises(InTheWay) as refused:
            async with maker.unit_of_work(actor="binh", shares=("one",)):
                pytest.fail("it is held")
        assert refused.value.headers == {"Retry-After": "5"}
    async with maker.unit_of_work(actor="an", shares=("one",)):
        with pytest.raises(InTheWay):
            async with maker.unit_of_work(actor="binh") as work:
                await work.hold("one")
        async with maker.unit_of_work(actor="chi", shares=("one",)):
            """Who gave up keeps nobody out."""
    async with maker.unit_of_work(actor="binh") as work:
        await work.hold("one")
        assert await work.connection.fetchval("SHOW lock_timeout") == "0"


async def test_a_statement_is_under_way_while_other_things_are_done(maker: Database) -> None:
    async with maker.unit_of_work(actor="an") as work:
        async with underway(work.connection.fetchval("SELECT 7 FROM pg_sleep(0.01)")) as answer:
            assert not answer.done()
        assert answer.result() == 7


async def test_what_fails_meanwhile_ends_the_statement_and_leaves_the_connection_usable(maker: Database) -> None:
    async def sleep(meanwhile: Callable[[], object], statement: str) -> None:
        async with maker.unit_of_work(actor="an") as work, underway(work.connection.execute(statement)):
            meanwhile()

    with pytest.raises(ZeroDivisionError):
        await sleep(lambda: 1 // 0, "SELECT pg_sleep(60)")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await sleep(lambda: 1, "SELECT 1 / 0")
    async with maker.reading() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_settings_of_a_snapshot_end_with_it_however_it_ends(maker: Database) -> None:
    async def setting() -> tuple[str, str, bool]:
        async with maker.connected() as connection:
            await connection.fetchval("SELECT 1")
            found = await connection.fetchrow(
                "SELECT current_setting('work_mem'), current_setting('transaction_read_only')"
            )
            return *found, connection.is_in_transaction()

    before = await setting()
    async with maker.reading("SET LOCAL work_mem = '77MB'") as connection:
        assert await connection.fetchval("SHOW work_mem") == "77MB"
        assert await connection.fetchval("SHOW transaction_read_only") == "on"
        assert await connection.fetchval("SHOW transaction_isolation") == "repeatable read"
    assert await setting() == before
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with maker.reading("SET LOCAL work_mem = '77MB'") as connection:
            await connection.fetchval("SELECT 1 / 0")
    assert await setting() == before
    with pytest.raises(asyncpg.UndefinedObjectError):
        async with maker.reading("SET LOCAL no_such_setting = 1"):
            pass
    assert await setting() == before
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), maker.reading("SET LOCAL work_mem = '77MB'") as connection:
            await connection.fetchval("SELECT pg_sleep(60)")
    assert await setting() == before
