"""`bonphu up` with the real servers and migrations, and tiny applications instead of the four."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import CHECKOUT
from deploy.local.home import Home
from deploy.local.nats import Nats
from deploy.local.ports import is_free
from deploy.local.postgres import Postgres
from deploy.local.programs import running
from tests.deploy.conftest import eventually, lives


def bonphu(*arguments: str, **settings: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BONPHU_")}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.tiny", *arguments],
        cwd=CHECKOUT,
        env=environment | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def answer(*arguments: str) -> tuple[int, str]:
    with bonphu(*arguments) as process:
        return process.wait(), process.stdout.read() if process.stdout else ""


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What it prints up to the line that holds `words`."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it ended without {words!r}:\n{said}")


def descendants(pid: int) -> list[int]:
    """Every process below `pid`, whatever session it lies in."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [pid]
    for each in found:
        found.extend(child for child, parent in parents.items() if parent == each)
    return found[1:]


@pytest.fixture
def port() -> int:
    for first in range(20000 + os.getpid() % 1000 * 10, 32000, 10):
        if all(is_free(first + offset) for offset in range(4)):
            return first
    raise AssertionError("no four free ports in a row")


@pytest.fixture
def arguments(home: Home, port: int) -> tuple[str, ...]:
    return ("up", "--home", str(home.path), "--port", str(port))


def test_it_prints_where_everything_is_and_a_signal_ends_all_of_it(
    arguments: tuple[str, ...], home: Home, port: int
) -> None:
    with bonphu(*arguments) as process:
        said = read_until(process, "curl -s")
        pids = descendants(process.pid)
        assert f"http://127.0.0.1:{port}/graphql" in said
        assert len(re.findall(r"^ey[\w-]+\.[\w-]+\.[\w-]+$", said, re.MULTILINE)) == 3
        assert {path.name for path in home.logs.iterdir()} >= {"postgres.log", "nats.log", "gateway.log"}
        assert answer("status", "--home", str(home.path))[0] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert len(pids) > 6
    assert not any(lives(pid) for pid in pids)
    assert answer("status", "--home", str(home.path))[0] == 1


def test_a_kill_leaves_no_process_and_the_next_start_finds_its_state(arguments: tuple[str, ...], home: Home) -> None:
    with bonphu(*arguments) as process:
        read_until(process, "curl -s")
        state, pids = home.state(), descendants(process.pid)
        process.kill()
    eventually(lambda: not any(lives(pid) for pid in pids))
    with bonphu(*arguments) as process:
        said = read_until(process, "curl -s")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert home.state() == state
    assert "latest version" not in said  # no migration ran again


def test_servers_that_the_environment_names_are_used_instead(
    arguments: tuple[str, ...], home: Home, postgres: Postgres, folder: Path
) -> None:
    other = Home(folder / "nats")
    other.create()
    with (
        running(Nats(other).prepare()),
        bonphu(*arguments, BONPHU_DATABASE_ADMIN_URL=postgres.url(), BONPHU_NATS_URL=Nats(other).url()) as process,
    ):
        read_until(process, "curl -s")
        process.send_signal(signal.SIGTERM)
        process.wait()
    assert not {"postgres", "nats"} & home.state().keys()
    assert {path.name for path in home.logs.iterdir()} == {
        f"{name}.log" for name in ("gateway", "quota", "progress", "reporting")
    }


def test_a_taken_port_is_named_before_anything_is_started(arguments: tuple[str, ...], home: Home, port: int) -> None:
    with socket.create_server(("127.0.0.1", port + 2)):
        code, said = answer(*arguments)
    assert code == 1
    assert f"Port {port + 2} (progress) is taken. Move all four with --port (BONPHU_PORT)" in said
    assert not home.state_file.exists()


def test_a_second_one_on_the_same_home_says_so(arguments: tuple[str, ...], home: Home) -> None:
    with home.held():
        code, said = answer(*arguments)
    assert code == 1
    assert f"bonphu is already up from {home.path}" in said


def test_a_service_that_cannot_start_ends_everything_with_its_last_words(
    arguments: tuple[str, ...], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_CANNOT_START", "the cupboard is bare")
    code, said = answer(*arguments)
    assert code == 1
    assert "ended at its start; its log" in said
    assert "the cupboard is bare" in said
    assert answer("status", "--home", str(home.path))[0] == 1
