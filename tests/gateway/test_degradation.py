"""Reporting is stopped, silent or back again: the last known value as such, never a zero, and nobody waits for long."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest

from gateway.clients.breaking import FAILURES, REST_SECONDS, Breaker
from services.chassis.problems import DependencyUnavailable
from tests.conftest import Starting
from tests.gateway.conftest import small_campaign
from tests.services.reporting.support import NOON
from tests.support.clock import MovableClock
from tests.support.stack import Stack
from tests.support.waiting import until

KNOWN = (
    '{ campaign(code: "bp") { unit(code: "688") { figure(indicator: "cccd") { achieved rate { printed } stale } } } }'
)
UNSEEN = '{ __typename campaign(code: "bp") { unit(code: "689") { figure(indicator: "cccd") { achieved stale } } } }'


class Pair:
    """Reporting, which can be stopped for good, and the gateway in front of it."""

    def __init__(self, gateway: Stack, reporting: AsyncExitStack) -> None:
        self.gateway = gateway
        self._reporting = reporting

    async def stop_reporting(self) -> None:
        """It is gone, and what was heard of it last is believed no longer."""
        await self._reporting.aclose()
        await until(self._believes, lambda believes: not believes)

    async def _believes(self) -> bool:
        return self.gateway.apps["gateway"].state.endpoint._kept._versions.is_fresh

    async def ask(self, query: str) -> Any:
        answer = await self.gateway.call(
            "gateway", "POST", "/graphql", token=self.gateway.token("reporting:read"), json={"query": query}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def pair(start: Starting, clock: MovableClock, databases: dict[str, str]) -> AsyncIterator[Pair]:
    clock.set(NOON)
    connection = await asyncpg.connect(databases["reporting"])
    await small_campaign().write(connection)
    await connection.close()
    async with AsyncExitStack() as reporting:
        behind = await reporting.enter_async_context(start("reporting"))
        async with start("gateway", BONPHU_REPORTING_URL=behind.urls["reporting"]) as gateway:
            yield Pair(gateway, reporting)


async def test_what_was_read_before_is_served_as_stale_and_what_was_not_is_an_error_on_its_path(pair: Pair) -> None:
    before = await pair.ask(KNOWN)
    figure = {"achieved": 579, "rate": {"printed": "69,18"}, "stale": False}
    assert before["data"]["campaign"]["unit"]["figure"] == figure
    await pair.stop_reporting()
    after = await pair.ask(KNOWN)
    assert after["data"]["campaign"]["unit"]["figure"] == figure | {"stale": True}
    assert after["extensions"]["stale"] is True
    assert "errors" not in after
    unseen = await pair.ask(UNSEEN)
    assert unseen["data"] == {"__typename": "Query", "campaign": None}
    assert [(one["path"], one["extensions"]["code"]) for one in unseen["errors"]] == [
        (["campaign"], "dependency_unavailable")
    ]


async def test_an_alias_of_the_mark_is_marked_and_one_that_hides_it_is_an_error(pair: Pair) -> None:
    aliased = KNOWN.replace("stale", "old: stale")
    hiding = '{ campaign(code: "bp") { stale: unit(code: "688") { figure(indicator: "cccd") { stale } } } }'
    for query in (aliased, hiding):
        await pair.ask(query)
    await pair.stop_reporting()
    assert (await pair.ask(aliased))["data"]["campaign"]["unit"]["figure"]["old"] is True
    assert (await pair.ask(hiding))["errors"][0]["extensions"]["code"] == "dependency_unavailable"


async def test_nobody_waits_again_and_again_for_who_does_not_answer(start: Starting) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        async with start("gateway", BONPHU_REPORTING_URL=url) as stack:
            client = stack.apps["gateway"].state.endpoint._reporting
            for _ in range(FAILURES):
                client._breaker.failed()
            pair = Pair(stack, AsyncExitStack())
            async with asyncio.timeout(REST_SECONDS):
                found = await pair.ask(UNSEEN)
    assert found["errors"][0]["extensions"]["code"] == "dependency_unavailable"


def test_a_breaker_rests_tries_and_closes_again() -> None:
    now = 0.0
    breaker = Breaker(tick=lambda: now)
    for _ in range(FAILURES):
        breaker.check("reporting")
        breaker.failed()
    with pytest.raises(DependencyUnavailable):
        breaker.check("reporting")
    now = REST_SECONDS + 0.1
    breaker.check("reporting")  # this one tries
    with pytest.raises(DependencyUnavailable):
        breaker.check("reporting")
    breaker.answered()
    breaker.check("reporting")
