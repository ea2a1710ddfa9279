"""`bonphu notice`."""

import asyncio
import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from deploy.local import services
from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.tokens import local_issuer, mint

ANSWER_SECONDS = 300
_TOKEN_LASTS = timedelta(minutes=10)
_NAME = re.compile(r'filename="([A-Za-z0-9._-]+)"')


def write_notice(
    *,
    campaign: str,
    form: str,
    unit: str | None,
    as_of: str | None,
    snapshot: str | None,
    output: Path | None,
    url: str | None,
    token: str | None,
    home: Path | None,
    overall_decimals: int | None = None,
    units_decimals: int | None = None,
) -> Path | None:
    """The notice lies in the file whose path is answered; `-` writes it to the output. Raises: CannotStart."""
    asked = {
        "format": form,
        "unit": unit,
        "as_of": as_of,
        "snapshot": snapshot,
        "overall_decimals": overall_decimals,
        "units_decimals": units_decimals,
    }
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    base_url = url or os.environ.get("BONPHU_REPORTING_URL") or _local_url(home)
    where = f"{base_url.rstrip('/')}/v1/campaigns/{quote(campaign, safe='')}/notice?{query}"
    content, name = asyncio.run(_fetched(where, token or os.environ.get("BONPHU_TOKEN") or _local_token(home)))
    if output is not None and str(output) == "-":
        sys.stdout.buffer.write(content)
        return None
    path = output or Path(name or f"notice.{form}")
    try:
        path.write_bytes(content)
    except OSError as fault:
        raise CannotStart(f"{path} cannot be written: {fault.strerror}. Name another file with --output.") from fault
    return path


async def _fetched(where: str, token: str) -> tuple[bytes, str | None]:
    """The file, and the name that the service gives it."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=10)
    try:
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}, timeout=timeout) as session,
            session.get(where) as answer,
        ):
            content = await answer.read()
            named = _NAME.search(answer.headers.get("Content-Disposition", ""))
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as fault:
        reason = str(fault) or type(fault).__name__
        raise CannotStart(f"No answer from {where.partition('?')[0]} ({reason}). Does `bonphu up` run?") from fault
    if status != 200:
        raise CannotStart(_told(content) or f"{where.partition('?')[0]} answers {status}.")
    return content, named[1] if named else None


def _told(body: bytes) -> str | None:
    try:
        return str(msgspec.json.decode(body, type=dict[str, object])["detail"])
    except (msgspec.MsgspecError, KeyError):
        return None


def _local_url(home: Path | None) -> str:
    port = Home.from_environment(home).state().get("port", services.DEFAULT_PORT)
    return services.base_urls(port)["reporting"]


def _local_token(home: Path | None) -> str:
    issuer = local_issuer(Home.from_environment(home))
    return mint(issuer, subject="notice", scopes=["reporting:read"], source=None, units=["*"], ttl=_TOKEN_LASTS)
