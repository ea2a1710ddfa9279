"""One running stack for all campaigns of the laws."""

import os
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from hypothesis import HealthCheck, Phase, settings

from services.chassis.local_issuer import LocalIssuer
from tests.support.clock import MovableClock
from tests.support.servers import Servers, clone_database
from tests.support.stack import Stack, running_stack

CAMPAIGNS = int(os.environ.get("BONPHU_LAWS", "40"))
"""How many fresh campaigns each test run judges: 40 in `make test`, 2,000 in `make laws`."""

SHRINKS = os.environ.get("BONPHU_LAWS_SHRINK", "1") != "0"
"""Whether a story that fails is made small, which takes up to five minutes."""

LAWS = settings(
    max_examples=CAMPAIGNS,
    deadline=None,
    # Every example is a campaign of its own, told over HTTP: explaining a failure line by line would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if SHRINKS else [])],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judged(servers: Servers, tmp_path_factory: Any) -> AsyncIterator[Stack]:
    """The three services, on a database and streams of their own."""
    folder = tmp_path_factory.mktemp("laws")
    LocalIssuer.create(folder)
    async with (
        clone_database(servers) as databases,
        running_stack(
            ("quota", "progress", "reporting"),
            databases=databases,
            nats_url=servers.nats_url,
            prefix=f"t{uuid.uuid4().hex[:12]}",
            issuer=LocalIssuer.from_file(folder / "key.json"),
            jwks_file=folder / "jwks.json",
            key_file=folder / "key.json",
            clock=MovableClock(),
        ) as stack,
    ):
        yield stack
