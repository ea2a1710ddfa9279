"""What uvicorn leaves unbounded: how long a head may take and how large it may be, how slowly an answer may be taken,
how many connections there are.

The bounds of a request that has a head are those of `limits`.
"""

import secrets
from asyncio import TimerHandle
from functools import cache
from typing import Any, cast

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from services.chassis.observability import REFUSED_UNDER_LOAD
from services.chassis.problems import MalformedRequest, Refusal, problem_response
from services.chassis.request_context import HEADER, as_request


class ConnectionSettings(BaseSettings):
    """Bounds of a connection, each `BONPHU_` + its name."""

    model_config = SettingsConfigDict(env_prefix="BONPHU_", extra="ignore", frozen=True)

    head_seconds: float = Field(
        10.0, gt=0, description="Seconds in which a request's line and headers must have come; then it is answered 408."
    )
    head_bytes: int = Field(
        64 * 1024, ge=1024, description="Most bytes of a request's line and headers; more are answered 431."
    )
    taking_seconds: float = Field(
        60.0, gt=0, description="Seconds in which a client must take what it is sent; then the connection is cut."
    )
    connections: int = Field(
        2_000, ge=1, description="Open connections of a process, at most; further ones are answered 503 and closed."
    )


class HeadTooSlow(Refusal):
    """The request's line and headers did not come within {seconds} s."""

    status = 408
    code = "head_too_slow"
    title = "The request came too slowly"
    remedy = "Send the whole head at once."


class HeadTooLarge(Refusal):
    """The request's line and headers have more than {limit} bytes."""

    status = 431
    code = "head_too_large"
    title = "The head of the request is too large"
    remedy = "Send fewer or shorter headers; a long question belongs into the body."


class TooManyConnections(Refusal):
    """This process keeps {limit} connections open, and as many are."""

    status = 503
    code = "too_many_connections"
    title = "Too many connections"
    remedy = "Use fewer connections for more requests each, and connect again after `Retry-After` seconds."


LINGER_SECONDS = 5.0
"""How long bytes of a request that is answered already are still read, and thrown away."""


@cache
def settings_of_environment() -> ConnectionSettings:
    """What this process was told."""
    return ConnectionSettings()


class _Transport:
    """The transport of a connection; it closes without losing the answer.

    While the client still sends, closing would reset the connection, and the reset overtakes what was answered. So our
    side is ended first, and what comes is thrown away until the client ends its own.
    """

    def __init__(self, transport: Any, protocol: "BoundedHttp") -> None:
        self._transport = transport
        self._protocol = protocol
        self.lingers = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        return self.lingers or self._transport.is_closing()

    def close(self) -> None:
        if self.is_closing():
            return
        if not self._protocol.is_sent_to():
            self._transport.close()
            return
        self.lingers = True
        self._transport.write_eof()
        self._protocol.flow.resume_reading()
        self._protocol.loop.call_later(LINGER_SECONDS, self._transport.close)


class BoundedHttp(HttpToolsProtocol):
    """One connection; whoever is too slow on it holds neither memory nor a place."""

    bounds: ConnectionSettings | None = None
    """Those of the environment where None."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bounds = self.bounds or settings_of_environment()
        self._awaited_head: TimerHandle | None = None
        self._awaited_taking: TimerHandle | None = None
        self._head_bytes = 0
        self._refused = False

    def is_sent_to(self) -> bool:
        """Whether the client still sends: it is refused before its request was whole."""
        return self._refused or (self.cycle is not None and self.cycle.more_body)

    def connection_made(self, transport: Any) -> None:
        """The head of the first request is awaited."""
        self._link = _Transport(transport, self)
        super().connection_made(cast("Any", self._link))
        if len(self.connections) > self._bounds.connections:
            self._refuse(TooManyConnections(limit=self._bounds.connections, headers={"Retry-After": "1"}))
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._head_has_come()
        self._is_taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a head are counted until it is whole; the head after an answer is awaited from its first byte."""
        if self._link.lingers:
            return
        if self._awaited_head is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        super().data_received(data)
        if self._awaited_head is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self._bounds.head_bytes and not self.transport.is_closing():
                self._refuse(HeadTooLarge(limit=self._bounds.head_bytes))

    def on_headers_complete(self) -> None:
        """The head has come; from here on the bounds of a request hold."""
        self._head_has_come()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """What is still to be sent before closing has to be taken."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._await_taking()

    def timeout_keep_alive_handler(self) -> None:
        """An idle connection is closed, once what was sent has been taken."""
        super().timeout_keep_alive_handler()
        self._await_taking()

    def pause_writing(self) -> None:
        """More was sent than the client takes."""
        super().pause_writing()
        self._await_taking()

    def resume_writing(self) -> None:
        """The client has taken most of it."""
        super().resume_writing()
        self._is_taken()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered as every other error is."""
        self._refuse(MalformedRequest())

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._awaited_head = self.loop.call_later(self._bounds.head_seconds, self._head_is_late)

    def _head_has_come(self) -> None:
        if self._awaited_head is not None:
            self._awaited_head.cancel()
            self._awaited_head = None

    def _head_is_late(self) -> None:
        self._awaited_head = None
        if self.transport.is_closing():
            return
        if self._head_bytes == 0:  # nobody has asked anything: there is nothing to answer
            self.transport.close()
        else:
            self._refuse(HeadTooSlow(seconds=self._bounds.head_seconds))

    def _await_taking(self) -> None:
        if self._awaited_taking is None:
            self._awaited_taking = self.loop.call_later(self._bounds.taking_seconds, self._is_not_taken)

    def _is_taken(self) -> None:
        if self._awaited_taking is not None:
            self._awaited_taking.cancel()
            self._awaited_taking = None

    def _is_not_taken(self) -> None:
        self._awaited_taking = None
        REFUSED_UNDER_LOAD.labels("answer_not_taken").inc()
        self.transport.abort()

    def _refuse(self, refusal: Refusal) -> None:
        """The refusal is the last thing that is sent on this connection."""
        self._head_has_come()
        self._refused = True
        REFUSED_UNDER_LOAD.labels(refusal.code).inc()
        current = secrets.token_hex(12)
        with as_request(current):
            answer = problem_response(refusal, instance="")
        headers = [*answer.raw_headers, (HEADER.lower().encode(), current.encode()), (b"connection", b"close")]
        head = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(STATUS_LINE[refusal.status] + head + b"\r\n" + bytes(answer.body))
        self.transport.close()
        self._await_taking()


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket that can be told to close while its client takes nothing: the code waits in line, not the server."""

    bounds: ConnectionSettings | None = None
    """Those of the environment where None."""

    async def send(self, message: Any) -> None:
        """One message; a closing one is written at once, and the connection is cut where it is not taken in time."""
        if message["type"] != "websocket.close" or self.writable.is_set():
            await super().send(message)
            return
        self.writable.set()
        await super().send(message)
        self.writable.clear()
        seconds = (self.bounds or settings_of_environment()).taking_seconds
        self.loop.call_later(seconds, self.transport.abort)
