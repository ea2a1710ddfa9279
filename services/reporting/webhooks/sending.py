"""One attempt at one delivery, bounded in time and size, to addresses of the open internet alone."""

import socket
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from services.reporting.webhooks.queries import Due
from services.reporting.webhooks.rules import fault_of_url, is_public, signature

ATTEMPT_SECONDS = 10.0
_ANSWER_BYTES = 4_096
"""Of an answer that is read; the rest is not waited for."""


class Outcome(NamedTuple):
    """`status`: what was answered. `fault`: why it counts as failed; None where it was taken."""

    status: int | None
    fault: str | None


class NotPublic(OSError):
    """The name leads to an address that is not on the open internet."""


class PublicResolver(AbstractResolver):
    """Resolves names, and refuses all that lead into private networks.

    The connection is made to the very address that was looked at, so that a name which changes between the look and
    the call leads nowhere else.
    """

    def __init__(self, *, private_allowed: bool) -> None:
        self._private_allowed = private_allowed
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Addresses of the host. Raises: NotPublic."""
        found = await self._resolver.resolve(host, port, family)
        if not self._private_allowed and not all(is_public(one["host"]) for one in found):
            raise NotPublic("its name leads into a private network")
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._resolver.close()


class Sender:
    """Sends deliveries; open inside `async with`."""

    def __init__(self, *, private_allowed: bool) -> None:
        self._private_allowed = private_allowed

    async def __aenter__(self) -> "Sender":
        connector = aiohttp.TCPConnector(
            resolver=PublicResolver(private_allowed=self._private_allowed), use_dns_cache=False, limit=20
        )
        timeout = aiohttp.ClientTimeout(total=ATTEMPT_SECONDS, sock_connect=5)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def send(self, due: Due, *, timestamp: int) -> Outcome:
        """What became of it: taken with 2xx. Redirects are not followed."""
        fault = fault_of_url(due.url, private_allowed=self._private_allowed)
        if fault is not None:
            return Outcome(None, f"the address is refused: {fault}")
        body = due.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "bonphu-webhooks/1",
            "webhook-id": str(due.id),
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(due.secret, delivery_id=str(due.id), timestamp=timestamp, body=body),
        }
        try:
            async with self._session.post(due.url, data=body, headers=headers, allow_redirects=False) as answer:
                await answer.content.read(_ANSWER_BYTES)
                status = answer.status
        except TimeoutError:
            return Outcome(None, f"no answer within {ATTEMPT_SECONDS:.0f} s")
        except (aiohttp.ClientError, ssl.SSLError, OSError, ValueError) as failure:
            cause = failure.os_error if isinstance(failure, aiohttp.ClientConnectorError) else failure
            return Outcome(None, f"no connection to {urlsplit(due.url).hostname}: {cause}"[:300])
        if 200 <= status < 300:
            return Outcome(status, None)
        return Outcome(status, "it redirects, which is not followed" if 300 <= status < 400 else f"it answers {status}")
