"""`bonphu migrate`."""

import asyncio
import contextlib
from pathlib import Path

import typer

from deploy.local import migrate
from deploy.local.home import Home
from deploy.local.programs import running
from deploy.local.stack import database_urls, embedded_postgres


def run_migrations(home: Path | None) -> None:
    """The three schemas are at the head; our own server was started for it where it was down."""
    state_folder = Home.from_environment(home)
    state_folder.create()
    with contextlib.ExitStack() as server:
        if not state_folder.is_up():
            server.enter_context(state_folder.held())
            if (postgres := embedded_postgres(state_folder)) is not None:
                server.enter_context(running(postgres.prepare()))
        asyncio.run(_upgrade(state_folder))
    typer.echo("quota, progress and reporting are at the latest version.")


async def _upgrade(home: Home) -> None:
    await migrate.upgrade(await database_urls(home))
