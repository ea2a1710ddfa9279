"""PostgreSQL and NATS for the tests: one pair per test run, shared by every xdist worker.

The servers are those of `bonphu up`, in a temporary folder and without fsync. A *keeper* process
owns them: it ends them when the last process that took part in the run has ended, however that
ended, because the kernel then gives back the shared lock that each of them holds.

    servers = join_servers()                       # started by whoever comes first
    async with clone_database(servers) as urls:    # ~35 ms; dropped after the block
        ... urls["quota"] ...
"""

import asyncio
import contextlib
import dataclasses
import fcntl
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy import CHECKOUT
from deploy.local import migrate, provision
from deploy.local.home import Home
from deploy.local.nats import Nats
from deploy.local.postgres import Postgres
from deploy.local.programs import running

TEMPLATE = "bonphu_template"
FAST: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    # A worker that visits the template would delay a clone, one in a clone its drop.
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the run's servers are."""

    admin_url: str
    """The superuser's URL, at the database `postgres`."""
    nats_url: str
    passwords: Mapping[str, str]
    """By service: its role's password."""

    def urls(self, database: str) -> dict[str, str]:
        """Each service's URL at `database`."""
        at = provision.at_database(self.admin_url, database)
        return {service: provision.as_service(at, service, password) for service, password in self.passwords.items()}


@functools.cache
def join_servers() -> Servers:
    """The servers of this test run, kept up at least as long as this process lives."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    folder = Path(tempfile.gettempdir()) / f"bonphu-tests-{os.getuid()}-{run}"
    while True:
        # Root's PostgreSQL runs as an unprivileged user, who has to pass through.
        folder.mkdir(mode=0o711, exist_ok=True)
        alive = os.open(folder / "alive.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(alive, fcntl.LOCK_SH)  # held until this process ends: never closed
        if not _same_file(alive, folder / "alive.lock"):
            os.close(alive)  # the keeper of an earlier pair has just removed the folder
            continue
        with _exclusively(folder / "start.lock"):
            if not (folder / "servers.json").exists():
                _start_keeper(folder)
        return Servers(**json.loads((folder / "servers.json").read_text()))


@contextlib.asynccontextmanager
async def clone_database(servers: Servers) -> AsyncGenerator[dict[str, str]]:
    """A migrated, empty database of one's own, as URLs by service; dropped after the block."""
    name = f"test_{uuid.uuid4().hex}"
    await _execute(servers.admin_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        yield servers.urls(name)
    finally:
        await _execute(servers.admin_url, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _start_keeper(folder: Path) -> None:
    with tempfile.TemporaryFile("w+") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.support.servers", str(folder)],
            cwd=CHECKOUT,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        assert keeper.stdout is not None
        with keeper.stdout as answer:  # the keeper says "ready", or ends without a word
            if answer.readline().strip() != b"ready":
                keeper.wait()
                log.seek(0)
                raise RuntimeError(f"the test servers did not start:\n{log.read()}")
    keeper.returncode = 0  # it outlives us on purpose: Popen need not warn of that


def keep(folder: Path) -> None:
    """The servers run until no process of the test run is left; then the folder is gone."""
    home = Home(folder / "home")
    home.create()
    postgres, nats = Postgres(home, settings=FAST), Nats(home, sync_interval="2m")
    try:
        with running(postgres.prepare()), running(nats.prepare()):
            passwords = provision.new_passwords()
            asyncio.run(_make_template(postgres.url(), passwords))
            servers = Servers(postgres.url(), nats.url(), passwords)
            descriptor = os.open(folder / "servers.json", os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(dataclasses.asdict(servers), file)
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            alive = os.open(folder / "alive.lock", os.O_RDWR)
            fcntl.flock(alive, fcntl.LOCK_EX)
            (folder / "servers.json").unlink()
    finally:
        if postgres.directory.parent != home.path:
            shutil.rmtree(postgres.directory.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


async def _make_template(admin_url: str, passwords: Mapping[str, str]) -> None:
    await _execute(admin_url, f"CREATE DATABASE {TEMPLATE}")
    database = await provision.provision(provision.at_database(admin_url, TEMPLATE), passwords)
    await migrate.upgrade(database.service_urls)
    # Nobody connects to it any more: a clone is refused while somebody does.
    await _execute(admin_url, f"ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false")


@contextlib.contextmanager
def _exclusively(path: Path) -> Generator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _same_file(descriptor: int, path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
