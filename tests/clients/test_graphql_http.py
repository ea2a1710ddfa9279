"""The audits of `graphql-http` (the reference implementation of GraphQL over HTTP), put to the running gateway."""

import json
from pathlib import Path

from tests.clients.conftest import NODE, TYPESCRIPT, installed
from tests.clients.running import run
from tests.conftest import Starting


async def test_every_must_should_and_may_of_the_specification_is_kept(start: Starting, tmp_path: Path) -> None:
    installed(TYPESCRIPT / "node_modules" / "graphql-http" / "package.json")
    async with start("gateway") as stack:
        told = await run(
            NODE / "node",
            TYPESCRIPT / "audit.mjs",
            f"{stack.urls['gateway']}/graphql",
            stack.token("reporting:read"),
            cwd=tmp_path,
        )
    audits = [json.loads(line) for line in told.splitlines()]
    assert len(audits) > 50
    assert [one for one in audits if one["status"] != "ok"] == []
