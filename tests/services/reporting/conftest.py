from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
import pytest

from tests.services.reporting.support import NOON, ReadModel
from tests.support.clock import MovableClock
from tests.support.stack import Stack


@pytest.fixture
async def reading(
    start: Callable[..., AbstractAsyncContextManager[Stack]], clock: MovableClock
) -> AsyncIterator[Stack]:
    """The reporting service, after the campaign's last day, and quota, which it asks before it refuses."""
    clock.set(NOON)
    async with start("quota", "reporting") as stack:
        yield stack


Writing = Callable[[ReadModel], Awaitable[None]]


@pytest.fixture
def written(databases: dict[str, str]) -> Writing:
    """Writes a read model into the database."""

    async def write(model: ReadModel) -> None:
        connection = await asyncpg.connect(databases["reporting"])
        try:
            await model.write(connection)
        finally:
            await connection.close()

    return write


@pytest.fixture
def get(reading: Stack) -> Callable[..., Awaitable[Any]]:
    """`await get("figures", unit="688", units=["688"])`: the decoded answer of a 200."""

    async def ask(path: str, *, units: tuple[str, ...] | None = ("*",), **parameters: Any) -> Any:
        token = reading.token("reporting:read", units=units)
        answer = await reading.call("reporting", "GET", f"/v1/campaigns/bp/{path}", token=token, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture
def refused(reading: Stack) -> Callable[..., Awaitable[tuple[int, str]]]:
    """Status and problem code of what is not answered."""

    async def ask(path: str, *, units: tuple[str, ...] | None = ("*",), **parameters: Any) -> tuple[int, str]:
        token = reading.token("reporting:read", units=units)
        answer = await reading.call("reporting", "GET", f"/v1/campaigns/{path}", token=token, params=parameters)
        return answer.status_code, answer.json()["code"]

    return ask


@pytest.fixture
def ask(reading: Stack) -> Callable[..., Awaitable[Any]]:
    """`await ask("figures", units=["*"], campaign="bp", …)`: the decoded answer of the gateway's question."""

    async def put(question: str, *, seen: tuple[str, ...] | None = ("*",), **fields: Any) -> Any:
        token = reading.token("reporting:read", units=seen)
        answer = await reading.call("reporting", "POST", f"/internal/graph/{question}", token=token, json=fields)
        return answer.json() | {"status": answer.status_code}

    return put
