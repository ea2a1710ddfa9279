"""`bonphu report`."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deploy.local import services
from deploy.local.home import Home
from deploy.local.tokens import local_issuer, mint
from deploy.reports import receipts
from deploy.reports.files import Outgoing, outgoing
from deploy.reports.pending import Pending
from deploy.reports.sending import Answered, address, every_error, send

TOKEN_LASTS = timedelta(hours=1)


def report_file(
    path: Path,
    *,
    campaign: str,
    source: str,
    mode: str | None,
    atomic: bool,
    dry_run: bool,
    errors: Path | None,
    url: str | None,
    token: str | None,
    home: Path | None,
) -> int:
    """The file has been sent and its receipt shown; answers the exit code. Raises: CannotStart."""
    file = outgoing(path, source=source, mode=mode)
    base_url = url or os.environ.get("BONPHU_PROGRESS_URL") or _local_url(home)
    bearer = token or os.environ.get("BONPHU_TOKEN") or _local_token(home, source)
    where = address(base_url, campaign, file, atomic=atomic, dry_run=dry_run)
    console = Console(highlight=False)
    answered = asyncio.run(_send(console, where, bearer, file))
    code = receipts.show(console, answered, dry_run=dry_run)
    if errors is not None and answered.is_receipt:
        count = asyncio.run(_write_errors(errors, base_url, bearer, answered))
        console.print(f"{count:,} errors in {errors}")
    return code


async def _send(console: Console, where: str, bearer: str, file: Outgoing) -> Answered:
    pending = Pending(where, file)
    if pending.resumes:
        console.print("This file was sent before and had no answer; it goes on under the same key and counts once.")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task: TaskID = bar.add_task(f"sending {file.path.name}", total=file.size)

        def sent(count: int) -> None:
            done = count >= file.size
            bar.update(task, completed=count, description=f"{'judging' if done else 'sending'} {file.path.name}")

        def waits(reason: str, seconds: float) -> None:
            bar.console.print(f"no answer yet ({reason}); again in {seconds:.0f} s")
            bar.update(task, completed=0)

        answered = await send(where, bearer, file, pending=pending, sent=sent, waits=waits)
        bar.update(task, completed=file.size, description=f"sent {file.path.name}")
    return answered


async def _write_errors(path: Path, base_url: str, bearer: str, answered: Answered) -> int:
    batch = answered.body["batch"]
    count = 0
    with path.open("wb") as file:
        if batch is None:
            found = answered.body["errors"]
        else:
            found = [one async for one in every_error(base_url, bearer, batch)]
        for one in found:
            file.write(msgspec.json.encode(one) + b"\n")
            count += 1
    return count


def _local_url(home: Path | None) -> str:
    port = Home.from_environment(home).state().get("port", services.DEFAULT_PORT)
    return services.base_urls(port)["progress"]


def _local_token(home: Path | None, source: str) -> str:
    issuer = local_issuer(Home.from_environment(home))
    return mint(
        issuer, subject=source, scopes=["progress:write", "progress:read"], source=source, units=["*"], ttl=TOKEN_LASTS
    )
