"""`bonphu doctor`: what this machine lacks, each with its remedy."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from deploy.local import services
from deploy.local.accounts import unprivileged_account
from deploy.local.failures import CannotStart
from deploy.local.home import Home

Check = Callable[[], str]
_FREE_BYTES = 2_000_000_000


def examine(home: Path | None, *, first_port: int) -> int:
    """Prints one line per check; 0 when nothing stands in the way, else 1."""
    console = Console(highlight=False, soft_wrap=True)
    failed = 0
    for name, check in _checks(Home.from_environment(home), first_port):
        try:
            console.print(f"[green]✓[/green] {name}: {check()}", markup=True)
        except (CannotStart, OSError, subprocess.SubprocessError) as trouble:
            failed += 1
            console.print(f"[red]✗[/red] {name}: {trouble}", markup=True)
    return int(failed > 0)


def _checks(home: Home, first_port: int) -> Iterator[tuple[str, Check]]:
    yield "Python", _python
    yield "user", _user
    yield "state folder", lambda: _state_folder(home)
    yield "disk", lambda: _disk(home)
    if not os.environ.get("BONPHU_DATABASE_ADMIN_URL"):
        yield "PostgreSQL", _postgres
    if not os.environ.get("BONPHU_NATS_URL"):
        yield "NATS", _nats
    yield "ports", lambda: _ports(home, first_port)
    yield "pages", _pages


def _python() -> str:
    return f"{sys.version.split()[0]} at {sys.executable}"


def _user() -> str:
    if account := unprivileged_account():
        return f"root; PostgreSQL runs as {account.name}"
    return f"uid {os.geteuid()}"


def _state_folder(home: Home) -> str:
    home.create()
    home.state()
    return str(home.path)


def _disk(home: Home) -> str:
    free = shutil.disk_usage(home.path).free
    if free < _FREE_BYTES:
        raise CannotStart(f"only {free / 1e9:.1f} GB free at {home.path}; 2 GB are wise.")
    return f"{free / 1e9:.0f} GB free"


def _postgres() -> str:
    from deploy.local.pginstall import binaries_for

    return _version(binaries_for(unprivileged_account()) / "postgres", "--version")


def _nats() -> str:
    from deploy.local.nats import server_binary

    return _version(server_binary(), "--version")


def _version(program: Path, *arguments: str) -> str:
    answer = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=20, check=False)
    if answer.returncode:
        raise CannotStart(f"{program} does not run here: {answer.stderr.strip()}")
    return answer.stdout.strip()


def _ports(home: Home, first_port: int) -> str:
    last = first_port + len(services.SERVICES) - 1
    if home.is_up():
        return f"{first_port} to {last}, bonphu is up"
    services.refuse_taken_ports(first_port)
    return f"{first_port} to {last} are free"


def _pages() -> str:
    from deploy.pages import are_built

    if are_built():
        return "built"
    raise CannotStart("not built. `bonphu pages build` builds them; all the rest works without.")
