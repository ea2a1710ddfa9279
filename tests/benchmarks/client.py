"""The load: runs in a process of its own, measures there, and hands plain figures back."""

import asyncio
import io
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, TypeVar

import aiohttp
import asyncpg

T = TypeVar("T")


class Load:
    """One other process that runs the functions of this module."""

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))

    async def run(self, act: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
        """What `act(*arguments)` gives there."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, _run, act, arguments)

    def close(self) -> None:
        """The process has ended."""
        self._pool.shutdown()


def _run(act: Callable[..., Coroutine[Any, Any, T]], arguments: tuple[Any, ...]) -> T:
    return asyncio.run(act(*arguments))


class NotTaken(RuntimeError):
    """A request was not answered 2xx."""


@dataclass(slots=True)
class Posted:
    """`seconds` from the first request to the last answer; the consistency token of each batch that was taken."""

    seconds: float
    tokens: list[str] = field(default_factory=list)


async def post_all(
    url: str, token: str, bodies: Sequence[bytes], at_once: int, media: str = "application/json"
) -> Posted:
    """Every body has been taken."""
    async with _session(token, media) as session:
        found = Posted(0.0)

        async def send(body: bytes) -> None:
            found.tokens.append(await _post(session, url, body))

        began = time.perf_counter()
        await _share_out(bodies, send, at_once)
        found.seconds = time.perf_counter() - began
        return found


async def post_file(url: str, token: str, file: str, media: str) -> float:
    """Seconds in which the whole file has been taken, as one body."""

    async def parts() -> AsyncGenerator[bytes]:
        with open(file, "rb") as body:  # noqa: ASYNC230, PTH123  (it lies in memory)
            while part := body.read(1 << 18):
                yield part

    async with _session(token, media, seconds=900) as session:
        began = time.perf_counter()
        async with session.post(url, data=parts()) as answer:
            raw = await answer.read()
        if answer.status >= 300:
            raise NotTaken(f"{answer.status}: {raw[:500].decode()}")
        return time.perf_counter() - began


async def post_until_visible(
    url: str, token: str, bodies: Sequence[bytes], at_once: int, figure_url: str, reader: str
) -> float:
    """Seconds from the first request until a figure was answered that holds all of them."""
    async with _session(token) as session, _session(reader) as reading:
        tokens: list[str] = []

        async def send(body: bytes) -> None:
            tokens.append(await _post(session, url, body))

        began = time.perf_counter()
        await _share_out(bodies, send, at_once)
        for start in range(0, len(tokens), 50):
            await _get(reading, figure_url, after=",".join(tokens[start : start + 50]))
        return time.perf_counter() - began


@dataclass(slots=True)
class Lagged:
    """`lags`: seconds from each acknowledgement to the answer with a figure that holds it; `late`: to its start."""

    lags: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)


async def post_steadily(
    url: str, token: str, bodies: Sequence[bytes], every: float, figure_url: str, reader: str
) -> Lagged:
    """A batch every so many seconds, whatever became of those before it; of each, when its figure was visible."""
    async with _session(token) as session, _session(reader) as reading:
        found = Lagged()
        clock = asyncio.get_running_loop().time
        first = clock() + 0.1

        async def one(number: int, body: bytes) -> None:
            await asyncio.sleep(max(0.0, first + number * every - clock()))
            written = await _post(session, url, body)
            acknowledged = clock()
            await _get(reading, figure_url, after=written)
            found.lags.append(clock() - acknowledged)
            found.late.append(acknowledged - (first + number * every))

        async with asyncio.TaskGroup() as group:
            for number, body in enumerate(bodies):
                group.create_task(one(number, body))
        return found


async def copy_all(dsn: str, table: str, columns: Sequence[str], payloads: Sequence[bytes], at_once: int) -> float:
    """Seconds in which every payload has been copied, each in a transaction of its own."""
    schema, name = table.split(".")
    connections = [await asyncpg.connect(dsn) for _ in range(at_once)]
    waiting = iter(payloads)

    async def work(connection: asyncpg.Connection) -> None:
        for payload in waiting:
            await connection.copy_to_table(
                name, schema_name=schema, columns=columns, source=io.BytesIO(payload), format="text"
            )

    began = time.perf_counter()
    await asyncio.gather(*map(work, connections))
    seconds = time.perf_counter() - began
    for connection in connections:
        await connection.close()
    return seconds


async def time_gets(url: str, token: str, times: int) -> float:
    """Median seconds of one GET, one after the other."""
    async with _session(token) as session:
        return await _median(times, lambda: _get(session, url))


async def time_gets_after(change: tuple[str, str, Sequence[Any]], url: str, token: str, times: int) -> float:
    """Median seconds of one GET, before each of which a statement (address, SQL, arguments) commits, untimed."""
    dsn, statement, arguments = change
    connection = await asyncpg.connect(dsn)
    found = []
    try:
        async with _session(token) as session:
            for _ in range(times + 1):
                await connection.execute(statement, *arguments)
                began = time.perf_counter()
                await _get(session, url)
                found.append(time.perf_counter() - began)
    finally:
        await connection.close()
    return sorted(found[1:])[times // 2]


async def get_each(urls: Sequence[str], token: str) -> None:
    """Each has been answered once, one after the other."""
    async with _session(token) as session:
        for url in urls:
            await _get(session, url)


async def time_posts(url: str, token: str, body: bytes, after: str, times: int) -> float:
    """Median seconds of one POST that changes nothing, one after the other; `after`: a consistency token, if any."""
    async with _session(token) as session:
        return await _median(times, lambda: _ask(session, url, body, after))


async def _ask(session: aiohttp.ClientSession, url: str, body: bytes, after: str = "") -> bytes:
    async with session.post(url, data=body, headers={"Consistency-Token": after} if after else {}) as answer:
        raw = await answer.read()
        if answer.status >= 300 or raw.startswith(b'{"errors"'):
            raise NotTaken(f"{answer.status}: {raw[:500].decode()}")
        return raw


@dataclass(slots=True)
class Watched:
    """`seconds` of each answer; `oldest`: by how many seconds what was acknowledged before was missing, at most."""

    seconds: list[float] = field(default_factory=list)
    oldest: float = 0.0


async def read_while_writing(
    urls: tuple[str, str],
    token: str,
    reader: str,
    question: bytes,
    reports: Sequence[bytes],
    readers: int,
    every: float,
) -> Watched:
    """So many readers ask the same over and over while a report is sent every so many seconds.

    Each report adds 1 to the first `achieved` of the answer.
    """
    graph, progress = urls
    found, acknowledged, done = Watched(), [], asyncio.Event()
    clock = asyncio.get_running_loop().time

    def achieved(raw: bytes) -> int:
        return int(raw.partition(b'"achieved":')[2].partition(b"}")[0].partition(b",")[0])

    async with _session(token) as session, _session(reader) as reading:
        start = achieved(await _ask(reading, graph, question))

        async def read() -> None:
            while not done.is_set():
                began = clock()
                shown = achieved(await _ask(reading, graph, question)) - start
                found.seconds.append(clock() - began)
                missing = acknowledged[shown:]
                if missing:
                    found.oldest = max(found.oldest, began - missing[0])

        async def write(number: int, body: bytes, first: float) -> None:
            await asyncio.sleep(max(0.0, first + number * every - clock()))
            await _post(session, progress, body)
            acknowledged.append(clock())

        work = [asyncio.create_task(read()) for _ in range(readers)]
        first = clock() + 0.5
        await asyncio.gather(*(write(number, body, first) for number, body in enumerate(reports)))
        done.set()
        await asyncio.gather(*work)
    return found


async def ask_many(url: str, token: str, template: str, documents: int, times: int, at_once: int) -> None:
    """So many requests, of so many documents in turn; `%d` in the template makes a document of its own."""
    bodies = [json.dumps({"query": template.replace("%d", str(number))}).encode() for number in range(documents)]
    async with _session(token, seconds=3_600) as session:
        await _share_out(
            (bodies[one % documents] for one in range(times)), lambda body: _asked(session, url, body), at_once
        )


async def _asked(session: aiohttp.ClientSession, url: str, body: bytes) -> None:
    await _ask(session, url, body)


async def time_query(dsn: str, statement: str, arguments: Sequence[Any], times: int) -> float:
    """Median seconds of one statement, prepared once, one after the other."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET jit = off")
        prepared = await connection.prepare(statement)
        return await _median(times, lambda: prepared.fetch(*arguments))
    finally:
        await connection.close()


