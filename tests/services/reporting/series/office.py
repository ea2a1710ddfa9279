"""A campaign that is reported on through progress, and what reporting says of it."""

from collections.abc import Sequence
from typing import Any

from tests.services.reporting.figures.test_real_path import CAMPAIGN, UNITS
from tests.support.stack import Stack

SCOPES = "quota:read quota:write progress:read progress:write progress:amend reporting:read admin"
DOSSIERS = {
    "code": "dvc",
    "kind": "flow",
    "name": {"vi": "Hồ sơ dịch vụ công"},
    "measure": "hồ sơ",
    "reconciliation_level": "commune",
    "authority": [["portal"], ["self_report"]],
}


class Office:
    """A flow that is reported on through progress, and what reporting says of it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.admin = stack.token(SCOPES)
        self.tokens: list[str] = []
        self.plan: str | None = None

    async def tell(self, service: str, method: str, path: str, body: Any, **options: Any) -> Any:
        token = options.get("token", self.admin)
        answer = await self.stack.call(service, method, path, token=token, json=body, after=",".join(self.tokens))
        assert answer.status_code < 300, answer.text
        if answer.headers.get("consistency-token"):
            self.tokens.append(answer.headers["consistency-token"])
        return answer.json()

    async def set_up(self, units: list[dict[str, Any]] | None = None, **changes: Any) -> None:
        await self.tell("quota", "PUT", "/v1/units", {"units": units or UNITS})
        await self.tell("quota", "POST", "/v1/campaigns", {**CAMPAIGN, "indicators": [DOSSIERS], **changes})
        for source in ("portal", "self_report"):
            codes = [one["code"] for one in changes.get("indicators", [DOSSIERS])]
            reports = [{"campaign": "bp", "indicator": code, "level": "commune"} for code in codes]
            body = {"name": source, "kind": "register", "reports": reports}
            await self.tell("progress", "PUT", f"/v1/sources/{source}", body)

    async def report(self, *rows: tuple[str, str, str, int], source: str = "portal") -> str:
        named = [
            {"unit": unit, "indicator": "dvc", "day": day, "outcome": outcome, "value": value}
            for unit, day, outcome, value in rows
        ]
        return await self.send(named, source)

    async def send(self, rows: list[dict[str, Any]], source: str, *, labels: Sequence[str] = ()) -> str:
        clerk = self.stack.token("progress:write", source=source)
        body = {"source": source, "rows": rows, "labels": list(labels)}
        return (await self.tell("progress", "POST", "/v1/campaigns/bp/reports", body, token=clerk))["batch"]

    async def ask(self, path: str, **asked: Any) -> Any:
        answer = await self.stack.call(
            *("reporting", "GET", f"/v1/campaigns/bp/{path}"),
            token=self.admin,
            params={"indicator": "dvc", **asked},
            after=",".join(self.tokens),
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def flow(self, unit: str, first: str | None = None, last: str | None = None, **asked: Any) -> tuple[Any, ...]:
        days = {name: day for name, day in (("from", first), ("to", last)) if day is not None}
        found = await self.ask("flows", unit=unit, **days, **asked)
        breaks = [(one["day"], one["stated"], one["expected"], one["difference"]) for one in found["breaks"]]
        return found["opening"], found["received"], found["resolved"], found["closing"], breaks
