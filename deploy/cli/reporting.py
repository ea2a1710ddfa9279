"""`bonphu reporting rebuild` and `bonphu reporting verify`.

They work in this process, on a connection of its own: a replica that restarts, a request that times out or a pod that
is moved does not end them, Ctrl-C does, and then nothing has changed. The projector's lock holds every replica off.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deploy.local import provision, services
from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.stack import database_urls
from deploy.local.tokens import identity_of
from services.chassis.clock import SystemClock
from services.chassis.problems import DependencyUnavailable
from services.chassis.service_client import ServiceClient, ServiceCredentials
from services.chassis.tracing import Tracing
from services.reporting.projector.derivation import Step
from services.reporting.settings import ReportingSettings
from services.reporting.upkeep.owners import Owners, StreamRefused
from services.reporting.upkeep.rebuild import RowsOfNobody, rebuild, rebuild_from_source
from services.reporting.upkeep.verify import verify

_STREAM_SECONDS = 120.0

T = TypeVar("T")


def run_rebuild(home: Path | None, *, from_source: bool, campaign: str | None, drop_unknown: bool) -> None:
    """The roll-ups follow from the log, the log from its owners where that was asked for."""
    if drop_unknown and not from_source:
        raise CannotStart("--drop-unknown goes with --from-source: without it the log stays as it is.")
    console = Console(highlight=False, soft_wrap=True)

    async def work(settings: ReportingSettings) -> None:
        columns = (TextColumn("{task.description:<32}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            bars: dict[str, TaskID] = {}

            def tell(code: str, step: Step) -> None:
                if code not in bars:
                    bars[code] = progress.add_task(code, total=step.of)
                progress.update(bars[code], completed=step.done)

            async with _connection(settings) as connection, _owners(settings) as owners:
                if from_source:
                    done = await rebuild_from_source(
                        connection, owners, say=console.print, only=campaign, drop_unknown=drop_unknown, tell=tell
                    )
                else:
                    done = await rebuild(connection, say=console.print, only=campaign, tell=tell)
        if not done and campaign is not None:
            raise CannotStart(f"Reporting knows no campaign {campaign}.")
        console.print(f"{done} {'campaign' if done == 1 else 'campaigns'} rebuilt.")

    _run(home, work)


def run_verify(home: Path | None) -> int:
    """Prints the first difference, or what was compared and agrees; 1 where there is a difference."""
    console = Console(highlight=False, soft_wrap=True)

    async def work(settings: ReportingSettings) -> int:
        async with _connection(settings) as connection, _owners(settings) as owners:
            verified = await verify(connection, owners, say=lambda text: console.print(text, style="dim"))
        if verified.difference is not None:
            console.print(f"The first difference: {verified.difference}.", markup=False)
            console.print(
                "`bonphu reporting rebuild` derives the roll-ups anew; with --from-source it mends copies and log too."
            )
            return 1
        console.print(
            "All agrees: " + ", ".join(f"{count:,} {what}" for what, count in verified.compared.items()) + "."
        )
        return 0

    return _run(home, work)


def _run(home: Path | None, work: Callable[[ReportingSettings], Awaitable[T]]) -> T:
    try:
        return asyncio.run(_with_settings(Home.from_environment(home), work))
    except (StreamRefused, RowsOfNobody) as refusal:
        raise CannotStart(str(refusal)) from refusal
    except DependencyUnavailable as refusal:
        raise CannotStart(
            f"{refusal} Start it, or say where it is (BONPHU_QUOTA_URL, BONPHU_PROGRESS_URL)."
        ) from refusal
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.InvalidAuthorizationSpecificationError) as fault:
        raise CannotStart(
            f"The database of reporting does not answer ({fault}). Start it with `bonphu up`, or say where it is"
            " (BONPHU_REPORTING_DATABASE_URL)."
        ) from fault


async def _with_settings(home: Home, work: Callable[[ReportingSettings], Awaitable[T]]) -> T:
    """What the environment says, else what the home knows of the services that run from it."""
    urls = services.base_urls(home.state().get("port", services.DEFAULT_PORT))
    told = {f"BONPHU_{name.upper()}_URL": url for name, url in urls.items()} | identity_of(home).environment
    variable = provision.url_variable("reporting")
    if not os.environ.get(variable):
        told[variable] = (await database_urls(home))["reporting"]
    for name, value in told.items():
        os.environ.setdefault(name, value)
    return await work(ReportingSettings())


@asynccontextmanager
async def _connection(settings: ReportingSettings) -> AsyncGenerator[asyncpg.Connection]:
    # A statement that was planned for a table would go on with it though a temporary one hides it now: none is kept.
    connection = await asyncpg.connect(
        settings.reporting_database_url,
        statement_cache_size=0,
        timeout=20,
        server_settings={"application_name": "bonphu-reporting-upkeep", "timezone": "UTC"},
    )
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def _owners(settings: ReportingSettings) -> AsyncGenerator[Owners]:
    tracing = Tracing(service="reporting", collector=settings.otlp_url)
    quota, progress = (
        ServiceClient(url, name=name, tracing=tracing, timeout_seconds=_STREAM_SECONDS)
        for name, url in (("quota", settings.quota_url), ("progress", settings.progress_url))
    )
    scopes = ["quota:read", "progress:read"]
    credentials = ServiceCredentials(settings, service="reporting", scopes=scopes, clock=SystemClock())
    await quota.open()
    await progress.open()
    try:
        yield Owners(quota=quota, progress=progress, credentials=credentials)
    finally:
        await quota.close()
        await progress.close()
        await tracing.close()
