"""What it was measured on, and how much CPU processes have used."""

import contextlib
import os
import platform
import statistics
from collections.abc import Generator
from pathlib import Path

from tests.benchmarks.installation import Installation


def described(postgres: str) -> str:
    """One line: cores, CPU, memory, versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = os.cpu_count()
    return (
        f"{cores} cores ({_cpu_model()}), {memory:.0f} GiB of memory, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}, PostgreSQL {postgres}"
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def reset_most_memory(pid: int) -> int:
    """The bytes of memory that the process has now; from here on its peak is measured anew (Linux)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return _status(pid, "VmRSS")


def most_memory(pid: int) -> int:
    """The bytes of memory that the process had at most."""
    return _status(pid, "VmHWM")


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, of all that it has forked and of those that live below it (Linux)."""
    children: dict[int, list[int]] = {}
    times: dict[int, tuple[int, int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        one = int(folder.name)
        children.setdefault(int(fields[1]), []).append(one)
        own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
        times[one] = own, ended
    todo, ticks = [pid], 0
    for one in todo:
        ticks += sum(times.get(one, (0, 0)))
        todo += children.get(one, [])
    return ticks / os.sysconf("SC_CLK_TCK")


class Spent:
    """CPU per row of progress, of PostgreSQL and of NATS, over rounds."""

    def __init__(self, *, progress: tuple[str, ...] = ("progress",)) -> None:
        """`progress`: the programs that are counted as one."""
        self._programs = {"progress": progress, "postgres": ("postgres",), "nats": ("nats",)}
        self._rounds: dict[str, list[float]] = {name: [] for name in self._programs}

    @contextlib.contextmanager
    def measured(self, place: Installation, rows: int, *, counts: bool = True) -> Generator[None]:
        """The block is one round, of so many rows."""
        before = self._seconds(place)
        yield
        if counts:
            for name, seconds in self._seconds(place).items():
                self._rounds[name].append((seconds - before[name]) / rows)

    def _seconds(self, place: Installation) -> dict[str, float]:
        return {
            name: sum(cpu_seconds(place.pids[program]) for program in programs)
            for name, programs in self._programs.items()
        }

    def __str__(self) -> str:
        return ", ".join(f"{name} {statistics.median(rounds) * 1e6:.1f}" for name, rounds in self._rounds.items())
