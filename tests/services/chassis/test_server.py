"""The process that serves an application."""

import asyncio
import gc
import socket
from typing import Any

import uvicorn

from services.chassis.server import Settled


class _Told(uvicorn.Server):
    """Tells when it has started."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        started.set()


started = asyncio.Event()


async def _nothing(scope: dict[str, Any], receive: Any, send: Any) -> None:
    raise AssertionError("nobody asks")


async def test_what_was_there_at_the_start_is_set_aside_by_the_collector_of_garbage() -> None:
    server = _Told(Settled(_nothing, port=0, lifespan="off", log_config=None))
    try:
        serving = asyncio.create_task(server.serve())
        async with asyncio.timeout(10):
            await started.wait()
        assert gc.get_freeze_count() > 10_000
        server.should_exit = True
        await serving
    finally:
        gc.unfreeze()
