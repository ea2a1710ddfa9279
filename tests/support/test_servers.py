import os
import subprocess
import sys
import uuid
from pathlib import Path

import asyncpg

from deploy import CHECKOUT
from tests.deploy.conftest import eventually
from tests.support.servers import Servers, clone_database

JOIN = """
import sys
from tests.support.servers import join_servers
print(join_servers().admin_url, flush=True)
sys.stdin.read()
"""


def worker(run: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", JOIN],
        cwd=CHECKOUT,
        env=os.environ | {"PYTEST_XDIST_TESTRUNUID": run, "PYTHONPATH": str(CHECKOUT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def processes_of(run: str) -> list[str]:
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(line.read_text())
        except OSError:
            continue
    return [command for command in found if run in command]


def test_workers_share_one_pair_of_servers_that_ends_with_the_last_of_them() -> None:
    run = uuid.uuid4().hex
    with worker(run) as first, worker(run) as second:
        assert first.stdout is not None
        assert second.stdout is not None
        assert first.stdout.readline() == second.stdout.readline()
        first.kill()
        first.wait()
        assert any("nats-server" in command for command in processes_of(run))
        second.kill()
    eventually(lambda: not processes_of(run))


async def test_a_clone_is_migrated_empty_and_ones_own(servers: Servers) -> None:
    async with clone_database(servers) as one, clone_database(servers) as other:
        assert one["quota"] != other["quota"]
        connection = await asyncpg.connect(one["quota"])
        try:
            assert await connection.fetchval("SELECT count(*) FROM quota.alembic_version") >= 1
            await connection.execute("CREATE TABLE mine (id int)")
        finally:
            await connection.close()
        connection = await asyncpg.connect(other["quota"])
        try:
            assert await connection.fetchval("SELECT to_regclass('mine')") is None
        finally:
            await connection.close()
