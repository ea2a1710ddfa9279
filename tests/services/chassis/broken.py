"""A NATS server of one's own, that may be killed, and its store thrown away."""

import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.home import Home
from deploy.local.nats import Nats
from deploy.local.programs import start, stop


class OwnNats:
    """Starts, dies and starts again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.home.create()
        self._nats = Nats(self.home, sync_interval="2m")
        self._program = self._nats.prepare()
        self.url = self._nats.url()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = start(self._program)

    def kill(self, *, and_its_store: bool = False) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if and_its_store:
            shutil.rmtree(self.home.path / "nats" / "jetstream")

    def stop(self) -> None:
        assert self._process is not None
        stop(self._program, self._process)


@contextmanager
def own_nats(folder: Path) -> Generator[OwnNats]:
    """Runs inside the block."""
    server = OwnNats(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
