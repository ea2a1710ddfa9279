"""A way to a server that can be held up, or led elsewhere, as networks and restarts do."""

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Forwarder:
    """Hands bytes on between whoever connects to `url` and a server. `async with` opens and closes it."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._busy: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def hold(self) -> None:
        """Not a byte passes from here on; connections stay."""
        self._open.clear()

    def release(self) -> None:
        """What was held up passes."""
        self._open.set()

    def lead_to(self, target: str) -> None:
        """New connections lead there."""
        self._target = target

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        place = urlsplit(self._target)
        try:
            inner, outer = await asyncio.open_connection(place.hostname, place.port)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(self._hand_on(reader, outer), self._hand_on(inner, writer))
        finally:
            outer.close()
            writer.close()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while some := await reader.read(65_536):
                await self._open.wait()
                writer.write(some)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
