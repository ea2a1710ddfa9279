"""Keeps children alive: starts them in stages, restarts what dies, stops all in reverse order."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from deploy.local.programs import (
    Program,
    could_not_start,
    open_log,
    program_command,
    signal_group,
)

Announce = Callable[[str], None]
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long to wait before a child that died is started again."""

    first_seconds: float = 0.5
    longest_seconds: float = 30
    steady_seconds: float = 60
    """A child that lived this long begins again with the first pause."""
    look_seconds: float = 1
    """How often a running child is asked what ails it."""


class Supervisor:
    """A set of running children. Make and use it in the main thread, whose end the leash watches."""

    def __init__(self, announce: Announce, *, pauses: Pauses | None = None) -> None:
        self._announce = announce
        self._pauses = pauses or Pauses()
        self._stages: list[list[_Child]] = []

    async def start(self, programs: Sequence[Program]) -> None:
        """All of these are ready, as one more stage; raises `CannotStart` where one is not.

        From then on each is started again when it ends.
        """
        stage = [_Child(program, self._announce, self._pauses) for program in programs]
        self._stages.append(stage)
        async with _first_failure_alone(), asyncio.TaskGroup() as starts:
            for child in stage:
                starts.create_task(child.start())
        for child in stage:
            child.keep()

    def processes(self) -> dict[str, int]:
        """The process number of each child that runs now, by name."""
        children = (child for stage in self._stages for child in stage)
        return {child.name: pid for child in children if (pid := child.pid()) is not None}

    async def stop(self) -> None:
        """Every child has ended, the last stage first; killed where it took too long."""
        while self._stages:
            await asyncio.gather(*(child.stop() for child in self._stages.pop()))

    def kill(self) -> None:
        """Every child has been killed, for whoever cannot wait for `stop`."""
        for pid in self.processes().values():
            signal_group(pid, signal.SIGKILL)


class _Child:
    def __init__(self, program: Program, announce: Announce, pauses: Pauses) -> None:
        self.name = program.name
        self._program = program
        self._announce = announce
        self._pauses = pauses
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    def pid(self) -> int | None:
        """Its process number while it runs."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    async def start(self) -> None:
        """It runs and is ready."""
        program = self._program
        log = open_log(program.log)
        offset = program.log.stat().st_size
        try:
            self._process = await asyncio.create_subprocess_exec(
                *program_command(program),
                env=dict(program.environment),
                cwd=program.directory,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # as in `programs.start`
            )
        finally:
            os.close(log)
        deadline = asyncio.get_running_loop().time() + program.ready_seconds
        while not await asyncio.to_thread(program.ready):
            if self._process.returncode is not None:
                raise could_not_start(program, offset, "ended at its start")
            if asyncio.get_running_loop().time() > deadline:
                raise could_not_start(program, offset, "was not ready in time")
            await asyncio.sleep(_POLL_SECONDS)

    def keep(self) -> None:
        """From now on it is started again when it ends."""
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def _keep(self) -> None:
        clock = asyncio.get_running_loop().time
        pause = self._pauses.first_seconds
        while True:
            began = clock()
            async with self._looked_after():
                how = await self._ended()
            if clock() - began >= self._pauses.steady_seconds:
                pause = self._pauses.first_seconds
            self._announce(f"{self.name} {how}; starting it again in {pause:g} s (log: {self._program.log})")
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._pauses.longest_seconds)
            try:
                await self.start()
                self._announce(f"{self.name} is back")
            except Exception as failure:  # whatever it is, the next attempt comes
                self._announce(str(failure).splitlines()[0])
                await self._end_process()

    @contextlib.asynccontextmanager
    async def _looked_after(self) -> AsyncGenerator[None]:
        """Whatever ails it inside the block ends it, so that it is started again."""
        watch = asyncio.create_task(self._watch(), name=f"watch {self.name}")
        try:
            yield
        finally:
            watch.cancel()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._pauses.look_seconds)
            complaint = await asyncio.to_thread(self._program.ails)
            if complaint is not None and (pid := self.pid()) is not None:
                self._announce(f"{self.name} is ended: {complaint}")
                signal_group(pid, signal.SIGKILL)
                return

    async def _ended(self) -> str:
        """Waits for its end, and says how it ended."""
        if self._process is None:
            return "could not be started"
        code = await self._process.wait()
        signal_group(self._process.pid, signal.SIGKILL)  # what it may have left behind
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"

    async def stop(self) -> None:
        """It has ended and is not started again."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        await self._end_process()

    async def _end_process(self) -> None:
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self._program.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self._program.stop_seconds)
            if process.returncode is None:
                self._announce(f"{self.name} did not stop in time and is killed")
        signal_group(process.pid, signal.SIGKILL)
        await process.wait()


@contextlib.asynccontextmanager
async def _first_failure_alone() -> AsyncGenerator[None]:
    """Raises the first failure of a task group itself instead of the group."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
