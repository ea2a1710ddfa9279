"""Work on untrusted bytes in a process of its own, with bounds of memory and time, which ends with it."""

import asyncio
import os
import resource
import sys
from typing import BinaryIO
from weakref import WeakKeyDictionary

import structlog

log = structlog.get_logger("short_lived")

AT_ONCE = 2
"""Such processes of one service at once: they are large, and whoever sends one file waits for one file."""

_INHERITED = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
"""No credential is handed to a process that reads what strangers wrote."""

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class WorkerEnded(Exception):
    """The process ended without an answer: it took too long, or more memory than it may."""


async def in_worker(module: str, body: bytes, *, arguments: tuple[str, ...] = (), seconds: float) -> bytes:
    """What `python -m module arguments…` writes to its output, given the body on its input.

    Raises: WorkerEnded.
    """
    output = await _run(module, arguments, seconds, body=body)
    assert output is not None
    return output


async def in_worker_by_files(
    module: str, source: BinaryIO, target: BinaryIO, *, arguments: tuple[str, ...] = (), seconds: float
) -> None:
    """`python -m module arguments…` has read `source` from its beginning and written to `target`: no memory of ours
    grows with either. Both are files of the system. Raises: WorkerEnded.
    """
    source.seek(0)
    await _run(module, arguments, seconds, source=source, target=target)


async def _run(
    module: str,
    arguments: tuple[str, ...],
    seconds: float,
    *,
    body: bytes | None = None,
    source: BinaryIO | None = None,
    target: BinaryIO | None = None,
) -> bytes | None:
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
    async with turn:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-s", "-m", module, *arguments),
            stdin=source or asyncio.subprocess.PIPE,
            stdout=target or asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _INHERITED if name in os.environ},
        )
        try:
            async with asyncio.timeout(seconds):
                output, said = await process.communicate(body)
        except TimeoutError as fault:
            raise WorkerEnded(f"no answer within {seconds:.0f} s") from fault
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            log.warning(
                "worker_ended", module=module, code=process.returncode, said=said[-2000:].decode(errors="replace")
            )
            raise WorkerEnded(f"ended with {process.returncode}")
        return output


def bound_this_process(*, memory_bytes: int, cpu_seconds: int) -> None:
    """The process ends where it would take more. Called first thing in a worker."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
