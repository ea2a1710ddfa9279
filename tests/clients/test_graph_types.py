"""TypeScript types generated from the committed schema compile, and fit what the graph answers."""

import json
import os
import shutil
from pathlib import Path

from deploy import CHECKOUT
from tests.clients.conftest import NODE, TYPESCRIPT, installed
from tests.clients.running import run
from tests.gateway.conftest import graph
from tests.support.stack import Stack

__all__ = ["graph"]

SCHEMA = CHECKOUT / "gateway" / "graph" / "schema.graphql"


async def test_a_dashboard_in_typescript(graph: Stack, tmp_path: Path) -> None:
    installed(TYPESCRIPT / "node_modules" / "@graphql-codegen" / "core" / "package.json")
    tools = TYPESCRIPT / "node_modules" / ".bin"
    path = f"{NODE}{os.pathsep}{os.environ['PATH']}"
    for name in ("package.json", "tsconfig.json", "generate.mjs", "board.ts", "board.graphql"):
        shutil.copy(TYPESCRIPT / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    (tmp_path / "generated").mkdir()
    await run(NODE / "node", "generate.mjs", SCHEMA, "board.graphql", "generated", cwd=tmp_path, PATH=path)
    settings = json.loads((tmp_path / "tsconfig.json").read_text()) | {"include": ["board.ts", "generated/*.ts"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings))
    await run(tools / "tsc", "-p", tmp_path, cwd=tmp_path, PATH=path)
    told = await run(
        NODE / "node",
        "board.ts",
        f"{graph.urls['gateway']}/graphql",
        graph.token("reporting:read"),
        cwd=tmp_path,
        PATH=path,
    )
    rows = json.loads(told)
    assert ["688", 579, "69,18"] in rows
    assert any(achieved is None and printed is None for _, achieved, printed in rows)
