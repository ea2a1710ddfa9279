"""The ways to die: each kills with SIGKILL, and returns when the system is about to notice."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2

from tests.faults.campaign import campaign_named
from tests.faults.installation import CAN_MOUNT, SERVICES, Installation, gone
from tests.support.waiting import until

Death = Callable[[Installation, random.Random], Awaitable[None]]


async def _kill_child(installation: Installation, name: str) -> int:
    """The child is dead."""

    async def pid() -> int | None:
        return installation.pids().get(name)

    victim = await until(pid, lambda found: found is not None, within=60)
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    await gone([victim])
    return victim


def _of_child(name: str) -> Death:
    async def kill(installation: Installation, _: random.Random) -> None:
        await _kill_child(installation, name)

    return kill


async def _kill_backend(installation: Installation, chance: random.Random) -> None:
    async def backends() -> list[int]:
        return installation.backends()

    victim = chance.choice(await until(backends, bool, within=60))
    try:
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        return await _kill_backend(installation, chance)
    await gone([victim])
    return None


async def _kill_nats_and_its_store(installation: Installation, _: random.Random) -> None:
    await _kill_child(installation, "nats")
    shutil.rmtree(installation.home.path / "nats" / "jetstream")


async def _fill_the_disk(installation: Installation, _: random.Random) -> None:
    """Not a byte is free, until nothing can be written any more; then there is room again."""
    ballast = installation.home.path / "ballast"
    try:
        await asyncio.to_thread(_write_until_full, ballast)
        await until(lambda: _refuses_to_write(installation), bool, within=60)
    finally:
        ballast.unlink(missing_ok=True)


async def _refuses_to_write(installation: Installation) -> bool:
    """Whether a campaign is refused because there is no room for it: with 503, never as if it were our bug."""
    url, token = f"{installation.urls['quota']}/v1/campaigns", installation.token("quota:write")
    body = campaign_named(f"full-{uuid.uuid4().hex[:12]}")
    async with httpx2.AsyncClient(timeout=10) as client:
        try:
            answer = await client.post(url, json=body, headers={"Authorization": f"Bearer {token}"})
        except httpx2.HTTPError:
            return False  # PostgreSQL may be restarting
    assert answer.status_code in (201, 503), answer.text
    return answer.status_code == 503


def _write_until_full(ballast: Path) -> None:
    piece = bytes(1_000_000)
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(piece)


async def _kill_supervisor(installation: Installation, _: random.Random) -> None:
    """Nothing that it started outlives it; it is started anew."""
    family, launcher = installation.family(), installation.launcher
    assert launcher is not None
    launcher.kill()
    await asyncio.to_thread(launcher.wait)
    await gone(family, within=30)
    await installation.up()


DEATHS: dict[str, Death] = {
    **{name: _of_child(name) for name in SERVICES},
    "postmaster": _of_child("postgres"),
    "backend": _kill_backend,
    "nats": _of_child("nats"),
    "nats_store": _kill_nats_and_its_store,
    "supervisor": _kill_supervisor,
    **({"full_disk": _fill_the_disk} if CAN_MOUNT else {}),
}


class Reaper:
    """Kills, and measures how long it takes until everything is ready again."""

    def __init__(self, installation: Installation, chance: random.Random) -> None:
        self.installation = installation
        self.chance = chance
        self.recovered: defaultdict[str, list[float]] = defaultdict(list)
        self.kills: defaultdict[str, int] = defaultdict(int)

    async def kill(self, name: str) -> None:
        """At a random moment within a second."""
        await asyncio.sleep(self.chance.random())
        await DEATHS[name](self.installation, self.chance)
        self.kills[name] += 1

    async def kill_and_wait(self, name: str) -> None:
        """Killed, and everything is ready again."""
        await asyncio.sleep(self.chance.random())
        began = time.monotonic()
        await DEATHS[name](self.installation, self.chance)
        self.kills[name] += 1
        await self.installation.ready()
        self.recovered[name].append(time.monotonic() - began)
