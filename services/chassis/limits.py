"""Bounds under load: requests a minute per caller, requests at once per process, seconds per body."""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.observability import REFUSED_UNDER_LOAD
from services.chassis.problems import BodyTooLarge, Refusal, problem_response

WINDOW_SECONDS = 60
_REMEMBERED_CALLERS = 10_000
_HEALTH = ("/livez", "/readyz", "/metrics")


class TooManyRequests(Refusal):
    """This token may make {limit} requests a minute here; the next is free in {seconds} s."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests"
    remedy = "Wait as long as `Retry-After` says; send larger batches instead of more requests."


class Overloaded(Refusal):
    """This process answers {limit} requests at once, and as many are under way; nothing was done."""

    status = 503
    code = "overloaded"
    title = "Overloaded"
    remedy = "Send the same request again after `Retry-After` seconds."


class BodyTooSlow(Refusal):
    """The body did not come within {seconds} s."""

    status = 408
    code = "body_too_slow"
    title = "The body came too slowly"
    remedy = "Send it in smaller requests, or over a better connection."


class Allowance(msgspec.Struct, frozen=True):
    """What a caller has left: of `limit` requests in the window `remaining`, all again in `reset_seconds`."""

    limit: int
    remaining: int
    reset_seconds: int


class Stream(msgspec.Struct, frozen=True):
    """Bodies of a media type, at paths that end so, are read as they come, and have bounds of their own."""

    path_ends: str
    media: str
    body_bytes: int
    body_seconds: float


class RateLimiter:
    """A bucket per caller that holds a minute's requests and fills evenly. Least recent callers are forgotten first.

    `refusal`: what is raised where it is empty, which says `limit` and `seconds`.
    """

    def __init__(
        self,
        *,
        per_minute: int,
        refusal: type[TooManyRequests] = TooManyRequests,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.per_minute = per_minute
        self._refusal = refusal
        self._tick = tick
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, caller: str, points: int = 1) -> Allowance:
        """Counts one request of the caller, or as many points.

        Raises: TooManyRequests, with `Retry-After` and the `RateLimit` headers.
        """
        now = self._tick()
        level, since = self._buckets.pop(caller, (float(self.per_minute), now))
        level = min(self.per_minute, level + (now - since) * self.per_minute / WINDOW_SECONDS)
        enough = level >= points
        if enough:
            level -= points
        self._buckets[caller] = (level, now)
        if len(self._buckets) > _REMEMBERED_CALLERS:
            self._buckets.popitem(last=False)
        full_in = math.ceil((self.per_minute - level) * WINDOW_SECONDS / self.per_minute)
        allowance = Allowance(self.per_minute, int(level), full_in)
        if not enough:
            seconds = max(1, math.ceil((points - level) * WINDOW_SECONDS / self.per_minute))
            REFUSED_UNDER_LOAD.labels(self._refusal.code).inc()
            headers = {"Retry-After": str(seconds), **rate_headers(allowance)}
            raise self._refusal(limit=self.per_minute, seconds=seconds, headers=headers)
        return allowance


def rate_headers(allowance: Allowance) -> dict[str, str]:
    """The `RateLimit` and `RateLimit-Policy` fields of the IETF draft, as structured fields."""
    return {
        "RateLimit-Policy": f'"caller";q={allowance.limit};w={WINDOW_SECONDS}',
        "RateLimit": f'"caller";r={allowance.remaining};t={allowance.reset_seconds}',
    }


class LoadLimitsMiddleware:
    """Bounds requests at once and the size and time of a body, and tells what a caller has left.

    `body_bytes` None: whoever reads the body bounds its size. `streams`: bounds of their own for bodies of a media type
    at paths that end so.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        at_once: int,
        body_seconds: float,
        body_bytes: int | None = None,
        streams: Sequence[Stream] = (),
    ) -> None:
        self.app = app
        self.at_once = at_once
        self.body_seconds = body_seconds
        self.body_bytes = body_bytes
        self.streams = streams
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] in _HEALTH:
            await self.app(scope, receive, send)
            return
        if self._under_way >= self.at_once:
            REFUSED_UNDER_LOAD.labels(Overloaded.code).inc()
            refusal = Overloaded(limit=self.at_once, headers={"Retry-After": "1"})
            await problem_response(refusal, instance=scope["path"])(scope, receive, send)
            return
        most_bytes, most_seconds = self._bounds(scope)
        if most_bytes is not None and _declared_length(scope) > most_bytes:
            refusal = BodyTooLarge(limit=most_bytes, headers={"Connection": "close"})
            await problem_response(refusal, instance=scope["path"])(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + most_seconds
        complete = False
        received = 0

        async def receive_in_time() -> Message:
            nonlocal complete, received
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as fault:
                REFUSED_UNDER_LOAD.labels(BodyTooSlow.code).inc()
                raise BodyTooSlow(seconds=most_seconds, headers={"Connection": "close"}) from fault
            received += len(message.get("body", b""))
            if most_bytes is not None and received > most_bytes:
                raise BodyTooLarge(limit=most_bytes, headers={"Connection": "close"})
            complete = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        counts = True

        async def send_with_allowance(message: Message) -> None:
            nonlocal counts
            if message["type"] == "http.response.start":
                if counts and _is_stream_of_events(
                    message
                ):  # it lasts, and whoever answers it bounds how many there are
                    counts = False
                    self._under_way -= 1
                allowance = scope.get("state", {}).get("allowance")
                if allowance is not None:
                    told = {name.lower() for name, _ in message["headers"]}
                    message["headers"] = [
                        *message["headers"],
                        *(
                            (name.lower().encode(), value.encode())
                            for name, value in rate_headers(allowance).items()
                            if name.lower().encode() not in told
                        ),
                    ]
            await send(message)

        self._under_way += 1
        try:
            await self.app(scope, receive_in_time, send_with_allowance)
        finally:
            self._under_way -= counts

    def _bounds(self, scope: Scope) -> tuple[int | None, float]:
        for stream in self.streams:
            if scope["path"].endswith(stream.path_ends) and _media(scope) == stream.media:
                return stream.body_bytes, stream.body_seconds
        return self.body_bytes, self.body_seconds


def _is_stream_of_events(start: Message) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in start["headers"])


def _media(scope: Scope) -> str:
    """The media type of the body, without parameters."""
    for name, value in scope["headers"]:
        if name == b"content-type":
            return value.partition(b";")[0].strip().lower().decode("latin-1")
    return ""


def _declared_length(scope: Scope) -> int:
    """The Content-Length, 0 where there is none to trust."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
