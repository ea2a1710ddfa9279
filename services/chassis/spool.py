"""A streamed body, put on disk as it comes: memory and database connections wait for no sender."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import IO

from fastapi import Request

from services.chassis.writes import Fingerprint

IN_MEMORY_BYTES = 4 * 1024 * 1024


@asynccontextmanager
async def spooled(request: Request) -> AsyncGenerator[tuple[IO[bytes], Fingerprint]]:
    """The whole body in a file that is gone after the block, at its beginning, and its fingerprint."""
    fingerprint = Fingerprint(request)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        size = 0
        async for part in request.stream():
            fingerprint.add(part)
            size += len(part)
            if size <= IN_MEMORY_BYTES:
                file.write(part)
            else:
                await asyncio.to_thread(file.write, part)
        file.seek(0)
        yield file, fingerprint
