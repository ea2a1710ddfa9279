"""Whoever is slow, silent or talkative on a connection is ended, and everybody else is served meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import Response

from services.chassis.connections import BoundedHttp, ConnectionSettings
from tests.support.stack import serving
from tests.support.waiting import until

BIG = 32 * 1024 * 1024
GOOD = b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n"


class Impatient(BoundedHttp):
    bounds = ConnectionSettings(head_seconds=0.3, head_bytes=2048, taking_seconds=0.3, connections=3)
    open: int = 0

    def connection_made(self, transport: Any) -> None:
        Impatient.open += 1
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        Impatient.open -= 1
        super().connection_lost(exc)


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    app = FastAPI()

    @app.get("/small")
    async def small() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/big")
    async def big() -> Response:
        return Response(b"x" * BIG)

    Impatient.open = 0
    async with serving({"one": app}, told={"http": Impatient, "timeout_keep_alive": 0.3}) as urls:
        host, port = urls["one"].removeprefix("http://").split(":")
        yield host, int(port)


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Whatever comes until the server closes."""
    return await asyncio.wait_for(reader.read(), 5)


def problem(answer: bytes) -> Any:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    found = json.loads(body)
    assert f"x-request-id: {found['request_id']}".encode() in head
    return found


async def test_a_head_that_trickles_is_ended(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET /small HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    ended = asyncio.create_task(answer(reader))

    async def trickle() -> bool:
        writer.write(b"a")
        return ended.done()

    await until(trickle, bool)
    assert ended.result().startswith(b"HTTP/1.1 408 ")
    assert problem(ended.result())["code"] == "head_too_slow"
    writer.close()


async def test_who_says_nothing_is_let_go(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    assert await answer(reader) == b""
    writer.close()


async def test_who_says_nothing_after_an_answer_is_let_go_and_empty_lines_do_not_hold_the_line(
    address: tuple[str, int],
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(GOOD)
    assert (await asyncio.wait_for(reader.readuntil(b"}"), 5)).startswith(b"HTTP/1.1 200 ")
    writer.write(b"\r\n")  # stops the keep-alive timer; a request it is not
    rest = await answer(reader)
    assert problem(rest)["code"] == "head_too_slow"
    writer.close()


async def test_a_second_request_on_a_connection_has_the_whole_time_again(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    for _ in range(3):
        writer.write(GOOD)
        assert (await asyncio.wait_for(reader.readuntil(b"}"), 5)).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_a_head_without_end_is_refused(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET /small HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 4096)
    found = await answer(reader)
    assert found.startswith(b"HTTP/1.1 431 ")
    assert problem(found)["code"] == "head_too_large"
    writer.close()


async def test_what_is_no_http_is_a_problem_document(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")  # TLS, on a port that does not speak it
    found = await answer(reader)
    assert found.startswith(b"HTTP/1.1 400 ")
    assert problem(found)["code"] == "malformed_request"
    writer.close()


async def test_who_does_not_take_its_answer_loses_it_and_holds_nothing(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address, limit=1024)
    writer.write(b"GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await asyncio.wait_for(reader.readexactly(16), 5)  # and takes no more

    async def held() -> int:
        return Impatient.open

    await until(held, lambda count: count == 0)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(BIG), 5)
    writer.close()


async def test_connections_are_counted_and_the_next_is_told_to_come_back(address: tuple[str, int]) -> None:
    kept = [await asyncio.open_connection(*address) for _ in range(3)]
    for reader, writer in kept:
        writer.write(GOOD)
        await asyncio.wait_for(reader.readuntil(b"}"), 5)
    reader, writer = await asyncio.open_connection(*address)
    found = await answer(reader)
    assert found.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in found
    assert problem(found)["code"] == "too_many_connections"
    for _, one in [*kept, (reader, writer)]:
        one.close()


async def test_a_refusal_reaches_who_is_still_sending(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8000000\r\n\r\n")
    for _ in range(4):  # goes on sending, whatever was answered
        writer.write(b"x" * 1_000_000)
    found = await answer(reader)
    assert found.startswith(b"HTTP/1.1 404 ")
    writer.close()
