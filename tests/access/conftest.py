"""A small campaign that went through the public APIs, and tokens of everybody who may come."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from services.chassis.identity import SCOPES
from services.chassis.local_issuer import LocalIssuer
from tests.support.clock import MovableClock
from tests.support.servers import Servers, clone_database
from tests.support.stack import Stack, running_stack

NOON = datetime(2024, 7, 10, 5, tzinfo=UTC)
"""After the last day: figures are as of 3 July."""


def _unit(code: str, level: str, parent: str | None) -> dict[str, Any]:
    return {"code": code, "level": level, "kind": level, "parent_code": parent, "name": f"Đơn vị {code}"}


UNITS = [
    _unit("N", "country", None),
    _unit("P", "province", "N"),
    _unit("D1", "district", "P"),
    _unit("C11", "commune", "D1"),
    _unit("C12", "commune", "D1"),
    _unit("D2", "district", "P"),
    _unit("C21", "commune", "D2"),
    _unit("C22", "commune", "D2"),
    _unit("Q", "province", "N"),
    _unit("C90", "commune", "Q"),
]


def campaign(code: str, unit: str, **more: Any) -> dict[str, Any]:
    """A campaign with one indicator."""
    return {
        "code": code,
        "name": {"vi": f"Đợt {code}"},
        "unit": unit,
        "first_day": "2024-04-04",
        "last_day": "2024-07-03",
        "hierarchy_day": "2024-04-04",
        "indicators": [
            {
                "code": "cards",
                "kind": "quota",
                "name": {"vi": "Căn cước"},
                "measure": "người",
                "authority": [["register"], ["police"]],
                "reasons": [{"code": "absent", "name": {"vi": "Vắng mặt"}}],
                "cohorts": [{"code": "young", "name": {"vi": "Đến tuổi"}}],
            }
        ],
        "decision": {"number": "128/KH", "date": "2024-04-04"},
        "compliance": {"level": "commune", "due_hour": 17},
        "commendation": {
            "level": "commune",
            "minimum_on_time_share": "0",
            "tolerance": "0",
            "weights": {"cards": 1},
        },
        "pauses": [{"first_day": "2024-06-24", "last_day": "2024-06-30", "indicators": [], "reason": "nghỉ"}],
        **more,
    }


def plan(unit: str | None, number: str, **amounts: int) -> dict[str, Any]:
    """A plan that hands down these amounts of the indicator."""
    return {
        "unit": unit,
        "document": {"number": number, "date": "2024-04-04"},
        "lines": [{"unit": code, "indicator": "cards", "amount": amount} for code, amount in amounts.items()],
    }


def row(unit: str, value: int, **more: Any) -> dict[str, Any]:
    """A row of a report."""
    return {"unit": unit, "indicator": "cards", "day": "2024-05-01", "value": value, **more}


class World:
    """The running stack, and the ids of what was loaded: `plans`, `batches` and `snapshots` by names of their own.

    Campaign `drive` of the province P, `other` of Q, closed, and `shown` of Q, which is published to P.
    """

    def __init__(self, stack: Stack, issuer_folder: Path) -> None:
        self.stack = stack
        self.issuer_folder = issuer_folder
        self.plans: dict[str, str] = {}
        self.batches: dict[str, str] = {}
        self.snapshots: dict[str, str] = {}
        self._told: list[str] = []
        self._root = stack.token(" ".join(SCOPES), ttl=timedelta(days=1))

    @property
    def names(self) -> dict[str, str]:
        """What stands in a path as `{name}`."""
        return (
            {f"plan_{name}": key for name, key in self.plans.items()}
            | {f"batch_{name}": key for name, key in self.batches.items()}
            | {f"snapshot_{name}": key for name, key in self.snapshots.items()}
        )

    async def tell(self, service: str, method: str, path: str, body: Any, *, source: str | None = None) -> Any:
        """One write that succeeds."""
        token = self._root if source is None else self.stack.token("progress:write", source=source)
        answer = await self.stack.call(service, method, path, token=token, json=body, after=",".join(self._told))
        assert answer.status_code < 300, answer.text
        if answer.headers.get("consistency-token"):
            self._told.append(answer.headers["consistency-token"])
        return answer.json()

    async def load(self) -> None:
        """Everything that the tables speak of is there, in every service."""
        await self.tell("quota", "PUT", "/v1/units", {"units": UNITS})
        await self.tell("quota", "POST", "/v1/campaigns", campaign("drive", "P"))
        await self.tell("quota", "POST", "/v1/campaigns", campaign("other", "Q"))
        await self.tell("quota", "POST", "/v1/campaigns", campaign("shown", "Q", published_to=["P"]))
        ended = {"decision": {"number": "8", "date": "2024-07-04"}}
        await self.tell("quota", "POST", "/v1/campaigns/other/close", ended)
        drafts = {
            "received": plan(None, "received", P=1000),
            "province": plan("P", "province", D1=600, D2=400),
            "d1": plan("D1", "d1", C11=350, C12=250),
            "d2": plan("D2", "d2", C21=300, C22=100),
            "draft": plan("D1", "draft"),
            "draft2": plan("D2", "draft2"),
        }
        for name, body in drafts.items():
            self.plans[name] = (await self.tell("quota", "POST", "/v1/campaigns/drive/plans", body))["id"]
            if body["lines"]:
                await self.tell(
                    "quota", "POST", f"/v1/plans/{self.plans[name]}/issue", {"issued_at": "2024-04-04T02:00:00Z"}
                )
        reports = [{"campaign": "drive", "indicator": "cards", "level": "commune"}]
        for source, kind in (("register", "register"), ("police", "police")):
            body = {"name": source.title(), "kind": kind, "reports": reports, "aliases": {}}
            await self.tell("progress", "PUT", f"/v1/sources/{source}", body)
        sent = {
            "void": ("register", [row("C12", 1, outcome="declined")]),
            "all": ("register", [row("C11", 175), row("C21", 30), row("C22", 50)]),
            "d1": ("register", [row("C12", 25), row("C11", 5, outcome="exempt", reason="absent")]),
            "d2": ("police", [row("C21", 31)]),
        }
        for name, (source, rows) in sent.items():
            body = {"source": source, "rows": rows}
            receipt = await self.tell("progress", "POST", "/v1/campaigns/drive/reports", body, source=source)
            self.batches[name] = receipt["batch"]
        await self.tell("progress", "POST", f"/v1/batches/{self.batches['void']}/void", {"reason": "nhầm"})
        nothing = {"through": None, "decision": {"number": "1", "date": "2024-05-01"}}
        await self.tell("progress", "PUT", "/v1/campaigns/drive/closure", nothing)
        for service in ("quota", "progress", "reporting"):
            path = {"quota": "/v1/units", "progress": "/v1/sources", "reporting": "/v1/campaigns/drive/figures"}
            answer = await self.stack.call(
                service, "GET", path[service], token=self._root, after=",".join(self._told[-20:])
            )
            assert answer.status_code == 200, answer.text

        for name in ("drive", "other"):
            frozen = await self.tell("reporting", "POST", f"/v1/campaigns/{name}/snapshots", {"as_of": "2024-07-03"})
            self.snapshots[name] = frozen["id"]

        hook = {"code": "portal", "url": "https://example.com/", "events": ["discrepancy"], "active": False}
        await self.tell("reporting", "PUT", "/v1/webhooks", hook)

    async def recorded(self) -> dict[str, int]:
        """How many events each service has recorded so far."""
        found = {}
        for service in ("quota", "progress", "reporting"):
            async with self.stack.connection(service) as connection:
                found[service] = await connection.fetchval("SELECT count(*) FROM outbox")
        return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(servers: Servers, tmp_path_factory: Any) -> AsyncIterator[World]:
    """Loaded once for all tables."""
    folder = tmp_path_factory.mktemp("access")
    LocalIssuer.create(folder)
    async with (
        clone_database(servers) as databases,
        running_stack(
            ("quota", "progress", "reporting", "gateway"),
            databases=databases,
            nats_url=servers.nats_url,
            prefix=f"t{uuid.uuid4().hex[:12]}",
            issuer=LocalIssuer.from_file(folder / "key.json"),
            jwks_file=folder / "jwks.json",
            key_file=folder / "key.json",
            clock=MovableClock(NOON),
            # Nothing is kept: what is hidden has to cost what does not exist costs, each time.
            extra={"BONPHU_REQUESTS_PER_MINUTE": "100000", "BONPHU_GRAPH_KEPT_BYTES": "0"},
        ) as stack,
    ):
        found = World(stack, folder)
        await found.load()
        yield found
