"""Subscriptions, and queries too, over a WebSocket: the protocol `graphql-transport-ws`.

The token comes with `connection_init` (browsers cannot set headers) or in the `Authorization` header; it is never part
of a URL. What a client does not take in time ends its connection: it comes again and is told where things stand.
"""

import asyncio
import contextlib
from typing import Any

import orjson
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.endpoint import Endpoint
from gateway.execution.errors import OF_THE_WHOLE_REQUEST
from gateway.execution.operations import GraphAnswer
from gateway.requests import graph_request
from services.chassis.identity import Caller
from services.chassis.problems import Refusal
from services.chassis.strict_json import parse

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 5.0
SEND_SECONDS = 5.0
"""How long a client may take to take a message."""

MOST_SUBSCRIPTIONS = 20
"""On one connection, at the same time."""

MALFORMED, UNAUTHORIZED, FORBIDDEN, NOT_ACCEPTABLE = 4400, 4401, 4403, 4406
INIT_TIMEOUT, DUPLICATE, TOO_SLOW, TOO_MANY_INITS, TOO_MANY = 4408, 4409, 4413, 4429, 4430

log = structlog.get_logger("live")


class Closing(Exception):
    """The connection ends with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Connection:
    """One WebSocket."""

    def __init__(self, socket: WebSocket, endpoint: Endpoint) -> None:
        self._socket = socket
        self._endpoint = endpoint
        self._caller: Caller | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()
        self._place = contextlib.ExitStack()
        self._fault: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Until either side ends it."""
        if PROTOCOL not in self._socket.scope.get("subprotocols", []):
            await self._socket.accept()
            await self._socket.close(NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await self._socket.accept(subprotocol=PROTOCOL)
        reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait({reading, self._fault}, return_when=asyncio.FIRST_COMPLETED)
            closing = self._fault.result() if self._fault.done() else reading.result()
            if closing is not None:
                with contextlib.suppress(Exception):  # it may be gone, or not take this either
                    async with asyncio.timeout(SEND_SECONDS):
                        await self._socket.close(closing.code, closing.reason)
        finally:
            tasks = [reading, *self._running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._place.close()

    async def _read(self) -> Closing | None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                await self._initialise(await self._receive())
        except TimeoutError:
            return Closing(INIT_TIMEOUT, "Connection initialisation timeout")
        except Closing as closing:
            return closing
        except WebSocketDisconnect:
            return None
        assert self._caller is not None
        try:
            async with asyncio.timeout(self._endpoint.seconds_left(self._caller)):
                while True:
                    await self._take(await self._receive())
        except TimeoutError:
            return Closing(UNAUTHORIZED, "The token has expired")
        except Closing as closing:
            return closing
        except WebSocketDisconnect:
            return None

    async def _receive(self) -> dict[str, Any]:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        text = message.get("text")
        try:
            found = parse(text.encode()) if isinstance(text, str) else None
        except Refusal as fault:
            raise Closing(MALFORMED, f"Invalid message: {fault.detail}"[:120]) from fault
        if not isinstance(found, dict) or not isinstance(found.get("type"), str):
            raise Closing(MALFORMED, "Invalid message: it has to be a JSON object with a `type`")
        return found

    async def _initialise(self, message: dict[str, Any]) -> None:
        while message["type"] in ("ping", "pong"):
            await self._take(message)
            message = await self._receive()
        if message["type"] != "connection_init":
            raise Closing(UNAUTHORIZED, "Unauthorized: begin with connection_init")
        try:
            caller, _ = await self._endpoint.authenticate(_token(message.get("payload"), self._socket))
            self._place.enter_context(self._endpoint.places.taken_by(caller.subject))
        except Refusal as refusal:
            code = {401: UNAUTHORIZED, 503: TOO_MANY}.get(refusal.status, FORBIDDEN)
            raise Closing(code, f"{refusal.code}: {refusal.detail}"[:120]) from refusal
        self._caller = caller
        await self._send({"type": "connection_ack"})

    async def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                running = self._running.pop(str(message.get("id")), None)
                if running is not None:
                    running.cancel()
            case "connection_init":
                raise Closing(TOO_MANY_INITS, "Too many initialisation requests")
            case _:
                raise Closing(MALFORMED, "Invalid message: there is no such type")

    async def _subscribe(self, message: dict[str, Any]) -> None:
        name, payload = message.get("id"), message.get("payload")
        if not isinstance(name, str) or not name or len(name) > 255 or not isinstance(payload, dict):
            raise Closing(MALFORMED, "Invalid message: subscribe needs an `id` and a `payload`")
        if name in self._running:
            raise Closing(DUPLICATE, f"Subscriber for {name[:40]} already exists")
        if len(self._running) >= MOST_SUBSCRIPTIONS:
            raise Closing(TOO_MANY, f"At most {MOST_SUBSCRIPTIONS} subscriptions on one connection")
        self._running[name] = asyncio.create_task(self._answer(name, payload))

    async def _answer(self, name: str, payload: dict[str, Any]) -> None:
        assert self._caller is not None
        try:
            prepared = self._endpoint.prepare(graph_request(payload, self._endpoint.trusted), self._caller)
            if isinstance(prepared, GraphAnswer):
                await self._send({"type": "error", "id": name, "payload": prepared.errors})
                return
            resume = (payload.get("extensions") or {}).get("resume")
            answers = self._endpoint.answers(prepared, self._caller, resume=resume if isinstance(resume, str) else None)
            async with contextlib.aclosing(answers):
                async for answer in answers:
                    if not answer.carried_out:
                        await self._send({"type": "error", "id": name, "payload": answer.errors})
                        return
                    await self._send({"type": "next", "id": name, "payload": orjson.Fragment(answer.body())})
            await self._send({"type": "complete", "id": name})
        except OF_THE_WHOLE_REQUEST as refusal:
            self._end(Closing(FORBIDDEN, f"{refusal.code}: {refusal.detail}"[:120]))
        except Refusal as refusal:
            error = {"message": refusal.detail, "extensions": {"code": refusal.code}}
            await self._send({"type": "error", "id": name, "payload": [error]})
        except Closing as closing:
            self._end(closing)
        except Exception as fault:
            log.error("subscription_fails", exc_info=fault)
            self._end(Closing(1011, "Internal error"))
        finally:
            if self._running.get(name) is asyncio.current_task():
                del self._running[name]

    def _end(self, closing: Closing) -> None:
        if not self._fault.done():
            self._fault.set_result(closing)

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS), self._sending:
                await self._socket.send_text(orjson.dumps(message).decode())
        except TimeoutError as fault:
            raise Closing(TOO_SLOW, "What is sent is not taken in time") from fault


def _token(payload: Any, socket: WebSocket) -> str | None:
    """The `Authorization` of the payload, or of the request that opened the connection."""
    if isinstance(payload, dict):
        for name, value in payload.items():
            if name.lower() == "authorization" and isinstance(value, str):
                return value
    return socket.headers.get("authorization")
