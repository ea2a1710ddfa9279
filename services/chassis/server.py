"""Serves one application: `python -m services.chassis.server services.quota.app:create_app --port 8001`.

uvicorn, with bounds for connections and for its own end: open requests have `STOP_SECONDS`.
"""

import argparse
import contextlib
import gc
import sys
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from services.chassis.connections import BoundedHttp, BoundedWebSocket

STOP_SECONDS = 5
KEEP_ALIVE_SECONDS = 30
"""Longer than the pools of our own clients keep a connection, so that none is closed while it is used again."""

SETTINGS: dict[str, Any] = {
    "http": BoundedHttp,
    "ws": BoundedWebSocket,
    "ws_max_size": 1024 * 1024,
    "ws_per_message_deflate": False,
    "lifespan": "on",
    "access_log": False,
    "server_header": False,
    "timeout_keep_alive": KEEP_ALIVE_SECONDS,
    "timeout_graceful_shutdown": STOP_SECONDS,
}
"""What every one of our servers is told, the tests' too."""


class Settled(uvicorn.Config):
    """A server, each worker of it, whose collector of garbage looks only at what came after the application was made.

    Whatever an application is made of stays as long as the process. A request of 10,000 rows makes the collector walk
    through everything that lives, 150 ms each time (measured in November 2026: of 320 ms of CPU to load 3,800 acts).
    """

    def load(self) -> None:
        """The application is there, and set aside."""
        super().load()
        gc.collect()
        gc.freeze()


def main() -> None:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m services.chassis.server", description="Serve one application.")
    parser.add_argument("factory", help="where the application is made: package.module:function")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    parser.add_argument("--workers", type=int, default=1, help="processes that share the port (1)")
    chosen = parser.parse_args()
    told: dict[str, Any] = {**SETTINGS, "factory": True, "host": chosen.host, "port": chosen.port}
    config = Settled(chosen.factory, workers=chosen.workers, **told)
    if chosen.workers > 1:
        Multiprocess(config, sockets=[config.bind_socket()]).run()
        return
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(1)


if __name__ == "__main__":
    main()
