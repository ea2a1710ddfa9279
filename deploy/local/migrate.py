"""The three alembic histories, each run as its service's role.

alembic runs in processes of their own, side by side: one costs a second, most of it imports.
"""

import asyncio
import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy import CHECKOUT
from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.provision import SERVICES, url_variable


async def upgrade(urls: Mapping[str, str], services: Sequence[str] = SERVICES) -> None:
    """Every service's schema is at the head of its history."""
    results = await asyncio.gather(*(_upgrade(service, urls[service]) for service in services))
    if failed := [sentence for sentence in results if sentence]:
        raise CannotStart("\n".join(failed))


async def upgrade_where_needed(home: Home, urls: Mapping[str, str]) -> bool:
    """As `upgrade`, but nothing runs where the last upgrade of this home still stands.

    It stands when neither the migrations nor the version tables changed since: a look at three
    one-row tables instead of three runs of alembic. Returns whether something ran.
    """
    sources = fingerprint()
    remembered: dict[str, Any] = home.state().get("migrations", {})
    if remembered.get("sources") == sources and remembered.get("versions") == await _versions(urls):
        return False
    await upgrade(urls)
    home.remember(migrations={"sources": sources, "versions": await _versions(urls)})
    return True


def fingerprint() -> str:
    """A digest of every history, the environment and the configuration."""
    digest = hashlib.sha256()
    found = sorted((CHECKOUT / "migrations").rglob("*"))
    files = [path for path in found if path.suffix in (".py", ".sql")]
    for file in [_configuration(), *files]:
        digest.update(str(file.relative_to(CHECKOUT)).encode() + b"\0")
        digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def _configuration() -> Path:
    """In a checkout at the top; a wheel carries it beside the histories."""
    top = CHECKOUT / "alembic.ini"
    return top if top.exists() else CHECKOUT / "migrations" / "alembic.ini"


async def _upgrade(service: str, url: str) -> str | None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alembic", "-c", str(_configuration()), "-n", service, "upgrade", "head"),
        cwd=CHECKOUT,
        env=os.environ | {url_variable(service): url},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if not process.returncode:
        return None
    return f"The migrations of {service} failed:\n{output.decode(errors='replace').rstrip()}"


async def _versions(urls: Mapping[str, str]) -> dict[str, list[str]]:
    """What each version table holds, by service; empty where there is none."""
    found = await asyncio.gather(*(_version(service, urls[service]) for service in SERVICES))
    return dict(zip(SERVICES, found, strict=True))


async def _version(service: str, url: str) -> list[str]:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(f"SELECT version_num FROM {service}.alembic_version ORDER BY 1")
        return [row["version_num"] for row in rows]
    except asyncpg.UndefinedTableError:
        return []
    finally:
        await connection.close()
