"""What generators make of the OpenAPI file works."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import HERE, NODE, OPENAPI, PYTHON_TOOLS, TYPESCRIPT, installed
from tests.clients.running import run
from tests.services.progress.support import Progress

TOLD = {"status": "accepted", "refused": ["unknown_unit"], "ledger": [5], "withdrawn": 1}


@pytest.fixture
def address(progress: Progress) -> tuple[str, str]:
    return progress.stack.urls["progress"], progress.token()


async def test_the_python_client(address: tuple[str, str], tmp_path: Path) -> None:
    generator = installed(PYTHON_TOOLS / "openapi-python-client")
    path = f"{PYTHON_TOOLS}{os.pathsep}{os.environ['PATH']}"
    client = tmp_path / "progress_client"
    await run(
        generator, "generate", "--path", OPENAPI, "--output-path", client, "--meta", "none", cwd=tmp_path, PATH=path
    )
    told: Any = json.loads(
        await run(PYTHON_TOOLS / "python", HERE / "partner.py", *address, cwd=tmp_path, PYTHONPATH=str(tmp_path))
    )
    assert told == TOLD


async def test_the_typescript_client(address: tuple[str, str], tmp_path: Path) -> None:
    tools = installed(TYPESCRIPT / "node_modules" / ".bin" / "openapi-typescript").parent
    path = f"{NODE}{os.pathsep}{os.environ['PATH']}"
    for name in ("package.json", "tsconfig.json", "partner.ts"):
        shutil.copy(TYPESCRIPT / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    await run(tools / "openapi-typescript", OPENAPI, "-o", "generated/progress.d.ts", cwd=tmp_path, PATH=path)
    await run(tools / "tsc", "-p", tmp_path, cwd=tmp_path, PATH=path)
    told: Any = json.loads(await run(NODE / "node", "partner.ts", *address, cwd=tmp_path, PATH=path))
    assert told == TOLD
