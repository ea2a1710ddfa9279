"""Subscriptions over `graphql-transport-ws`, from real clients."""

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from gateway.live import websocket
from services.chassis.connections import BoundedWebSocket
from tests.conftest import Starting
from tests.gateway.live.conftest import opened, watching
from tests.support.stack import Stack
from tests.support.waiting import until

Move = Callable[..., Awaitable[None]]


async def closed_with(coroutine: Awaitable[Any]) -> tuple[int, str]:
    async with asyncio.timeout(10):
        with pytest.raises(ConnectionClosed) as caught:
            await coroutine
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


async def test_all_figures_at_first_and_then_those_that_changed(graph: Stack, move: Move) -> None:
    async with watching(graph) as watcher:
        await watcher.subscribe()
        assert await watcher.achieved() == {"688": 579, "689": 10}
        await move("688", 1)
        assert await watcher.achieved() == {"688": 580}
        await move("70", 1)  # nothing that is watched
        await move("689", 5)
        assert await watcher.achieved() == {"689": 15}
        await watcher.send(id="1", type="complete")
        await watcher.send(type="ping")
        assert await watcher.receive() == {"type": "pong"}


async def test_a_change_comes_within_a_second(graph: Stack, move: Move) -> None:
    loop = asyncio.get_running_loop()
    async with watching(graph) as watcher:
        await watcher.subscribe()
        await watcher.achieved()
        since = loop.time()
        await move("688", 1)
        assert await watcher.achieved() == {"688": 580}
        assert loop.time() - since < 1


async def test_versions_grow_and_who_has_seen_the_last_is_told_what_is_new_only(graph: Stack, move: Move) -> None:
    async with watching(graph) as watcher:
        await watcher.subscribe()
        first = (await watcher.receive())["payload"]["extensions"]["version"]
        await move("688", 1)
        second = (await watcher.receive())["payload"]["extensions"]["version"]
    assert first != second
    async with watching(graph) as back:
        await back.subscribe("same", extensions={"resume": second})
        await back.subscribe("older", extensions={"resume": first})
        message = await back.receive()
        assert (message["id"], len(message["payload"]["data"]["figures"])) == ("older", 2)
        await move("689", 1)
        assert Counter([(await back.receive())["id"] for _ in range(2)]) == {"same": 1, "older": 1}


async def test_who_comes_back_to_a_gateway_that_was_restarted_has_lost_nothing(
    graph: Stack, move: Move, start: Starting
) -> None:
    reporting = graph.urls["reporting"]
    async with AsyncExitStack() as watchers:
        async with start("gateway", BONPHU_REPORTING_URL=reporting) as first:
            watcher = await watchers.enter_async_context(watching(first))
            await watcher.subscribe()
            version = (await watcher.receive())["payload"]["extensions"]["version"]
        await closed_with(watcher.receive())
    async with start("gateway", BONPHU_REPORTING_URL=reporting) as second:
        async with watching(second) as back:
            await back.subscribe("same", extensions={"resume": version})
            await back.subscribe("new")
            message = await back.receive()
            assert (message["id"], len(message["payload"]["data"]["figures"])) == ("new", 2)
            await move("688", 1)
            told = [await back.receive() for _ in range(2)]
            assert Counter(one["id"] for one in told) == {"same": 1, "new": 1}
            assert [one["payload"]["data"]["figures"][0]["achieved"] for one in told] == [580, 580]
        async with watching(second) as back:
            await back.subscribe(extensions={"resume": version})
            assert await back.achieved() == {"688": 580, "689": 10}, "what came meanwhile"


async def test_a_token_sees_its_units_only(graph: Stack, move: Move) -> None:
    async with watching(graph, graph.token("reporting:read", units=["689"])) as watcher:
        await watcher.subscribe()
        assert await watcher.achieved() == {"689": 10}
        await move("688", 1)
        await move("689", 1)
        assert await watcher.achieved() == {"689": 11}
    async with watching(graph, graph.token("reporting:read", units=["75"])) as watcher:
        await watcher.subscribe()
        message = await watcher.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "campaign_not_found")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { figures", "syntax_error"),
        ("subscription { nothing }", "validation_failed"),
        ('subscription { figures(campaign: "bp", units: ["688"], indicators: ["x"]) { quota } }', "indicator_unknown"),
    ],
)
async def test_what_cannot_begin_is_an_error_of_its_own(graph: Stack, query: str, code: str) -> None:
    async with watching(graph) as watcher:
        await watcher.subscribe(query=query)
        message = await watcher.receive()
        assert (message["id"], message["type"]) == ("1", "error")
        assert message["payload"][0]["extensions"]["code"] == code
        await watcher.subscribe("2", query="{ __typename }", variables={})
        message = await watcher.receive()
        assert (message["type"], message["payload"]["data"]) == ("next", {"__typename": "Query"})
        assert await watcher.receive() == {"type": "complete", "id": "2"}


