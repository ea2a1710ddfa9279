"""One file goes to progress, again and again until there is an answer."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from deploy.local.failures import CannotStart
from deploy.reports.files import Outgoing
from deploy.reports.pending import Pending

PATIENCE_SECONDS = 300
ANSWER_SECONDS = 1_800
"""For an answer: a million rows take a minute and more."""
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_PART = 1 << 16


class Answered(msgspec.Struct, frozen=True):
    """The receipt, the problem, or whatever else came as JSON. `again`: it had been answered before."""

    status: int
    body: dict[str, Any]
    again: bool

    @property
    def is_receipt(self) -> bool:
        """Whether a batch was judged, and not the request refused."""
        return "rows" in self.body and "batch" in self.body


Progress = Callable[[int], None]
"""Told how many bytes have gone in this attempt."""


def address(base_url: str, campaign: str, file: Outgoing, *, atomic: bool, dry_run: bool) -> str:
    """Where the file goes."""
    query = file.query | ({} if atomic else {"atomic": "false"}) | ({"dry_run": "true"} if dry_run else {})
    path = f"{base_url.rstrip('/')}/v1/campaigns/{quote(campaign, safe='')}/reports"
    return f"{path}?{urlencode(query)}" if query else path


async def send(
    url: str,
    token: str,
    file: Outgoing,
    *,
    pending: Pending,
    sent: Progress,
    waits: Callable[[str, float], None],
    patience_seconds: float = PATIENCE_SECONDS,
) -> Answered:
    """The answer. `waits` is told why the file goes again, and after how many seconds.

    Raises: CannotStart, when nothing has answered for `patience_seconds`; the next run goes on under the same key.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": file.media, "Idempotency-Key": pending.key}
    clock = asyncio.get_running_loop().time
    deadline, pause = clock() + patience_seconds, 1.0
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=ANSWER_SECONDS)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        while True:
            try:
                async with session.post(url, data=_parts(file, sent)) as response:
                    raw = await response.read()
                    status, told = response.status, response.headers
            except (aiohttp.ClientError, TimeoutError) as fault:
                reason, after = str(fault) or type(fault).__name__, pause
            else:
                in_use = status == 409 and b"idempotency_key_in_use" in raw
                if status not in _AGAIN and not in_use:
                    pending.answered()
                    return Answered(status, _json(raw), told.get("Idempotent-Replayed") == "true")
                reason = f"it answers {status}"
                after = float(told["Retry-After"]) if told.get("Retry-After", "").isdigit() else pause
            if clock() + after > deadline:
                raise CannotStart(
                    f"No answer from {url.partition('?')[0]} ({reason}). Run the same command again: it goes on where"
                    " this one ended, and the file counts once."
                )
            waits(reason, after)
            await asyncio.sleep(after)
            pause = min(pause * 2, 30.0)


async def every_error(base_url: str, token: str, batch: str) -> AsyncGenerator[dict[str, Any]]:
    """All errors of a batch, in the order of its rows."""
    cursor = ""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        while True:
            url = f"{base_url.rstrip('/')}/v1/batches/{batch}/errors?limit=1000{cursor}"
            async with session.get(url) as response:
                page = _json(await response.read())
            for one in page.get("items", ()):
                yield one
            if not page.get("next_cursor"):
                return
            cursor = f"&cursor={page['next_cursor']}"


async def _parts(file: Outgoing, sent: Progress) -> AsyncGenerator[bytes]:
    gone = 0
    if file.body is not None:
        for start in range(0, len(file.body), _PART):
            part = file.body[start : start + _PART]
            yield part
            gone += len(part)
            sent(gone)
        return
    with file.path.open("rb") as content:
        while part := await asyncio.to_thread(content.read, _PART):
            yield part
            gone += len(part)
            sent(gone)


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    return found if isinstance(found, dict) else {"detail": raw[:500].decode(errors="replace")}
