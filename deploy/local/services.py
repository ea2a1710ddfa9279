"""The four services as programs: which port is whose, what each is told, when it is ready."""

import http.client
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from deploy import CHECKOUT
from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.ports import LOOPBACK, is_free
from deploy.local.programs import Program

DEFAULT_PORT = 8000
_PROBE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Service:
    """One of the four processes."""

    name: str
    factory: str
    offset: int
    """Its port, counted from the first one."""


SERVICES: tuple[Service, ...] = (
    Service("gateway", "gateway.app:create_app", 0),
    Service("quota", "services.quota.app:create_app", 1),
    Service("progress", "services.progress.app:create_app", 2),
    Service("reporting", "services.reporting.app:create_app", 3),
)


def base_urls(first_port: int) -> dict[str, str]:
    """Where each service answers, by name."""
    return {each.name: f"http://{LOOPBACK}:{first_port + each.offset}" for each in SERVICES}


def refuse_taken_ports(first_port: int) -> None:
    """Raises `CannotStart`, naming the ports that somebody else listens on."""
    taken = [f"{first_port + each.offset} ({each.name})" for each in SERVICES if not is_free(first_port + each.offset)]
    if taken:
        ports = "Port " + taken[0] if len(taken) == 1 else "Ports " + ", ".join(taken)
        raise CannotStart(
            f"{ports} {'is' if len(taken) == 1 else 'are'} taken. Move all four with --port"
            f" (BONPHU_PORT), for example: bonphu up --port {_other_than(first_port)},"
            f' or make up ARGS="--port {_other_than(first_port)}".'
        )


def programs(home: Home, first_port: int, environment: Mapping[str, str]) -> list[Program]:
    """How to run the four, with `environment` on top of our own."""
    return [
        Program(
            name=each.name,
            command=(
                *(sys.executable, "-m", "services.chassis.server", each.factory),
                *("--host", LOOPBACK, "--port", str(first_port + each.offset)),
            ),
            log=home.logs / f"{each.name}.log",
            ready=lambda port=first_port + each.offset: not missing_at(port),
            environment=os.environ | environment,
            directory=CHECKOUT,
            ready_seconds=90,
        )
        for each in SERVICES
    ]


def missing_at(port: int) -> str | None:
    """What the service at `port` says it lacks, in its own words; None when it is ready."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(10_000)
    except (OSError, http.client.HTTPException):
        return "does not answer"
    finally:
        connection.close()
    if answer.status == http.client.OK:
        return None
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"answers {answer.status}"


def _other_than(port: int) -> int:
    return 18000 if port != 18000 else 28000
