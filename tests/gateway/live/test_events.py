"""Subscriptions as server-sent events, read as they come."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.conftest import Starting
from tests.gateway.live.conftest import WATCH
from tests.support.stack import Stack

Move = Callable[..., Awaitable[None]]
BODY = {"query": WATCH, "variables": {"units": ["688", "689"], "indicators": ["cccd"]}}


@asynccontextmanager
async def listening(
    stack: Stack, token: str | None = None, **more: Any
) -> AsyncGenerator[AsyncIterator[dict[str, str]]]:
    """The events of a response, each as its fields; comments are left out."""
    headers = {"Authorization": f"Bearer {token or stack.token('reporting:read')}", "Accept": "text/event-stream"}
    headers |= more.pop("headers", {})
    body = more.pop("json", BODY)
    async with stack.client("gateway").stream("POST", "/graphql", json=body, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield _events(answer)


async def _events(answer: httpx2.Response) -> AsyncIterator[dict[str, str]]:
    event: dict[str, str] = {}
    async with asyncio.timeout(10):
        async for line in answer.aiter_lines():
            name, _, value = line.partition(":")
            if line and name:
                event[name] = value.strip()
            elif not line and event:
                yield event
                event = {}


def achieved(event: dict[str, str]) -> dict[str, int]:
    assert event["event"] == "next"
    return {one["unitCode"]: one["achieved"] for one in json.loads(event["data"])["data"]["figures"]}


async def test_figures_come_as_they_change_and_the_last_id_resumes(graph: Stack, move: Move) -> None:
    async with listening(graph) as events:
        first = await anext(events)
        assert achieved(first) == {"688": 579, "689": 10}
        assert json.loads(first["data"])["extensions"]["version"] == first["id"]
        await move("688", 1)
        second = await anext(events)
        assert achieved(second) == {"688": 580}
    async with listening(graph, headers={"Last-Event-ID": second["id"]}) as events:
        await move("689", 1)
        assert achieved(await anext(events))["689"] == 11
    async with listening(graph, headers={"Last-Event-ID": first["id"]}) as events:
        assert achieved(await anext(events)) == {"688": 580, "689": 11}


async def test_a_query_is_one_event_and_the_end(graph: Stack) -> None:
    async with listening(graph, json={"query": "{ __typename }"}) as events:
        told = [event async for event in events]
    assert [one["event"] for one in told] == ["next", "complete"]


async def test_what_cannot_begin_is_told_and_ends(graph: Stack) -> None:
    query = 'subscription { figures(campaign: "x", units: ["688"]) { quota } }'
    async with listening(graph, json={"query": query}) as events:
        told = [event async for event in events]
    assert [one["event"] for one in told] == ["next", "complete"]
    assert json.loads(told[0]["data"])["errors"][0]["extensions"]["code"] == "campaign_not_found"


async def test_when_the_token_expires_the_stream_ends(graph: Stack) -> None:
    async with listening(graph, graph.token("reporting:read", ttl=timedelta(seconds=2))) as events:
        told = [event async for event in events]
    assert [one["event"] for one in told] == ["next"]


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "*/*"])
async def test_one_document_cannot_answer_a_subscription(graph: Stack, accept: str) -> None:
    answer = await graph.call(
        "gateway", "POST", "/graphql", token=graph.token("reporting:read"), json=BODY, headers={"Accept": accept}
    )
    assert (answer.status_code, answer.json()["code"]) == (406, "subscription_needs_stream")


async def test_places_are_counted_and_given_back(start: Starting) -> None:
    body = {"query": '{ campaign(code: "x") { code } }'}
    async with start("gateway", BONPHU_GRAPH_LIVE_CONNECTIONS_PER_CALLER="1") as stack:
        token = stack.token("reporting:read")
        place = stack.apps["gateway"].state.endpoint.places.taken_by("tester")
        with place:
            answer = await stack.call(
                "gateway", "POST", "/graphql", token=token, json=body, headers={"Accept": "text/event-stream"}
            )
            assert (answer.status_code, answer.json()["code"]) == (503, "too_many_subscribers")
            assert answer.headers["retry-after"]
        for _ in range(2):
            async with listening(stack, token, json=body) as events:
                assert [event["event"] async for event in events] == ["next", "complete"]
