"""Programs of others, run to their end."""

import asyncio
import os
from pathlib import Path


async def run(*command: str | Path, cwd: Path, **more: str) -> str:
    """What the command prints; it has succeeded."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=cwd,
        env=os.environ | more,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(120):
        output, said = await process.communicate()
    assert process.returncode == 0, (output + said).decode()
    return output.decode()
