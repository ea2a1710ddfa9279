"""One installation in a temporary home, with a simulated province in it, for all tables of a run."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
from rich.console import Console

from deploy.local import migrate, programs, provision, services
from deploy.local.home import Home
from deploy.local.nats import Nats
from deploy.local.ports import is_free
from deploy.local.postgres import Postgres
from deploy.local.programs import Program
from deploy.local.tokens import identity_of, mint
from deploy.simulation import Scale, Scenario, Way, simulate
from deploy.simulation.bulk import Bulk
from deploy.simulation.hierarchy import read_hierarchy
from services.chassis.local_issuer import LocalIssuer

DAYS = 90
OPEN_DAYS = 1_000
"""Days of the campaign after those of the simulation, for the rows that the tables report."""
_USED = ("quota", "progress", "reporting", "gateway")
_UNPUBLISHED = "SELECT EXISTS (SELECT FROM progress.outbox WHERE published_at IS NULL)"
_UNAPPLIED = """
    SELECT EXISTS (
        SELECT FROM progress.outbox AS event WHERE NOT EXISTS (
            SELECT FROM reporting.inbox
            WHERE origin = 'progress' AND write_id = event.write_id AND part = event.part))
"""
_LIMITS = {
    "BONPHU_REQUESTS_PER_MINUTE": "100000000",
    "BONPHU_GRAPH_POINTS_PER_MINUTE": "100000000000",
    "BONPHU_REQUESTS_AT_ONCE": "1000",
    "BONPHU_CONSISTENCY_WAIT_SECONDS": "30",
    "BONPHU_LOG_LEVEL": "warning",
}


@dataclass(slots=True)
class Installation:
    """What runs, and where."""

    home: Home
    admin_url: str
    database_urls: Mapping[str, str]
    urls: dict[str, str]
    issuer: LocalIssuer
    scenario: Scenario
    pids: dict[str, int]
    """Of the servers and the services by name."""
    programs: dict[str, Program] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    next_batch: int = 0
    """How many batches the tables have made so far: no two have a key in common."""
    prepared: set[str] = field(default_factory=set)

    async def start(self, program: Program) -> None:
        """It runs and is ready."""
        process = await asyncio.to_thread(programs.start, program)
        self.programs[program.name], self.running[program.name] = program, process
        self.pids[program.name] = process.pid

    async def start_again(self, name: str) -> None:
        """It runs, whether it did before or not."""
        if name not in self.running:
            await self.start(self.programs[name])

    async def stop(self, name: str) -> None:
        """It does not run."""
        process = self.running.pop(name, None)
        if process is not None:
            await asyncio.to_thread(programs.stop, self.programs[name], process)

    def token(self, *scopes: str, source: str | None = None) -> str:
        """A token that sees everything."""
        return mint(self.issuer, subject="bench", scopes=scopes, source=source, units=["*"], ttl=timedelta(hours=6))

    @contextlib.asynccontextmanager
    async def admin(self) -> AsyncGenerator[asyncpg.Connection]:
        """A connection that may do everything."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            yield connection
        finally:
            await connection.close()

    async def drained(self) -> None:
        """No event waits to be published: nothing of what went before disturbs what comes next."""
        await self._until_nothing(_UNPUBLISHED)

    async def caught_up(self) -> None:
        """Reporting runs and has applied every event of progress."""
        await self.start_again("reporting")
        await self._until_nothing(_UNPUBLISHED)
        await self._until_nothing(_UNAPPLIED)

    async def _until_nothing(self, question: str) -> None:
        async with self.admin() as connection:
            still = True
            while still:
                still = await connection.fetchval(question)
                await asyncio.sleep(0.1 if still else 0)

    def parents(self) -> dict[str, str]:
        """The environment of a process of our own."""
        return dict(os.environ) | {"BENCH_DATABASE_URL": self.admin_url}


@contextlib.asynccontextmanager
async def installed(
    console: Console, *, days: int = DAYS, scale: Scale = Scale.PROVINCE
) -> AsyncGenerator[Installation]:
    """It runs inside the block; nothing of it is left afterwards."""
    folder = _folder()
    home = Home(folder / "home")
    home.create()
    postgres, nats = Postgres(home), Nats(home)
    place: Installation | None = None
    with contextlib.ExitStack() as servers:
        servers.callback(_forget, folder, postgres, home)
        server = servers.enter_context(programs.running(postgres.prepare()))
        bus = servers.enter_context(programs.running(nats.prepare()))
        database = await provision.provision(postgres.url(), provision.new_passwords())
        await migrate.upgrade(database.service_urls)
        identity = identity_of(home)
        assert identity.issuer is not None, "the benchmarks sign their own tokens: unset BONPHU_JWKS_URL and _FILE"
        first_port = _first_of_four_free_ports()
        urls = services.base_urls(first_port)
        environment = {
            **identity.environment,
            **database.environment(),
            **_LIMITS,
            **{f"BONPHU_{name.upper()}_URL": url for name, url in urls.items()},
            "BONPHU_NATS_URL": nats.url(),
        }
        place = Installation(
            home=home,
            admin_url=postgres.url(provision.DATABASE),
            database_urls=database.service_urls,
            urls=urls,
            issuer=identity.issuer,
            scenario=_scenario(days, scale),
            pids={"postgres": server.pid, "nats": bus.pid},
        )
        try:
            known = {program.name: program for program in services.programs(home, first_port, environment)}
            for name in _USED:
                await place.start(known[name])
            await simulate(
                place.scenario,
                way=Way.SQL,
                quota_url=urls["quota"],
                progress_url=urls["progress"],
                reporting_url=urls["reporting"],
                issuer=place.issuer,
                console=console,
                bulk=Bulk(database.service_urls, cluster=postgres.directory),
            )
            async with place.admin() as connection:
                await connection.execute("VACUUM ANALYZE")
            yield place
        finally:
            for name in list(place.running):
                await place.stop(name)


def _folder() -> Path:
    """A new one; root's PostgreSQL runs as an unprivileged user, who has to pass through."""
    folder = Path(tempfile.mkdtemp(prefix="bonphu-bench-"))
    folder.chmod(0o711)
    return folder


def _scenario(days: int, scale: Scale) -> Scenario:
    today = datetime.now(UTC).date()
    return Scenario(
        read_hierarchy(seed=1),
        scale=scale,
        days=days,
        first_day=today - timedelta(days=days + OPEN_DAYS + 2),
        open_days=OPEN_DAYS,
    )


def _first_of_four_free_ports() -> int:
    """Below the ports that the kernel hands out by itself, one of which a connection might take meanwhile."""
    for port in range(21_000, 32_000, 10):
        if all(is_free(port + offset) for offset in range(4)):
            return port
    raise RuntimeError("No four free ports beside each other from 21000 on.")


def _forget(folder: Path, postgres: Postgres, home: Home) -> None:
    if postgres.directory.parent != home.path:
        shutil.rmtree(postgres.directory.parent, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
