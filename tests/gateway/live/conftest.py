"""A campaign whose figures move, and clients that watch them."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.support.stack import Stack

WATCH = """subscription Watch($units: [String!]!, $indicators: [String!]) {
    figures(campaign: "bp", units: $units, indicators: $indicators) { unitCode indicator { code } achieved } }"""


@pytest.fixture
async def move(graph: Stack, databases: dict[str, str]) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """`await move("688", 1)`: one case more of `cccd` there, as the projector would write it."""
    connection = await asyncpg.connect(databases["reporting"])

    async def add(unit: str, cases: int) -> None:
        async with connection.transaction():
            changed = await connection.execute(
                "UPDATE rollup_total SET value = value + $2 WHERE outcome_no = 1 AND indicator_no = 1"
                " AND unit_id = (SELECT unit_id FROM campaign_unit WHERE code = $1)",
                unit,
                cases,
            )
            assert changed == "UPDATE 1"
            await connection.execute("UPDATE campaign_copy SET version = version + 1")

    yield add
    await connection.close()


class Watcher:
    """A client of `graphql-transport-ws`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def receive(self) -> Any:
        async with asyncio.timeout(10):
            return json.loads(await self.socket.recv())

    async def subscribe(self, name: str = "1", query: str = WATCH, **payload: Any) -> None:
        variables = payload.pop("variables", {"units": ["688", "689"], "indicators": ["cccd"]})
        await self.send(id=name, type="subscribe", payload={"query": query, "variables": variables, **payload})

    async def achieved(self) -> dict[str, int | None]:
        """Of the next message: what was achieved, by unit."""
        message = await self.receive()
        assert message["type"] == "next", message
        return {one["unitCode"]: one["achieved"] for one in message["payload"]["data"]["figures"]}


@asynccontextmanager
async def opened(stack: Stack, **more: Any) -> AsyncGenerator[Watcher]:
    """A connection, before anything was said on it."""
    url = stack.urls["gateway"].replace("http", "ws") + "/graphql"
    protocols: Any = more.pop("subprotocols", ["graphql-transport-ws"])
    async with connect(url, subprotocols=protocols, **more) as socket:
        yield Watcher(socket)


@asynccontextmanager
async def watching(stack: Stack, token: str | None = None, **more: Any) -> AsyncGenerator[Watcher]:
    """A connection that is acknowledged."""
    async with opened(stack, **more) as watcher:
        token = token or stack.token("reporting:read")
        await watcher.send(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert (await watcher.receive())["type"] == "connection_ack"
        yield watcher
