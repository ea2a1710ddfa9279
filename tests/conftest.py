"""Fixtures that every test may use: a database of its own, a stream prefix of its own, the applications on them."""

import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from hypothesis import settings

from services.chassis.local_issuer import LocalIssuer
from tests.support.clock import MovableClock
from tests.support.servers import Servers, clone_database, join_servers
from tests.support.stack import Stack, running_stack

# The gate tries the same examples each time, so that red says what a change broke; a search tries new ones. Neither is
# timed: two cores do much at once.
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("search" if {"BONPHU_SEARCH", "BONPHU_LAWS"} & os.environ.keys() else "gate")


@pytest.fixture(scope="session")
def servers() -> Servers:
    """PostgreSQL and NATS of this test run."""
    return join_servers()


@pytest.fixture(scope="session")
def issuer_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `key.json` and `jwks.json` of a local issuer."""
    folder = tmp_path_factory.mktemp("issuer")
    LocalIssuer.create(folder)
    return folder


@pytest.fixture
async def databases(servers: Servers) -> AsyncIterator[dict[str, str]]:
    """The URL of each service at a clone of the migrated template."""
    async with clone_database(servers) as urls:
        yield urls


@pytest.fixture
def clock() -> MovableClock:
    """The clock of the test's applications."""
    return MovableClock()


Starting = Callable[..., AbstractAsyncContextManager[Stack]]


@pytest.fixture
def start(servers: Servers, databases: dict[str, str], issuer_files: Path, clock: MovableClock) -> Starting:
    """`async with start("quota", "progress") as stack`: these applications run inside the block."""
    prefix = f"t{uuid.uuid4().hex[:12]}"

    def starting(*names: str, **extra: str) -> AbstractAsyncContextManager[Stack]:
        return running_stack(
            names,
            databases=databases,
            nats_url=servers.nats_url,
            prefix=prefix,
            issuer=LocalIssuer.from_file(issuer_files / "key.json"),
            jwks_file=issuer_files / "jwks.json",
            key_file=issuer_files / "key.json",
            clock=clock,
            extra=extra,
        )

    return starting


@pytest.fixture
async def stack(start: Starting) -> AsyncIterator[Stack]:
    """All four applications."""
    async with start("quota", "progress", "reporting", "gateway") as running:
        yield running
