"""The commands of docs/guides/partner.md work as they stand there, and answer what stands below them."""

import asyncio
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from deploy import CHECKOUT
from tests.journeys.conftest import CAMPAIGN, Demo

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("journeys")]

GUIDE = CHECKOUT / "docs" / "guides" / "partner.md"
BLOCKS = re.findall(r"```sh\n(.*?)```\n(?:```text\n(.*?)```)?", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
END_OF_BLOCK = "end of block"


async def test_every_command_of_the_guide_does_what_the_guide_says(binh_phuoc: Demo, tmp_path: Path) -> None:
    script = ["set -euo pipefail"]
    for number, (commands, _) in enumerate(BLOCKS):
        script += [commands, f"echo; echo '{END_OF_BLOCK} {number}'"]
    text = "\n".join(script).replace("http://localhost:8002", binh_phuoc.stack.urls["progress"])
    text = text.replace(".venv/bin/bonphu", f"{shlex.quote(sys.executable)} -m deploy.cli")
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", text),
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(CHECKOUT),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "BONPHU_SIGNING_KEY_FILE": str(binh_phuoc.key_file),
            "COLUMNS": "200",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):
        told = (await process.communicate())[0].decode()
    assert process.returncode == 0, told
    assert len(BLOCKS) >= 8
    assert all(expected for _, expected in BLOCKS)
    await _withdraw_what_the_guide_sent(binh_phuoc)
    for number, (commands, expected) in enumerate(BLOCKS):
        before, _, told = told.partition(f"{END_OF_BLOCK} {number}\n")
        lines = [line.strip() for line in before.splitlines()]
        for line in expected.splitlines():
            pattern = ".*".join([re.escape(part) for part in line.split("…")])
            assert any(re.fullmatch(pattern, one) for one in lines), f"{commands}\nshould print\n{line}\nbut\n{before}"


async def _withdraw_what_the_guide_sent(demo: Demo) -> None:
    """The demonstration is for the other journeys what it was."""
    token = demo.stack.token("progress:read progress:amend", units=["*"])
    path = f"/v1/campaigns/{CAMPAIGN}/batches?source=viettel"
    written = []
    page = (await demo.stack.call("progress", "GET", path, token=token)).json()
    for one in page["items"]:
        if one["voided_at"] is None and one["rows"]["received"] <= 2 and one["status"] == "accepted":
            path = f"/v1/batches/{one['batch']}/void"
            answer = await demo.stack.call("progress", "POST", path, token=token, json={"reason": "a test"})
            assert answer.status_code == 200, answer.text
            written.append(answer.headers["consistency-token"])
    await demo.ask("{ campaigns { totalCount } }", after=",".join(written))
