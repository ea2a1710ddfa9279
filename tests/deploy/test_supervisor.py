import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy import CHECKOUT
from deploy.local.failures import CannotStart
from deploy.local.programs import LOG_BYTES, Program, open_log
from deploy.local.supervisor import Pauses, Supervisor
from tests.deploy.conftest import eventually, lives

QUICK = Pauses(first_seconds=0.01, longest_seconds=0.04)
READY_THEN_WAIT = 'touch "$0.ready"; exec sleep 600'


def program(folder: Path, name: str, script: str = READY_THEN_WAIT, **changes: object) -> Program:
    ready = folder / f"{name}.ready"
    return Program(
        name=name,
        command=("/bin/sh", "-c", script, str(folder / name)),
        log=folder / "logs" / f"{name}.log",
        ready=ready.exists,
        environment={"PATH": os.defpath},
        **changes,  # ty: ignore[invalid-argument-type]
    )


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  (the supervisor has no event for it)
            await asyncio.sleep(0.01)


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append, pauses=QUICK)
    await supervisor.start([program(tmp_path, "one"), program(tmp_path, "two")])
    first = supervisor.processes()
    os.kill(first["one"], signal.SIGKILL)
    await until(lambda: "one is back" in said)
    assert supervisor.processes()["one"] != first["one"]
    assert supervisor.processes()["two"] == first["two"]
    assert said[0].startswith("one was ended by SIGKILL; starting it again in 0.01 s")
    await supervisor.stop()


async def test_a_child_that_says_that_it_is_ill_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    ill = tmp_path / "ill"
    supervisor = Supervisor(said.append, pauses=Pauses(first_seconds=0.01, longest_seconds=0.04, look_seconds=0.01))
    complains = program(tmp_path, "one", ails=lambda: "it takes nothing any more" if ill.exists() else None)
    await supervisor.start([complains, program(tmp_path, "two")])
    first = supervisor.processes()
    ill.touch()
    await until(lambda: "one is ended: it takes nothing any more" in said)
    ill.unlink()
    await until(lambda: "one is back" in said)
    assert supervisor.processes()["one"] != first["one"]
    assert supervisor.processes()["two"] == first["two"]
    await supervisor.stop()


async def test_the_pause_grows_while_a_child_keeps_dying_and_not_for_ever(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append, pauses=QUICK)
    await supervisor.start([program(tmp_path, "weak", 'touch "$0.ready"; exit 3')])
    await until(lambda: len([line for line in said if "ended with 3" in line]) >= 4)
    await supervisor.stop()
    pauses = [line.split(" in ")[1].split(" s ")[0] for line in said if "ended with 3" in line]
    assert pauses[:4] == ["0.01", "0.02", "0.04", "0.04"]


async def test_stopping_leaves_no_process_and_goes_backwards(tmp_path: Path) -> None:
    order = tmp_path / "order"
    script = f'trap \'echo "$0" >> {order}; exit\' TERM; touch "$0.ready"; while :; do sleep 0.01; done'
    supervisor = Supervisor(print, pauses=QUICK)
    await supervisor.start([program(tmp_path, "server", script)])
    await supervisor.start([program(tmp_path, "client", script)])
    pids = supervisor.processes().values()
    await supervisor.stop()
    assert not any(lives(pid) for pid in pids)
    assert [Path(line).name for line in order.read_text().split()] == ["client", "server"]


async def test_a_child_that_will_not_stop_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    script = 'trap "" TERM; sleep 600 & echo $! > "$0.grandchild"; touch "$0.ready"; while :; do sleep 0.01; done'
    said: list[str] = []
    supervisor = Supervisor(said.append, pauses=QUICK)
    await supervisor.start([program(tmp_path, "deaf", script, stop_seconds=0.1)])
    pids = [*supervisor.processes().values(), int((tmp_path / "deaf.grandchild").read_text())]
    await supervisor.stop()
    assert said == ["deaf did not stop in time and is killed"]
    eventually(lambda: not any(lives(pid) for pid in pids))


async def test_a_child_that_ends_at_its_start_is_refused_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor(print)
    with pytest.raises(CannotStart, match=r"(?s)broken ended at its start.*no such thing"):
        await supervisor.start([program(tmp_path, "broken", "echo no such thing >&2; exit 1")])
    await supervisor.stop()


async def test_a_child_that_never_is_ready_is_refused(tmp_path: Path) -> None:
    supervisor = Supervisor(print)
    with pytest.raises(CannotStart, match="silent was not ready in time"):
        await supervisor.start([program(tmp_path, "silent", "exec sleep 600", ready_seconds=0.1)])
    await supervisor.stop()
    assert supervisor.processes() == {}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends children with their parent")
@pytest.mark.parametrize("count", [2])
def test_a_killed_supervisor_leaves_no_process(tmp_path: Path, count: int) -> None:
    script = """
import asyncio, pathlib, sys
from deploy.local.supervisor import Supervisor
from tests.deploy.test_supervisor import program
folder = pathlib.Path(sys.argv[1])

async def main():
    supervisor = Supervisor(print)
    await supervisor.start([program(folder, str(number)) for number in range(int(sys.argv[2]))])
    print(*supervisor.processes().values(), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
    command = [sys.executable, "-c", script, str(tmp_path), str(count)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(pid) for pid in supervisor.stdout.readline().split()]
        assert len(pids) == count
        assert all(lives(pid) for pid in pids)
        supervisor.kill()
    eventually(lambda: not any(lives(pid) for pid in pids))


def test_a_large_log_is_put_aside_at_the_next_start(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "one.log"
    os.close(open_log(log))
    for _ in range(5):
        os.truncate(log, LOG_BYTES + 1)
        os.close(open_log(log))
        assert log.stat().st_size == 0
    assert sorted(path.name for path in log.parent.iterdir()) == ["one.log", "one.log.1", "one.log.2", "one.log.3"]
