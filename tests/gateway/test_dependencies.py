"""The bus paused, gone and back; reporting silent, restarted, cut from its database: what the graph says meanwhile."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.local.home import Home
from deploy.local.nats import Nats
from deploy.local.programs import start as started
from deploy.local.programs import stop
from gateway.clients.breaking import REST_SECONDS
from tests.conftest import Starting
from tests.gateway.conftest import running_graph, small_campaign
from tests.services.reporting.support import NOON
from tests.support.clock import MovableClock
from tests.support.forwarding import Forwarder
from tests.support.stack import Stack
from tests.support.waiting import until

FIGURE = '{ campaign(code: "bp") { unit(code: "%s") { figure(indicator: "cccd") { achieved stale } } } }'
KNOWN, UNSEEN = FIGURE % "688", FIGURE % "689"


async def ask(gateway: Stack, query: str = KNOWN) -> Any:
    answer = await gateway.call(
        "gateway", "POST", "/graphql", token=gateway.token("reporting:read"), json={"query": query}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def achieved(gateway: Stack, query: str = KNOWN) -> tuple[int, bool]:
    figure = (await ask(gateway, query))["data"]["campaign"]["unit"]["figure"]
    return figure["achieved"], figure["stale"]


async def one_more(databases: dict[str, str]) -> None:
    """One case more in 688, as the projector would write it."""
    connection = await asyncpg.connect(databases["reporting"])
    async with connection.transaction():
        await connection.execute(
            "UPDATE rollup_total SET value = value + 1 WHERE outcome_no = 1 AND indicator_no = 1"
            " AND unit_id = (SELECT unit_id FROM campaign_unit WHERE code = '688')"
        )
        await connection.execute("UPDATE campaign_copy SET version = version + 1")
    await connection.close()


async def until_heard(gateway: Stack, *, heard: bool) -> None:
    """Reporting's announcements reach the gateway over the bus, or do no longer."""

    async def is_fresh() -> bool:
        return gateway.apps["gateway"].state.endpoint._kept._versions.is_fresh

    await until(is_fresh, lambda fresh: fresh is heard)


@pytest.fixture
def bus(tmp_path: Path) -> Home:
    """The home of a NATS server of the test's own."""
    home = Home(tmp_path / "home")
    home.create()
    return home


async def test_without_the_bus_reporting_is_asked_itself_and_nothing_is_stale(
    start: Starting, clock: MovableClock, databases: dict[str, str], bus: Home
) -> None:
    program = Nats(bus).prepare()
    server = started(program)
    try:
        async with running_graph(start, clock, databases, small_campaign(), BONPHU_NATS_URL=Nats(bus).url()) as graph:
            await until_heard(graph, heard=True)
            assert await achieved(graph) == (579, False)
            os.killpg(server.pid, signal.SIGSTOP)
            await until_heard(graph, heard=False)
            await one_more(databases)
            assert await achieved(graph) == (580, False), "paused: nobody says that anything changed"
            os.killpg(server.pid, signal.SIGCONT)
            await until_heard(graph, heard=True)
            assert await achieved(graph) == (580, False)
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            await until_heard(graph, heard=False)
            await one_more(databases)
            assert await achieved(graph) == (581, False), "gone"
            server = started(Nats(bus).prepare())
            await until_heard(graph, heard=True)
            await one_more(databases)
            await until(lambda: achieved(graph), lambda found: found == (582, False))
    finally:
        stop(program, server)


async def test_while_reporting_is_silent_what_is_known_is_stale_and_the_rest_an_error_in_time(
    start: Starting, clock: MovableClock, databases: dict[str, str]
) -> None:
    async with AsyncExitStack() as running:
        clock.set(NOON)
        behind = await running.enter_async_context(start("reporting"))
        between = await running.enter_async_context(Forwarder(behind.urls["reporting"]))
        graph = await running.enter_async_context(
            start("gateway", BONPHU_REPORTING_URL=between.url, BONPHU_GRAPH_DEADLINE_SECONDS="12")
        )
        connection = await asyncpg.connect(databases["reporting"])
        await small_campaign().write(connection)
        await connection.close()
        assert await achieved(graph) == (579, False)
        between.hold()
        await one_more(databases)
        await until(lambda: achieved(graph), lambda found: found == (579, True))
        unseen = await ask(graph, UNSEEN)
        assert unseen["data"] == {"campaign": None}
        assert [one["extensions"]["code"] for one in unseen["errors"]] == ["dependency_unavailable"]
        between.release()
        await until(lambda: achieved(graph), lambda found: found == (580, False))
        assert await achieved(graph, UNSEEN) == (10, False)


async def test_after_reporting_came_back_the_graph_recovers_by_itself(
    start: Starting, clock: MovableClock, databases: dict[str, str]
) -> None:
    clock.set(NOON)
    connection = await asyncpg.connect(databases["reporting"])
    await small_campaign().write(connection)
    await connection.close()
    async with AsyncExitStack() as running:
        first = AsyncExitStack()
        behind = await first.enter_async_context(start("reporting"))
        between = await running.enter_async_context(Forwarder(behind.urls["reporting"]))
        graph = await running.enter_async_context(start("gateway", BONPHU_REPORTING_URL=between.url))
        assert await achieved(graph) == (579, False)
        await first.aclose()
        await one_more(databases)
        await until(lambda: achieved(graph), lambda found: found == (579, True))
        again = await running.enter_async_context(start("reporting"))
        between.lead_to(again.urls["reporting"])
        async with asyncio.timeout(10 * REST_SECONDS):
            await until(lambda: achieved(graph), lambda found: found == (580, False))


async def test_a_database_that_ends_every_connection_costs_no_answer(
    start: Starting, clock: MovableClock, databases: dict[str, str]
) -> None:
    async with running_graph(start, clock, databases, small_campaign()) as graph:
        assert await achieved(graph) == (579, False)
        connection = await asyncpg.connect(databases["reporting"])
        ended = await connection.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )
        await connection.close()
        assert ended
        await one_more(databases)
        await until(lambda: achieved(graph), lambda found: found == (580, False))
        assert await achieved(graph, UNSEEN) == (10, False)
