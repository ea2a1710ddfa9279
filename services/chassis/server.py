"""Serves one application: `python -m services.chassis.server services.quota.app:create_app --port 8001`.

uvicorn, with bounds for connections and for its own end: open requests have `STOP_SECONDS`.
"""

import argparse
from typing import Any

import uvicorn

from services.chassis.connections import BoundedHttp

STOP_SECONDS = 5
KEEP_ALIVE_SECONDS = 30
"""Longer than the pools of our own clients keep a connection, so that none is closed while it is used again."""

SETTINGS: dict[str, Any] = {
    "http": BoundedHttp,
    "lifespan": "on",
    "access_log": False,
    "server_header": False,
    "timeout_keep_alive": KEEP_ALIVE_SECONDS,
    "timeout_graceful_shutdown": STOP_SECONDS,
}
"""What every one of our servers is told, the tests' too."""


def main() -> None:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m services.chassis.server", description="Serve one application.")
    parser.add_argument("factory", help="where the application is made: package.module:function")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    parser.add_argument("--workers", type=int, default=1, help="processes that share the port (1)")
    chosen = parser.parse_args()
    uvicorn.run(chosen.factory, factory=True, host=chosen.host, port=chosen.port, workers=chosen.workers, **SETTINGS)


if __name__ == "__main__":
    main()
