"""The four applications with the demonstration loaded, once for all journeys of a module."""

import csv
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from deploy import demo
from deploy.demo.documents import BINH_PHUOC
from services.chassis.local_issuer import LocalIssuer
from tests.support.clock import RunningClock
from tests.support.servers import Servers, clone_database
from tests.support.stack import Stack, running_stack

CAMPAIGN = "bp-2024-90d-4phu"


class Demo:
    """The stack, the folder of documents that it was loaded from, and the key that signs its tokens."""

    def __init__(self, stack: Stack, data: Path, key_file: Path) -> None:
        self.stack = stack
        self.data = data
        self.key_file = key_file

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of one of the documents."""
        with (self.data / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    async def ask(
        self,
        query: str,
        *,
        after: str | None = None,
        units: tuple[str, ...] = ("*",),
        scope: str = "reporting:read reporting:sensitive",
        **variables: Any,
    ) -> Any:
        """The data that the graph answers; its errors fail the test."""
        token = self.stack.token(scope, units=units)
        body = {"query": query, "variables": variables}
        answer = await self.stack.call("gateway", "POST", "/graphql", token=token, json=body, after=after)
        assert answer.status_code == 200, answer.text
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]


async def loaded(servers: Servers, folder: Path, data: Path) -> AsyncIterator[Demo]:
    """A stack of its own with the documents of `data` loaded through the public APIs."""
    LocalIssuer.create(folder)
    issuer = LocalIssuer.from_file(folder / "key.json")
    async with (
        clone_database(servers) as databases,
        running_stack(
            ("quota", "progress", "reporting", "gateway"),
            databases=databases,
            nats_url=servers.nats_url,
            prefix=f"t{uuid.uuid4().hex[:12]}",
            issuer=issuer,
            jwks_file=folder / "jwks.json",
            key_file=folder / "key.json",
            clock=RunningClock(),
        ) as stack,
    ):
        await demo.load(
            quota_url=stack.urls["quota"],
            progress_url=stack.urls["progress"],
            reporting_url=stack.urls["reporting"],
            issuer=issuer,
            announce=lambda _: None,
            data=data,
        )
        yield Demo(stack, data, folder / "key.json")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def binh_phuoc(servers: Servers, tmp_path_factory: Any) -> AsyncIterator[Demo]:
    """Bình Phước 2024."""
    async for demonstration in loaded(servers, tmp_path_factory.mktemp("bp"), BINH_PHUOC):
        yield demonstration
