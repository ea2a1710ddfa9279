"""A campaign that is planned and reported on through the services, for what is told of sources, batches and plans."""

from typing import Any

from tests.support.stack import Stack

EVERYTHING = "quota:read quota:write progress:read progress:write progress:amend reporting:read admin"


def _unit(code: str, level: str, parent: str | None) -> dict[str, Any]:
    return {"code": code, "level": level, "kind": level, "parent_code": parent, "name": f"Đơn vị {code}"}


UNITS = [
    _unit("70", "province", None),
    _unit("688", "district", "70"),
    _unit("689", "district", "70"),
    _unit("25001", "commune", "688"),
    _unit("25002", "commune", "688"),
    _unit("25003", "commune", "689"),
    _unit("9001", "residential_area", "25001"),
    _unit("9002", "residential_area", "25001"),
    _unit("75", "province", None),
]
SOURCES = {
    "csdlqg": ("register", "commune"),
    "viettel": ("operator", "commune"),
    "vnpt": ("operator", "commune"),
    "self_report": ("unit", "commune"),
    "hamlets": ("unit", "residential_area"),
}


def indicator(code: str, *authority: list[str], **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "kind": "quota",
        "name": {"vi": code},
        "measure": "người",
        "authority": [list(group) for group in authority],
        "reasons": [
            {"code": "absent", "name": {"vi": "Vắng mặt"}},
            {"code": "illness", "name": {"vi": "Ốm đau"}, "sensitive": True},
        ],
        **changes,
    }


CCCD = indicator("cccd", ["csdlqg"], ["viettel", "vnpt"], ["self_report"])
SIM = indicator("sim", ["viettel", "vnpt"], ["self_report"])


class Drive:
    """The campaign `bp`, from 4 April to 3 July 2024, in which communes are reconciled."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.tokens: list[str] = []
        self.plans: dict[str, str] = {}

    async def tell(self, service: str, method: str, path: str, body: Any, *, source: str | None = None) -> Any:
        token = self.stack.token(EVERYTHING, source=source)
        answer = await self.stack.call(service, method, path, token=token, json=body, after=",".join(self.tokens))
        assert answer.status_code < 300, answer.text
        if answer.headers.get("consistency-token"):
            self.tokens.append(answer.headers["consistency-token"])
        return answer.json()

    async def begin(
        self, *indicators: dict[str, Any], reports: dict[str, list[str]] | None = None, **changes: Any
    ) -> None:
        """Units, the campaign with these indicators and its sources; `reports`: by source, which indicators it reports
        on, those of whose authority it is unless given."""
        chosen = indicators or (CCCD,)
        await self.tell("quota", "PUT", "/v1/units", {"units": UNITS})
        campaign = {
            "code": "bp",
            "name": {"vi": "90 ngày, đêm"},
            "unit": "70",
            "first_day": "2024-04-04",
            "last_day": "2024-07-03",
            "hierarchy_day": "2024-04-04",
            "decision": {"number": "128/KH-UBND", "date": "2024-04-04"},
            "indicators": list(chosen),
            "compliance": {"level": "commune", "due_hour": 17},
            "commendation": {
                "level": "commune",
                "minimum_on_time_share": "0.9",
                "tolerance": "0.02",
                "weights": {one["code"]: 1 for one in chosen},
            },
            **changes,
        }
        await self.tell("quota", "POST", "/v1/campaigns", campaign)
        named = {code for one in chosen for group in one["authority"] for code in group} | set(reports or ())
        for source in sorted(named):
            kind, level = SOURCES[source]
            on = [one["code"] for one in chosen if source in {code for group in one["authority"] for code in group}]
            if reports is not None:
                on = reports.get(source, on)
            told = [{"campaign": "bp", "indicator": code, "level": level} for code in on]
            await self.tell(
                "progress", "PUT", f"/v1/sources/{source}", {"name": source.title(), "kind": kind, "reports": told}
            )

    async def plan(
        self,
        unit: str | None,
        number: str,
        *,
        day: str = "2024-04-04",
        code: str = "cccd",
        cohort: str | None = None,
        issued_at: str = "2024-04-04T02:00:00Z",
        **amounts: int,
    ) -> str:
        """The plan's id; amounts as `c25001=100`."""
        lines = [
            {"unit": name.lstrip("cdp"), "indicator": code, "cohort": cohort, "amount": amount}
            for name, amount in amounts.items()
        ]
        body = {"unit": unit, "document": {"number": number, "date": day}, "lines": lines}
        drafted = await self.tell("quota", "POST", "/v1/campaigns/bp/plans", body)
        await self.tell("quota", "POST", f"/v1/plans/{drafted['id']}/issue", {"issued_at": issued_at})
        self.plans[number] = drafted["id"]
        return drafted["id"]

    async def report(self, source: str, *rows: dict[str, Any], at: str, labels: list[str] | None = None) -> str:
        """The batch, as if received then."""
        body = {"source": source, "labels": labels or [], "received_at": at, "rows": list(rows)}
        answer = await self.tell("progress", "POST", "/v1/campaigns/bp/reports", body, source=source)
        return answer["batch"]

    async def void(self, batch: str) -> None:
        await self.tell("progress", "POST", f"/v1/batches/{batch}/void", {"reason": "nhầm"})

    async def ask(
        self, path: str, *, units: tuple[str, ...] | None = ("*",), scope: str = "reporting:read", **asked: Any
    ) -> Any:
        """Status and body, once all that was written is applied."""
        answer = await self.stack.call(
            "reporting",
            "GET",
            f"/v1/campaigns/bp/{path}",
            token=self.stack.token(scope, units=units),
            params=asked,
            after=",".join(self.tokens),
        )
        return answer.status_code, answer.json()

    async def get(self, path: str, **asked: Any) -> Any:
        """The answer of a 200."""
        status, body = await self.ask(path, **asked)
        assert status == 200, body
        return body

    async def graph(self, question: str, **fields: Any) -> Any:
        """The answer to the gateway's question."""
        answer = await self.stack.call(
            "reporting",
            "POST",
            f"/internal/graph/{question}",
            token=self.stack.token("reporting:read"),
            json={"campaign": "bp", **fields},
            after=",".join(self.tokens),
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


def row(unit: str, day: str, value: int, *, code: str = "cccd", **more: Any) -> dict[str, Any]:
    """A row of a report."""
    return {"unit": unit, "indicator": code, "day": day, "value": value, **more}
