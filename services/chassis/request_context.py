"""The id of the request under way, in every answer, log line and call to another service."""

import contextlib
import re
import secrets
from collections.abc import Generator
from contextvars import ContextVar

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.tracing import current_trace_id, name_request

HEADER = "X-Request-ID"
_ACCEPTABLE = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_current: ContextVar[str] = ContextVar("request_id", default="-")


def request_id() -> str:
    """The id of the request under way, `-` outside of one."""
    return _current.get()


@contextlib.contextmanager
def as_request(current: str) -> Generator[None]:
    """`current` is the id of the request under way inside the block."""
    token = _current.set(current)
    try:
        yield
    finally:
        _current.reset(token)


class RequestContextMiddleware:
    """Takes the caller's `X-Request-ID` where it is harmless, else makes one, and sends it back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        current = given.decode("ascii") if _ACCEPTABLE.fullmatch(given) else secrets.token_hex(12)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", current.encode("ascii"))]
            await send(message)

        name_request(current)
        trace_id = current_trace_id()
        traced = {} if trace_id is None else {"trace_id": trace_id}
        with as_request(current), structlog.contextvars.bound_contextvars(request_id=current, **traced):
            await self.app(scope, receive, send_with_id)
