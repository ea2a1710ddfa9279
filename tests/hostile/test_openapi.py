"""Schemathesis drives every documented operation of the running services: no 5xx, and nothing that is not documented.

`make test ARGS="tests/hostile"` runs it alone; BONPHU_HOSTILE_EXAMPLES makes it try harder.
"""

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from deploy import CHECKOUT
from services.chassis.identity import SCOPES
from tests.access.conftest import World, world

__all__ = ["world"]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("hostile")]

EXAMPLES = os.environ.get("BONPHU_HOSTILE_EXAMPLES", "15")
MINUTES = 10
# Whether a well-formed request is accepted depends on what exists: units, plans, cursors that were given out.
MEANINGLESS = "positive_data_acceptance"


@pytest.mark.parametrize("service", ["quota", "progress", "reporting"])
async def test_whatever_is_sent_gets_a_documented_answer(world: World, service: str, tmp_path: Path) -> None:
    document = tmp_path / f"{service}.json"
    document.write_text(json.dumps(world.stack.apps[service].openapi()))
    token = world.stack.token(" ".join(SCOPES), source="register", subject="stranger", ttl=timedelta(days=1))
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("schemathesis")), "run", str(document)),
        *("--url", world.stack.urls[service], "--header", f"Authorization: Bearer {token}"),
        *("--checks", "all", "--exclude-checks", MEANINGLESS, "--phases", "examples,coverage,fuzzing,stateful"),
        *("--max-examples", EXAMPLES, "--seed", "1", "--continue-on-failure", "--no-shrink", "--warnings", "off"),
        cwd=tmp_path,
        env=os.environ | {"PYTHONWARNINGS": "ignore", "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(MINUTES * 60):
        told, _ = await process.communicate()
    assert process.returncode == 0, told.decode(errors="replace")[-20_000:]
    assert "generated" in told.decode(), "something was tried"


async def test_the_committed_documents_are_those_of_the_running_services(world: World) -> None:
    for service in ("quota", "progress", "reporting"):
        committed = json.loads((CHECKOUT / "docs" / "openapi" / f"{service}.json").read_text())
        assert committed == world.stack.apps[service].openapi()
