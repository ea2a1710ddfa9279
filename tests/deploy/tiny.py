"""The least application that `bonphu up` can start: ready, and without sources."""

import json
import os
from collections.abc import Awaitable, Callable
from typing import Any


def create_app() -> Callable[..., Awaitable[None]]:
    if reason := os.environ.get("TINY_CANNOT_START"):
        raise SystemExit(reason)

    async def app(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        ready = scope["path"] == "/readyz"
        await send({"type": "http.response.start", "status": 200 if ready else 404, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps({"ready": ready}).encode()})

    return app


def main() -> None:
    """`bonphu`, with this application in the place of all four."""
    from dataclasses import replace

    from deploy.cli import main as bonphu
    from deploy.local import services

    services.SERVICES = tuple(replace(each, factory="tests.deploy.tiny:create_app") for each in services.SERVICES)
    bonphu()


if __name__ == "__main__":
    main()
