"""Homes that PostgreSQL's unprivileged user can reach, and waiting for what another process does."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from deploy.local.home import Home
from deploy.local.postgres import Postgres
from deploy.local.programs import running


@pytest.fixture(scope="module")
def folder() -> Generator[Path]:
    # pytest's own temporary folders are closed to the user that root's PostgreSQL becomes.
    path = Path(tempfile.mkdtemp(prefix="bonphu-deploy-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def home(folder: Path) -> Home:
    home = Home(Path(tempfile.mkdtemp(dir=folder)) / "home")
    home.create()
    home.path.parent.chmod(0o711)
    return home


@pytest.fixture(scope="module")
def postgres(folder: Path) -> Generator[Postgres]:
    """One running embedded server, settings as for `bonphu up`."""
    home = Home(folder / "server")
    home.create()
    server = Postgres(home)
    with running(server.prepare()):
        yield server


def eventually(condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Returns as soon as the condition holds, and fails when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)  # the bounded wait for a condition


def lives(pid: int) -> bool:
    """Whether the process exists and is more than the remains that nobody has collected."""
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat")
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
