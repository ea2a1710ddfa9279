"""The gateway alone, in this process; or in front of the real reporting service, on a small campaign."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from gateway.app import create_app
from gateway.settings import GatewaySettings
from services.chassis.local_issuer import KEY_SET_FILE, SIGNING_KEY_FILE, LocalIssuer
from services.contracts.definitions import CommendationDefinition, ComplianceDefinition
from services.contracts.words import Level, Outcome
from tests.conftest import Starting
from tests.services.reporting.support import NOON, ReadModel
from tests.support.clock import MovableClock
from tests.support.stack import Stack

Query = Callable[..., Awaitable[Any]]


class Alone(Stack):
    """A stack of the gateway alone; nothing answers behind it."""

    def __init__(self, issuer_files: Path, clock: MovableClock, settings: GatewaySettings) -> None:
        issuer = LocalIssuer.from_file(issuer_files / SIGNING_KEY_FILE)
        super().__init__(issuer=issuer, clock=clock, urls={}, databases={}, prefix="")
        transport = httpx2.ASGITransport(app=create_app(settings, clock=clock))
        self._clients["gateway"] = httpx2.AsyncClient(transport=transport, base_url="http://gateway")


def settings_of(issuer_files: Path, **more: Any) -> GatewaySettings:
    """Settings of a gateway with nobody behind it."""
    return GatewaySettings(
        jwks_file=issuer_files / KEY_SET_FILE,
        reporting_url="http://127.0.0.1:9",
        log_level="warning",
        log_format="console",
        graph_max_body_bytes=200_000,
        **more,
    )


@pytest.fixture
async def alone(issuer_files: Path, clock: MovableClock) -> AsyncIterator[Alone]:
    """The gateway, and nobody behind it."""
    stack = Alone(issuer_files, clock, settings_of(issuer_files, requests_per_minute=100))
    try:
        yield stack
    finally:
        await stack.close()


def small_campaign() -> ReadModel:
    """Two districts with quotas: 688 at 579 of 837 with exemptions, 689 at 10 of 100; 690 and 691 know nothing."""
    model = ReadModel(
        published_to=(),
        compliance=ComplianceDefinition(Level.COMMUNE, due_hour=17),
        commendation=CommendationDefinition(Level.DISTRICT, "0.9", "0.02", {"cccd": 1}),
    )
    for unit, amount in (("70", 937), ("688", 837), ("25001", 800), ("25002", 37), ("689", 100), ("25003", 100)):
        model.quota(unit, "cccd", amount)
    model.report("25001", "cccd", 579)
    model.report("25001", "cccd", 187, outcome=Outcome.EXEMPT, reason="absent")
    model.report("25002", "cccd", 71, outcome=Outcome.DECLINED)
    model.report("25003", "cccd", 10, label="simulated")
    return model


@asynccontextmanager
async def running_graph(
    start: Starting, clock: MovableClock, databases: dict[str, str], *models: ReadModel, **extra: str
) -> AsyncGenerator[Stack]:
    """Reporting and the gateway, after the last day of the campaigns."""
    clock.set(NOON)
    async with start("reporting", "gateway", **extra) as stack:
        connection = await asyncpg.connect(databases["reporting"])
        try:
            for model in models:
                await model.write(connection)
        finally:
            await connection.close()
        yield stack


@pytest.fixture
async def graph(start: Starting, clock: MovableClock, databases: dict[str, str]) -> AsyncIterator[Stack]:
    """Reporting and the gateway, after the campaign's last day."""
    async with running_graph(start, clock, databases, small_campaign()) as stack:
        yield stack


@pytest.fixture
def ask(graph: Stack) -> Query:
    """`await ask("{ campaigns { totalCount } }", units=["688"])`: the decoded answer, errors included."""

    async def put(query: str, *, units: Sequence[str] = ("*",), **variables: Any) -> Any:
        answer = await graph.call(
            "gateway",
            "POST",
            "/graphql",
            token=graph.token("reporting:read", units=units),
            json={"query": query, "variables": variables},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    return put


@pytest.fixture
def data(ask: Query) -> Query:
    """`ask`, where no error is expected: `data` alone."""

    async def put(query: str, *, units: Sequence[str] = ("*",), **variables: Any) -> Any:
        document = await ask(query, units=units, **variables)
        assert "errors" not in document, document["errors"]
        return document["data"]

    return put
