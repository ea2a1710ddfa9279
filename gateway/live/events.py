"""Subscriptions as server-sent events, each in a response of its own (`graphql-sse`, distinct connections)."""

import asyncio
from collections.abc import AsyncGenerator

from gateway.execution.operations import GraphAnswer

BEAT_SECONDS = 10.0
"""How often a comment is sent where nothing happens, so that a connection which is gone is noticed."""

EVENT_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "private, no-store",
    "Vary": "Accept, Authorization",
    "X-Accel-Buffering": "no",
}


async def as_events(answers: AsyncGenerator[GraphAnswer], *, seconds: float) -> AsyncGenerator[bytes]:
    """`next` for each answer, its version as the event's id, and `complete` at the end.

    After so many seconds, when the token has expired, it ends without `complete`: whoever connects again with another
    token and `Last-Event-ID` goes on where it was.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    coming: asyncio.Task[GraphAnswer] | None = None
    try:
        yield b": bonphu\n\n"
        while (left := until - loop.time()) > 0:
            coming = coming or asyncio.ensure_future(anext(answers))
            await asyncio.wait({coming}, timeout=min(BEAT_SECONDS, left))
            if not coming.done():
                yield b":\n\n"
                continue
            try:
                answer = coming.result()
            except StopAsyncIteration:
                yield b"event: complete\ndata:\n\n"
                return
            finally:
                coming = None
            version = answer.extensions.get("version")
            name = f"id: {version}\n".encode() if version else b""
            yield name + b"event: next\ndata: " + answer.body() + b"\n\n"
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        await answers.aclose()
