"""Child processes: what it takes to run one, and starting and stopping one by hand.

The supervisor keeps many of them alive; tests and one-off commands use `running`.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.accounts import Account
from deploy.local.failures import CannotStart

LOG_BYTES = 10_000_000
LOGS_KEPT = 3
_POLL_SECONDS = 0.02


def _no_explanation(_log: str) -> str | None:
    return None


def _healthy() -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A child process as it should run, and how to tell that it does."""

    name: str
    command: tuple[str, ...]
    log: Path
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path = Path("/")
    account: Account | None = None
    ready_seconds: float = 60
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 10
    death_signal: int = signal.SIGKILL
    """Sent by the kernel when the process that started this one dies (Linux)."""
    ails: Callable[[], str | None] = _healthy
    """What is wrong with it while it runs, where only a new start helps; None where nothing is known to be."""
    explain: Callable[[str], str | None] = _no_explanation
    """Turns the end of a failed start's log into a sentence, where it knows the reason."""


def leashed(command: tuple[str, ...], *, account: Account | None, death_signal: int) -> tuple[str, ...]:
    """The command line that runs `command` as `account` and ends it with this process."""
    user = f"{account.uid}:{account.gid}" if account else "-"
    script = str(Path(__file__).with_name("leash.py"))
    interpreter = (sys.executable, "-I", "-S", script)
    return (*interpreter, str(os.getpid()), str(int(death_signal)), user, *command)


def program_command(program: Program) -> tuple[str, ...]:
    """The whole command line of `program`, leash included."""
    return leashed(program.command, account=program.account, death_signal=program.death_signal)


def open_log(path: Path) -> int:
    """A descriptor to append to `path`; a log that has grown large was put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        for age in range(LOGS_KEPT - 1, 0, -1):
            older = path.with_name(f"{path.name}.{age}")
            if older.exists():
                older.replace(path.with_name(f"{path.name}.{age + 1}"))
        path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def log_since(path: Path, offset: int, *, lines: int = 15) -> str:
    """The last lines that were written to `path` after `offset` bytes."""
    with contextlib.suppress(OSError), path.open("rb") as log:
        log.seek(offset)
        return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
    return ""


def could_not_start(program: Program, offset: int, what_happened: str) -> CannotStart:
    """The refusal for a program that ended or stayed silent, with what its log says."""
    written = log_since(program.log, offset, lines=200)
    if sentence := program.explain(written):
        return CannotStart(sentence)
    tail = "\n".join(f"    {line}" for line in written.splitlines()[-15:])
    return CannotStart(f"{program.name} {what_happened}; its log {program.log} ends with:\n{tail}")


def signal_group(pid: int, number: int) -> None:
    """Every process of the group that `pid` leads has been sent the signal, if any is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def start(program: Program) -> subprocess.Popen[bytes]:
    """The program runs and is ready; raises `CannotStart` when it is not in time."""
    log = open_log(program.log)
    offset = program.log.stat().st_size
    try:
        process = subprocess.Popen(
            program_command(program),
            env=dict(program.environment),
            cwd=program.directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # A terminal's Ctrl-C reaches the launcher alone, which then stops things in order.
            start_new_session=True,
        )
    finally:
        os.close(log)
    deadline = time.monotonic() + program.ready_seconds
    try:
        while not program.ready():
            if process.poll() is not None:
                raise could_not_start(program, offset, "ended at its start")
            if time.monotonic() > deadline:
                raise could_not_start(program, offset, "was not ready in time")
            time.sleep(_POLL_SECONDS)
    except BaseException:
        stop(program, process)
        raise
    return process


def stop(program: Program, process: subprocess.Popen[bytes]) -> None:
    """The program and its whole group have ended; killed when it took too long."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(program.stop_seconds)
    signal_group(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def running(program: Program) -> Generator[subprocess.Popen[bytes]]:
    """Runs the program for the length of a block."""
    process = start(program)
    try:
        yield process
    finally:
        stop(program, process)
