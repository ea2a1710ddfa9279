"""One installation of bonphu, started by its launcher in a folder and on ports of its own."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

from deploy import CHECKOUT
from deploy.local import provision, services
from deploy.local.home import Home
from deploy.local.nats import Nats, complaint_at
from deploy.local.ports import answers, is_free
from deploy.local.postgres import Postgres
from deploy.local.tokens import local_issuer, mint
from tests.support.waiting import until

SERVICES = tuple(each.name for each in services.SERVICES)
CHILDREN = (*SERVICES, "postgres", "nats")
CAN_MOUNT = os.geteuid() == 0
DISK_BYTES = 2_000_000_000
"""In memory, and only as far as it is used."""


class Installation:
    """The launcher's process, its children by name, and where they answer."""

    def __init__(self, home: Home, first_port: int) -> None:
        self.home = home
        self.first_port = first_port
        self.urls = services.base_urls(first_port)
        self.launcher: subprocess.Popen[bytes] | None = None

    async def up(self, *, within: float = 120) -> None:
        """Everything answers; the launcher runs in the background, its words are in `launcher.log`."""
        self.launch()
        await self.ready(within=within)

    def launch(self) -> None:
        """The launcher has been started."""
        with (self.home.path / "launcher.log").open("ab") as log:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("BONPHU_")}
            self.launcher = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.faults.launcher", "up"),
                    *("--home", str(self.home.path), "--port", str(self.first_port)),
                ],
                cwd=CHECKOUT,
                env=environment | {"BONPHU_POOL_SIZE": "6", "BONPHU_LOG_FORMAT": "console"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def ready(self, *, within: float = 90) -> None:
        """Every child runs and says that it is ready."""
        await until(lambda: asyncio.to_thread(self._missing), lambda missing: not missing, within=within)

    def _missing(self) -> dict[str, str]:
        """What does not answer, or is not ready."""
        launcher = self.launcher
        if launcher is None or launcher.poll() is not None:
            return {"launcher": f"has ended; its last words: {self.words()[-1500:]}"}
        running = self.pids()
        found = {name: "does not run" for name in CHILDREN if name not in running}
        if found:
            return found
        if not answers(self.home.state()["nats"]["port"], greeting=b"INFO "):
            return {"nats": "does not answer"}
        if complaint := complaint_at(self.home.state()["nats"]["monitoring_port"]):
            return {"nats": complaint}
        for each in services.SERVICES:
            if missing := services.missing_at(self.first_port + each.offset):
                return {each.name: missing}
        return {}

    def words(self) -> str:
        """What the launcher has said so far."""
        return (self.home.path / "launcher.log").read_text(errors="replace")

    def pids(self) -> dict[str, int]:
        """The process numbers of the launcher's children, by name."""
        if self.launcher is None:
            return {}
        return {name: pid for pid in _children(self.launcher.pid) if (name := _name(pid)) is not None}

    def backends(self) -> list[int]:
        """The process numbers of the sessions that PostgreSQL serves at the moment."""
        postmaster = self.pids().get("postgres")
        if postmaster is None:
            return []
        return [pid for pid in _children(postmaster) if "bonphu_" in _command(pid)]

    def family(self) -> list[int]:
        """The launcher's children and theirs, orphans among them."""
        if self.launcher is None:
            return []
        found = [self.launcher.pid]
        for pid in found:
            found += _children(pid)
        # The children of a postmaster that was killed just now have no parent any more, and are not gone yet.
        cluster = Postgres(self.home).directory
        return [*found[1:], *(pid for pid in _all_processes() if pid not in found and _works_in(pid, cluster))]

    def token(self, scope: str, *, source: str | None = None) -> str:
        """Good for the whole run."""
        issuer = local_issuer(self.home)
        ttl = timedelta(hours=12)
        return mint(issuer, subject=source or "faults", scopes=scope.split(), source=source, units=["*"], ttl=ttl)

    def nats_url(self) -> str:
        """Where NATS listens, with its password."""
        return Nats(self.home).url()

    def database_url(self, service: str | None = None) -> str:
        """The database as the role of a service, or as the superuser, who sees all schemas."""
        url = Postgres(self.home).url(provision.DATABASE)
        return provision.as_service(url, service, self.home.state()["roles"][service]) if service else url

    async def down(self) -> None:
        """No process of it is left."""
        if self.launcher is None:
            return
        family = self.family()
        self.launcher.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self.launcher.wait, 45)
        if self.launcher.poll() is None:
            self.launcher.kill()
            await asyncio.to_thread(self.launcher.wait)
        await gone(family)


async def gone(pids: list[int], *, within: float = 30) -> None:
    """None of the processes is left."""

    async def left() -> list[int]:
        return [pid for pid in pids if _is_alive(pid)]

    await until(left, lambda alive: not alive, within=within)


@contextlib.asynccontextmanager
async def installation() -> AsyncGenerator[Installation]:
    """A fresh one, up; afterwards nothing of it is left, unless it failed: then its folder stays for whoever looks.

    Root's lies on a small disk of its own, which a death can fill.
    """
    folder = _folder()
    home = Home(folder / "home")
    home.create()
    made = Installation(home, _four_free_ports())
    try:
        await made.up()
        yield made
    except BaseException:
        sys.stderr.write(f"the logs are kept in {folder}\n")
        await made.down()
        raise
    await made.down()
    shutil.rmtree(Postgres(home).directory.parent, ignore_errors=True)
    _remove(folder)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bonphu-faults-"))
    if CAN_MOUNT:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "bonphu-faults", folder], check=True)
    folder.chmod(0o711)  # PostgreSQL's unprivileged user passes through
    return folder


def _remove(folder: Path) -> None:
    if CAN_MOUNT:
        subprocess.run(["umount", "--lazy", folder], check=True)
    shutil.rmtree(folder)


def _four_free_ports() -> int:
    for first in range(21000 + os.getpid() % 1000 * 10, 32000, 10):
        if all(is_free(first + offset) for offset in range(4)):
            return first
    raise AssertionError("no four free ports in a row")


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return found


def _all_processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def _name(pid: int) -> str | None:
    command = _command(pid)
    if "leash.py" in command:
        return None  # about to become what it starts
    if "nats-server" in command:
        return "nats"
    if "/postgres -D" in command:
        return "postgres"
    return next((each.name for each in services.SERVICES if each.factory in command), None)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