async def _median(times: int, act: Callable[[], Awaitable[Any]]) -> float:
    await act()
    found = []
    for _ in range(times):
        began = time.perf_counter()
        await act()
        found.append(time.perf_counter() - began)
    return sorted(found)[times // 2]


def _session(token: str, media: str = "application/json", *, seconds: float = 120) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {token}", "Content-Type": media},
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=seconds),
    )


async def _post(session: aiohttp.ClientSession, url: str, body: bytes) -> str:
    async with session.post(url, data=body) as answer:
        raw = await answer.read()
        if answer.status >= 300:
            raise NotTaken(f"{answer.status}: {raw[:500].decode()}")
        return answer.headers.get("Consistency-Token", "")


async def _get(session: aiohttp.ClientSession, url: str, *, after: str = "") -> None:
    async with session.get(url, headers={"Consistency-Token": after} if after else {}) as answer:
        raw = await answer.read()
        if answer.status >= 300:
            raise NotTaken(f"{answer.status}: {raw[:500].decode()}")


async def _share_out(bodies: Iterable[bytes], send: Callable[[bytes], Awaitable[None]], at_once: int) -> None:
    waiting = iter(bodies)

    async def work() -> None:
        for body in waiting:
            await send(body)

    await asyncio.gather(*(work() for _ in range(at_once)))
