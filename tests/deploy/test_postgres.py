import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import asyncpg
import pytest

from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.postgres import Postgres
from deploy.local.programs import running
from deploy.local.provision import at_database
from tests.deploy.conftest import eventually, lives


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_a_second_start_finds_what_the_first_one_kept(home: Home) -> None:
    with running(Postgres(home).prepare()):
        url = Postgres(home).url()
        await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    with running(Postgres(home).prepare()):
        assert Postgres(home).url() == url
        assert await ask(url, "SELECT answer FROM kept") == 42


async def test_it_is_durable_and_speaks_utf8_in_the_c_locale(postgres: Postgres) -> None:
    settings = "SELECT current_setting('fsync') || current_setting('synchronous_commit')"
    assert await ask(postgres.url(), settings) == "onon"
    assert await ask(postgres.url(), "SELECT current_setting('server_encoding')") == "UTF8"
    collation = "SELECT datcollate || datctype FROM pg_database WHERE datname = 'postgres'"
    assert await ask(postgres.url(), collation) == "CC"
    assert await ask(postgres.url(), "SELECT current_setting('server_version_num')::int / 10000") == 18


async def test_nobody_connects_without_the_password(postgres: Postgres) -> None:
    password = postgres.url().split(":")[2].split("@")[0]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(postgres.url().replace(password, "guess"), "SELECT 1")


def test_it_listens_on_the_loopback_alone(postgres: Postgres) -> None:
    options = (postgres.directory / "postmaster.opts").read_text()
    assert '"-clisten_addresses=127.0.0.1"' in options
    assert '"-cunix_socket_directories="' in options


def test_the_password_is_the_owners_alone(postgres: Postgres, folder: Path) -> None:
    assert (folder / "server" / "state.json").stat().st_mode & 0o777 == 0o600
    assert postgres.directory.stat().st_mode & 0o777 == 0o700


def test_root_gives_its_rights_away(postgres: Postgres) -> None:
    pid = int((postgres.directory / "postmaster.pid").read_text().split()[0])
    owner = Path(f"/proc/{pid}").stat().st_uid
    assert owner != 0
    assert owner == os.geteuid() or os.geteuid() == 0


def test_the_lock_of_a_killed_server_does_not_block_though_its_number_is_taken(home: Home) -> None:
    program = Postgres(home).prepare()
    with running(program) as server:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    lock = Postgres(home).directory / "postmaster.pid"
    lines = lock.read_text().splitlines()
    # A process of the same user that is no PostgreSQL: the server itself would give up here.
    user = program.account.uid if program.account else os.geteuid()
    with subprocess.Popen(["sleep", "60"], user=user) as somebody:
        lock.write_text("\n".join([str(somebody.pid), *lines[1:], ""]))
        with running(Postgres(home).prepare()):
            pass
        assert somebody.poll() is None
        somebody.kill()


def test_a_server_that_was_left_running_is_ended_first(home: Home) -> None:
    program = Postgres(home).prepare()
    with running(program) as orphan, running(Postgres(home).prepare()):
        eventually(lambda: not lives(orphan.pid))


async def test_a_port_that_was_taken_meanwhile_is_left_to_its_owner(home: Home) -> None:
    Postgres(home).prepare()
    port = home.state()["postgres"]["port"]
    with socket.create_server(("127.0.0.1", port)), running(Postgres(home).prepare()):
        assert home.state()["postgres"]["port"] != port
        assert await ask(Postgres(home).url(), "SELECT 1") == 1


def test_a_port_that_is_taken_in_the_last_moment_is_named(home: Home) -> None:
    program = Postgres(home).prepare()
    port = home.state()["postgres"]["port"]
    taken = pytest.raises(CannotStart, match=f"Port {port}, which PostgreSQL was given")
    with socket.create_server(("127.0.0.1", port)), taken, running(program):
        pass


def test_a_cluster_of_another_major_version_is_named(home: Home) -> None:
    server = Postgres(home)
    server.prepare()
    (server.directory / "PG_VERSION").write_text("17\n")
    with pytest.raises(CannotStart, match=r"made by PostgreSQL 17; this version brings 18"):
        Postgres(home).prepare()


async def test_a_lost_state_file_costs_the_password_not_the_data(home: Home) -> None:
    with running(Postgres(home).prepare()):
        await ask(Postgres(home).url(), "CREATE DATABASE kept")
    home.state_file.unlink()
    with running(Postgres(home).prepare()):
        assert await ask(at_database(Postgres(home).url(), "kept"), "SELECT 1") == 1


def test_a_cluster_that_was_not_finished_is_made_anew(home: Home) -> None:
    unfinished = Postgres(home).directory.with_name("postgres.unfinished")
    (unfinished / "base").mkdir(parents=True)
    with running(Postgres(home).prepare()):
        assert not unfinished.exists()


def test_a_full_disk_is_named(home: Home) -> None:
    explain = Postgres(home).prepare().explain
    log = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'
    assert (explain(log) or "").startswith(f"The disk that holds {Postgres(home).directory} is full.")


def test_a_folder_that_cannot_be_made_is_named(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(CannotStart, match=r"file/home cannot be written .*BONPHU_HOME"):
        Home(folder / "file" / "home").create()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ours_is_named(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(CannotStart, match=r"cannot be written \(Permission denied\)"):
        Home(closed / "home").create()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_a_home_that_postgresql_may_not_enter_has_its_cluster_elsewhere(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    home = Home(closed / "home")
    home.create()
    server = Postgres(home)
    assert not server.directory.is_relative_to(closed)
    try:
        with running(server.prepare()):
            assert home.state()["postgres"]["directory"] == str(server.directory)
        assert Postgres(home).directory == server.directory
        home.state_file.unlink()  # who throws the home away wants to begin anew
        with running(Postgres(home).prepare()):
            assert len(list(server.directory.parent.glob("postgres.*Z"))) == 1
    finally:
        shutil.rmtree(server.directory.parent)