async def test_the_token_may_come_with_the_request_and_never_in_the_url(graph: Stack) -> None:
    bearer = {"Authorization": f"Bearer {graph.token('reporting:read')}"}
    async with opened(graph, additional_headers=bearer) as watcher:
        await watcher.send(type="connection_init")
        assert await watcher.receive() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["{}"], 4400),
        (["not JSON"], 4400),
        ([b"\x00"], 4400),
        (['{"type": "subscribe", "id": "1", "payload": {}}'], 4401),
        (['{"type": "connection_init"}'], 4401),
        (['{"type": "connection_init", "payload": {"authorization": "Bearer no.token.here"}}'], 4401),
    ],
)
async def test_who_does_not_say_who_they_are_is_shown_out(graph: Stack, messages: list[Any], code: int) -> None:
    async with opened(graph) as watcher:
        for message in messages:
            await watcher.socket.send(message)
        assert (await closed_with(watcher.receive()))[0] == code


async def test_a_token_without_the_scope_is_forbidden(graph: Stack) -> None:
    async with opened(graph) as watcher:
        await watcher.send(type="connection_init", payload={"authorization": f"Bearer {graph.token('quota:read')}"})
        code, reason = await closed_with(watcher.receive())
    assert (code, reason.partition(":")[0]) == (4403, "scope_missing")


async def test_another_protocol_is_not_acceptable(graph: Stack) -> None:
    async with opened(graph, subprotocols=None) as watcher:
        assert (await closed_with(watcher.receive()))[0] == 4406


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "connection_init"}, 4429),
        ({"type": "guess"}, 4400),
        ({"type": "subscribe", "id": "", "payload": {}}, 4400),
        ({"type": "subscribe", "id": "1"}, 4400),
    ],
)
async def test_what_the_protocol_forbids_ends_the_connection(graph: Stack, message: Any, code: int) -> None:
    async with watching(graph) as watcher:
        await watcher.send(**message)
        assert (await closed_with(watcher.receive()))[0] == code


async def test_an_id_is_used_once_at_a_time_and_subscriptions_are_counted(graph: Stack) -> None:
    async with watching(graph) as watcher:
        await watcher.subscribe()
        await watcher.achieved()
        await watcher.subscribe()
        assert (await closed_with(watcher.receive()))[0] == 4409
    async with watching(graph) as watcher:
        for number in range(websocket.MOST_SUBSCRIPTIONS + 1):
            await watcher.subscribe(str(number), extensions={"resume": "x"})

        async def until_closed() -> None:
            while True:
                await watcher.receive()

        assert (await closed_with(until_closed()))[0] == 4430


async def test_when_the_token_expires_the_connection_ends(graph: Stack) -> None:
    async with watching(graph, graph.token("reporting:read", ttl=timedelta(seconds=2))) as watcher:
        await watcher.subscribe()
        await watcher.achieved()
        code, reason = await closed_with(watcher.receive())
    assert (code, reason) == (4401, "The token has expired")


async def test_without_a_word_the_connection_ends(graph: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "INIT_SECONDS", 0.2)
    async with opened(graph) as watcher:
        assert (await closed_with(watcher.receive()))[0] == 4408


async def test_who_does_not_take_what_is_sent_is_dropped_and_told_why(
    graph: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "SEND_SECONDS", 0.5)

    async def taken_places() -> int:
        return graph.apps["gateway"].state.endpoint.places.taken

    schema = "__schema { types { name description fields { name description args { name description } } } }"
    large = "{" + " ".join(f"a{number}: {schema}" for number in range(2)) + "}"
    made = BoundedWebSocket.connection_made

    def made_narrow(self: BoundedWebSocket, transport: Any) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        made(self, transport)
        transport.set_write_buffer_limits(high=16_384)

    monkeypatch.setattr(BoundedWebSocket, "connection_made", made_narrow)
    async with watching(graph, max_queue=1) as watcher:
        watcher.socket.transport.pause_reading()
        for number in range(websocket.MOST_SUBSCRIPTIONS):
            await watcher.subscribe(str(number), query=large, variables={})
        await until(taken_places, lambda taken: taken == 0, within=30)
        watcher.socket.transport.resume_reading()

        async def until_closed() -> None:
            while True:
                await watcher.receive()

        assert await closed_with(until_closed()) == (4413, "What is sent is not taken in time")
