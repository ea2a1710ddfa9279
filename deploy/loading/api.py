"""The public APIs of one running installation, as a client sees them that may be interrupted and come again."""

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from deploy.local.tokens import mint
from services.chassis.local_issuer import LocalIssuer

TOKEN_LASTS = timedelta(hours=1)
PATIENCE_SECONDS = 120
_AGAIN = frozenset({429, 502, 503, 504})
_encoder = msgspec.json.Encoder()


class LoadingRefused(RuntimeError):
    """A service refused what was sent; the message is its own."""


class Answered(msgspec.Struct, frozen=True):
    """What a service answered, and the token of what was written."""

    status: int
    body: Any
    written: str | None


class Service:
    """One service by its base URL."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")

    async def call(
        self, method: str, path: str, token: str, body: Any = None, *, after: str = "", accepts: tuple[int, ...] = ()
    ) -> Answered:
        """One request, sent again while the service is not ready. A POST bears a key of its content, and acts once.

        Answers what is 2xx or among `accepts`. Raises: LoadingRefused.
        """
        payload = None if body is None else _encoder.encode(body)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = hashlib.sha256(path.encode() + b"\0" + (payload or b"")).hexdigest()
        if after:
            headers["Consistency-Token"] = after
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            try:
                async with self._session.request(
                    method, self._base_url + path, data=payload, headers=headers
                ) as response:
                    raw = await response.read()
                    status, written = response.status, response.headers.get("Consistency-Token")
                    pause = response.headers.get("Retry-After", "1")
            except (aiohttp.ClientConnectionError, TimeoutError) as fault:
                raw, status, written, pause = str(fault).encode(), 503, None, "1"
            if status < 300 or status in accepts:
                return Answered(status, msgspec.json.decode(raw) if raw else None, written)
            key_in_use = status == 409 and b"idempotency_key_in_use" in raw
            if not (status in _AGAIN or key_in_use) or asyncio.get_running_loop().time() > deadline:
                raise LoadingRefused(f"{method} {self._base_url}{path} answered {status}: {raw[:600].decode()}")
            await asyncio.sleep(min(float(pause) if pause.isdigit() else 1.0, 5.0))

    async def pages(self, path: str, token: str) -> list[dict[str, Any]] | None:
        """All items of a list; None where there is no such thing."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = f"{path}?limit=1000" + (f"&cursor={cursor}" if cursor else "")
            answered = await self.call("GET", query, token, accepts=(404,))
            if answered.status == 404:
                return None
            items += answered.body["items"]
            cursor = answered.body["next_cursor"]
            if cursor is None:
                return items


class Tokens:
    """The tokens of everybody who acts here, each with the scopes of its part and no more."""

    def __init__(self, issuer: LocalIssuer, sources: Iterable[str]) -> None:
        self._issuer = issuer
        self.official = self._mint("demo-official", "quota:read", "quota:write")
        self.historian = self._mint("demo-historian", "quota:read", "quota:write", "progress:read", "admin")
        """May say that something happened in the past."""
        self.reader = self._mint("demo-reader", "quota:read", "progress:read", "reporting:read")

        self.source = {code: self._mint(f"demo-{code}", "progress:write", "admin", source=code) for code in sources}
        """Of each source its own; admin, since its reports bear the moments at which they came in then."""

    def _mint(self, subject: str, *scopes: str, source: str | None = None) -> str:
        return mint(self._issuer, subject=subject, scopes=scopes, source=source, units=["*"], ttl=TOKEN_LASTS)


class Apis:
    """The three services behind one pool of connections."""

    def __init__(self, *, quota_url: str, progress_url: str, reporting_url: str) -> None:
        self._urls = quota_url, progress_url, reporting_url

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self.quota, self.progress, self.reporting = (Service(self._session, url) for url in self._urls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
