"""The real applications, served by uvicorn in the test's own event loop, on a database of the test's own."""

import asyncio
import contextlib
import importlib
import os
import socket
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import uvicorn

from services.chassis.local_issuer import LocalIssuer
from services.chassis.server import SETTINGS
from tests.support.clock import MovableClock

SERVICES = ("quota", "progress", "reporting")
ISSUER, AUDIENCE = "https://bonphu.local", "bonphu"


class Stack:
    """Clients of the running applications, tokens for them, and their databases."""

    def __init__(
        self, *, issuer: LocalIssuer, clock: MovableClock, urls: dict[str, str], databases: dict[str, str], prefix: str
    ) -> None:
        self.issuer = issuer
        self.clock = clock
        self.urls = urls
        self.databases = databases
        self.prefix = prefix
        self.apps: dict[str, Any] = {}
        self._clients: dict[str, httpx2.AsyncClient] = {}

    def token(
        self,
        scope: str,
        *,
        units: Sequence[str] | None = ("*",),
        source: str | None = None,
        subject: str = "tester",
        ttl: timedelta = timedelta(hours=1),
    ) -> str:
        return self.issuer.mint(
            subject=subject,
            scopes=scope.split(),
            source=source,
            units=None if units is None else list(units),
            ttl=ttl,
            now=self.clock.now(),
            issuer=ISSUER,
            audience=AUDIENCE,
        )

    def client(self, name: str) -> httpx2.AsyncClient:
        if name not in self._clients:
            self._clients[name] = httpx2.AsyncClient(base_url=self.urls[name], timeout=30)
        return self._clients[name]

    async def call(
        self,
        name: str,
        method: str,
        path: str,
        *,
        token: str | None = None,
        after: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx2.Response:
        """One request; `after` is the Consistency-Token to wait for."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if after:
            sent["Consistency-Token"] = after
        return await self.client(name).request(method, path, headers=sent, **more)

    @asynccontextmanager
    async def connection(self, service: str) -> AsyncGenerator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.databases[service])
        try:
            yield connection
        finally:
            await connection.close()

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()


def _listening_socket() -> socket.socket:
    # With the protocol named, asyncio sets TCP_NODELAY on what it accepts: 1 ms instead of 48 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    return listener


def _create_app(name: str, environment: dict[str, str], clock: MovableClock) -> Any:
    module = importlib.import_module("gateway.app" if name == "gateway" else f"services.{name}.app")
    saved = {key: os.environ.get(key) for key in environment}
    os.environ.update(environment)
    try:
        return module.create_app(clock=clock)
    finally:
        for key, value in saved.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


@asynccontextmanager
async def running_stack(
    names: Sequence[str],
    *,
    databases: dict[str, str],
    nats_url: str,
    prefix: str,
    issuer: LocalIssuer,
    jwks_file: Path,
    key_file: Path,
    clock: MovableClock,
    extra: dict[str, str] | None = None,
) -> AsyncGenerator[Stack]:
    """The applications named run inside the block; services that are not named are unreachable."""
    sockets = {name: _listening_socket() for name in (*SERVICES, "gateway")}
    urls = {name: f"http://127.0.0.1:{one.getsockname()[1]}" for name, one in sockets.items()}
    environment = {
        "BONPHU_NATS_URL": nats_url,
        "BONPHU_STREAM_PREFIX": prefix,
        "BONPHU_JWKS_FILE": str(jwks_file),
        "BONPHU_SIGNING_KEY_FILE": str(key_file),
        "BONPHU_LOG_LEVEL": "warning",
        "BONPHU_LOG_FORMAT": "console",
        "BONPHU_POOL_SIZE": "6",
        **{f"BONPHU_{name.upper()}_URL": urls[name] for name in SERVICES},
        **{f"BONPHU_{name.upper()}_DATABASE_URL": databases[name] for name in SERVICES},
        **(extra or {}),
    }
    stack = Stack(issuer=issuer, clock=clock, urls=urls, databases=databases, prefix=prefix)
    try:
        apps = {name: _create_app(name, environment, clock) for name in names}
        stack.apps.update(apps)
        async with serving(apps, sockets):
            yield stack
    finally:
        await stack.close()
        for one in sockets.values():
            one.close()


@asynccontextmanager
async def serving(
    apps: dict[str, Any],
    sockets: dict[str, socket.socket] | None = None,
    told: Mapping[str, Any] | None = None,
) -> AsyncGenerator[dict[str, str]]:
    """The applications are served inside the block as in production, but for what uvicorn is `told`; their URLs."""
    listening = sockets or {name: _listening_socket() for name in apps}
    servers: list[uvicorn.Server] = []
    tasks: list[asyncio.Task[None]] = []
    try:
        for name, app in apps.items():
            chosen: dict[str, Any] = {**SETTINGS, "timeout_graceful_shutdown": 1, **(told or {})}
            server = _QuietServer(uvicorn.Config(app, log_config=None, **chosen))
            servers.append(server)
            tasks.append(asyncio.create_task(server.serve(sockets=[listening[name]])))
        async with asyncio.timeout(20):
            while not all(server.started for server in servers):
                for task in tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.01)  # the bounded wait for a condition
        yield {name: f"http://127.0.0.1:{one.getsockname()[1]}" for name, one in listening.items()}
    finally:
        for server in servers:
            server.should_exit = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.gather(*tasks, return_exceptions=True)
        for one in listening.values():
            one.close()


class _QuietServer(uvicorn.Server):
    """A server that leaves the signals of the test run alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
