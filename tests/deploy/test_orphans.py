"""Nothing of a killed PostgreSQL hinders the next start, whatever it was doing."""

import os
import signal
from pathlib import Path

from deploy.local.home import Home
from deploy.local.postgres import Postgres
from deploy.local.programs import start, stop
from tests.deploy.conftest import eventually, lives


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def test_children_that_have_not_noticed_their_postmasters_death_are_ended_first(home: Home) -> None:
    server = Postgres(home)
    process = start(server.prepare())
    checkpointer, *others = _children(process.pid)
    os.kill(checkpointer, signal.SIGSTOP)  # as if it were waiting for the disk
    process.kill()
    process.wait()
    eventually(lambda: not any(lives(pid) for pid in others))
    assert lives(checkpointer)
    os.kill(checkpointer, signal.SIGCONT)
    program = server.prepare()
    assert not lives(checkpointer)
    stop(program, start(program))
