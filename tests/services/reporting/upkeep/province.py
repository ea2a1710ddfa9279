"""A campaign in running services, and what an operator does to reporting's tables beside them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from services.chassis.service_client import ServiceClient, ServiceCredentials
from services.chassis.tracing import Tracing
from services.reporting.upkeep import rebuild, verify
from services.reporting.upkeep.owners import Owners
from tests.support.stack import Stack

EVERYTHING = "quota:read quota:write progress:read progress:write progress:amend reporting:read admin"


class Province:
    """The campaign `bp`."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.said: list[str] = []
        self._tokens: list[str] = []

    async def tell(self, service: str, method: str, path: str, body: Any, *, source: str | None = None) -> Any:
        token = self.stack.token(EVERYTHING, source=source)
        headers = {"If-Match": "*"} if method == "PATCH" else {}
        answer = await self.stack.call(
            service, method, path, token=token, json=body, headers=headers, after=",".join(self._tokens)
        )
        assert answer.status_code < 300, answer.text
        if answer.headers.get("consistency-token"):
            self._tokens.append(answer.headers["consistency-token"])
        return answer.json()

    async def plan(self, unit: str | None, *lines: tuple[str, int]) -> None:
        named = [{"unit": code, "indicator": "cccd", "cohort": None, "amount": amount} for code, amount in lines]
        body = {"unit": unit, "document": {"number": "1/KH", "date": "2024-04-04"}, "lines": named}
        drafted = await self.tell("quota", "POST", "/v1/campaigns/bp/plans", body)
        await self.tell("quota", "POST", f"/v1/plans/{drafted['id']}/issue", {"issued_at": "2024-04-04T02:00:00Z"})

    async def report(self, source: str, *rows: tuple[str, str, int], mode: str = "daily") -> str:
        body = {
            "source": source,
            "mode": mode,
            "labels": ["simulated"] if mode == "daily" else [],
            "rows": [{"unit": unit, "indicator": "cccd", "day": day, "value": value} for unit, day, value in rows],
        }
        answer = await self.tell("progress", "POST", "/v1/campaigns/bp/reports", body, source=source)
        return answer["batch"]

    async def close(self, through: str) -> None:
        """Days up to that one are closed, and reporting knows of it."""
        decision = {"number": "15/TB-UBND", "date": "2024-05-09"}
        await self.tell("progress", "PUT", "/v1/campaigns/bp/closure", {"through": through, "decision": decision})
        await self.shown()

    async def figures(self, **asked: str) -> dict[str, Any]:
        """Figures by unit, once all that was written is applied."""
        page = await self.read("figures", **{"depth": "2", **asked})
        return {one["unit"]: one for one in page["items"]}

    async def read(self, what: str, **asked: str) -> dict[str, Any]:
        """What reporting answers of the campaign, once all that was written is applied."""
        answer = await self.stack.call(
            "reporting",
            "GET",
            f"/v1/campaigns/bp/{what}",
            token=self.stack.token(EVERYTHING),
            params=asked,
            after=",".join(self._tokens),
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def shown(self) -> dict[str, Any]:
        """Achieved by unit, once all that was written is applied."""
        return {unit: one["achieved"] for unit, one in (await self.figures()).items()}

    async def sql(self, statement: str) -> None:
        """What nobody should do."""
        async with self.upkeep() as connection:
            told = await connection.execute(statement)
        assert told.split()[-1] not in ("0", "UPDATE"), told

    @asynccontextmanager
    async def upkeep(self) -> AsyncGenerator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.stack.databases["reporting"], statement_cache_size=0)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def owners(self) -> AsyncGenerator[Owners]:
        chassis = self.stack.apps["reporting"].state.chassis
        tracing = Tracing(service="test", collector=None)
        quota, progress = (
            ServiceClient(self.stack.urls[name], name=name, tracing=tracing) for name in ("quota", "progress")
        )
        scopes = ["quota:read", "progress:read"]
        credentials = ServiceCredentials(chassis.settings, service="reporting", scopes=scopes, clock=self.stack.clock)
        await quota.open()
        await progress.open()
        try:
            yield Owners(quota=quota, progress=progress, credentials=credentials)
        finally:
            await quota.close()
            await progress.close()

    async def difference(self) -> str | None:
        """The first one, as it is printed."""
        async with self.upkeep() as connection, self.owners() as owners:
            verified = await verify.verify(connection, owners, say=self.said.append)
        return None if verified.difference is None else str(verified.difference)

    async def rebuild(self) -> None:
        async with self.upkeep() as connection:
            assert await rebuild.rebuild(connection, say=self.said.append, tell=lambda *_: None) == 1

    async def rebuild_from_source(self, *, drop_unknown: bool = False) -> None:
        async with self.upkeep() as connection, self.owners() as owners:
            done = await rebuild.rebuild_from_source(
                connection, owners, say=self.said.append, drop_unknown=drop_unknown, tell=lambda *_: None
            )
        assert done == 1
