"""A small province, its campaign, and the service under test with short words for what tests do with it."""

import uuid
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Self

import asyncpg
import httpx2
import msgspec
from aiohttp import web

from services.chassis.consistency import Recorded, encode_token
from services.chassis.database import uuid7
from services.contracts.definitions import (
    CampaignDefinition,
    CohortDefinition,
    Document,
    IndicatorDefinition,
    Numbers,
    PauseDefinition,
    PlanHeader,
    PlanLine,
    ReasonDefinition,
    Rounding,
    UnitDefinition,
)
from services.contracts.events import CampaignChanged, PlanIssued, RowsRecorded, UnitsChanged
from services.contracts.history import PlansPage
from services.contracts.words import FedBy, IndicatorKind, Level, TargetOn
from tests.support.stack import Stack

JSON = {"Content-Type": "application/json"}


def unit(number: int, code: str, level: Level, parent: str | None, **more: Any) -> UnitDefinition:
    facts: dict[str, Any] = {
        "kind": "x",
        "name": f"Unit {code}",
        "valid_from": None,
        "valid_to": None,
        "revision": 1,
        **more,
    }
    return UnitDefinition(id=number, code=code, level=level, parent_code=parent, **facts)


UNITS = [
    unit(1, "P", Level.PROVINCE, None),
    unit(10, "D1", Level.DISTRICT, "P"),
    unit(20, "D2", Level.DISTRICT, "P"),
    unit(11, "C11", Level.COMMUNE, "D1"),
    unit(12, "C12", Level.COMMUNE, "D1"),
    unit(21, "C21", Level.COMMUNE, "D2"),
    unit(111, "H111", Level.RESIDENTIAL_AREA, "C11"),
    unit(2, "Q", Level.PROVINCE, None),
    unit(90, "C90", Level.COMMUNE, "Q"),
]


def indicator(code: str, kind: IndicatorKind = IndicatorKind.QUOTA, **more: Any) -> IndicatorDefinition:
    facts: dict[str, Any] = {
        "name": {"vi": code},
        "measure": "người",
        "target_rate": "1",
        "target_on": TargetOn.RAW,
        "counts_baseline": False,
        "reconciliation_level": Level.COMMUNE,
        "authority": (),
        **more,
    }
    return IndicatorDefinition(code=code, kind=kind, **facts)


def cohort(code: str) -> CohortDefinition:
    return CohortDefinition(code=code, name={"vi": code}, target_rate="1", target_on=TargetOn.RAW)


def reason(code: str, *, sensitive: bool = False) -> ReasonDefinition:
    return ReasonDefinition(code=code, name={"vi": code}, sensitive=sensitive)


INDICATORS = (
    indicator("cards", cohorts=(cohort("young"), cohort("hard")), reasons=(reason("abroad"), reason("deceased"))),
    indicator("sims"),
    indicator("dossiers", IndicatorKind.FLOW),
    indicator("news", IndicatorKind.ACTIVITY),
    indicator("plan_made", IndicatorKind.MILESTONE),
    indicator("share", IndicatorKind.RATIO, of="sims"),
    indicator("handed_on", IndicatorKind.MILESTONE, fed_by=FedBy.CASCADE),
)


def with_authority(*groups: tuple[str, ...]) -> tuple[IndicatorDefinition, ...]:
    """The indicators, of all of which these groups speak."""
    return tuple(
        indicator(one.code, one.kind, authority=groups, cohorts=one.cohorts, reasons=one.reasons, of=one.of)
        for one in INDICATORS
    )


def campaign(**more: Any) -> CampaignDefinition:
    facts: dict[str, Any] = {
        "id": 7,
        "code": "drive",
        "name": {"vi": "Đợt cao điểm"},
        "unit": "P",
        "unit_id": 1,
        "first_day": date(2024, 4, 4),
        "last_day": date(2024, 7, 3),
        "time_zone": "Asia/Ho_Chi_Minh",
        "hierarchy_day": date(2024, 4, 4),
        "rounding": Rounding(),
        "indicators": INDICATORS,
        "numbers": Numbers(
            indicators={one.code: number for number, one in enumerate(INDICATORS, 1)},
            cohorts={"young": 1, "hard": 2},
            reasons={"abroad": 1, "deceased": 2},
        ),
        "pauses": (PauseDefinition(date(2024, 5, 1), date(2024, 5, 2), ("cards",), "holidays"),),
        "revision": 1,
        **more,
    }
    return CampaignDefinition(**facts)


def given(unit_id: int, amount: int, indicator_no: int = 2, *, cohort_no: int = 0, baseline: int = 0) -> PlanLine:
    """So many of an indicator (`sims` unless said) are handed to the unit."""
    return PlanLine(unit_id, indicator_no, cohort_no, amount, baseline, False)


def plan(
    *lines: PlanLine,
    number: str = "128/KH-UBND",
    family: int = 1,
    revision: int = 1,
    day: date = date(2024, 4, 4),
    total: int | None = None,
) -> PlanIssued:
    """An issued plan of the campaign; `total`: of how many lines these are some."""
    header = PlanHeader(
        id=uuid.uuid5(uuid.NAMESPACE_OID, f"plan {family}/{revision}"),
        campaign_id=7,
        family=uuid.uuid5(uuid.NAMESPACE_OID, f"family {family}"),
        revision=revision,
        unit_id=1,
        document=Document(number, day),
        issued_at=datetime(2024, 4, 4, 2, tzinfo=UTC),
        lines_total=len(lines) if total is None else total,
    )
    return PlanIssued(header, list(lines))


def reports(*codes: str, level: str = "commune", of: str = "drive") -> list[dict[str, str]]:
    return [{"campaign": of, "indicator": code, "level": level} for code in codes]


def row(
    unit_code: str = "C11", code: str = "sims", value: Any = 5, day: Any = "2024-05-03", **more: Any
) -> dict[str, Any]:
    return {"unit": unit_code, "indicator": code, "day": day, "value": value, **more}


class Progress:
    """The running service."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.chassis = stack.apps["progress"].state.chassis

    async def publish(self, *events: msgspec.Struct) -> str:
        """The events as one write of quota; answers its token."""
        write_id = uuid7()
        for part, event in enumerate(events):
            kind = str(type(event).__struct_config__.tag)
            await self.chassis.bus.publish("quota", kind, f"{write_id}/{part}", msgspec.json.encode(event))
        return encode_token([Recorded("quota", write_id, len(events))])

    async def seen(self, token: str) -> None:
        """Returns once the service has applied what the token names."""
        await self.chassis.consistency.wait_for(token, self.chassis.database)

    async def tell(self, *events: msgspec.Struct) -> None:
        await self.seen(await self.publish(*events))

    async def tell_campaign(self, **more: Any) -> None:
        await self.tell(UnitsChanged(UNITS), CampaignChanged(campaign(**more)))

    async def put_sources(self) -> None:
        everything = reports("cards", "sims", "dossiers", "news", "plan_made")
        await self.put_source("registry", reports=everything)
        await self.put_source("telco", kind="operator", reports=reports("sims"), aliases={"T-1": "C11", "T-2": "C12"})

    async def put_source(self, code: str, status: int | None = None, **more: Any) -> httpx2.Response:
        body = {"name": code.title(), "kind": "register", "reports": [], **more}
        answer = await self.stack.call(
            "progress", "PUT", f"/v1/sources/{code}", token=self.stack.token("admin"), json=body
        )
        assert answer.status_code in ((200, 201) if status is None else (status,)), answer.text
        return answer

    def token(self, source: str | None = "registry", scope: str = "progress:write progress:read", **more: Any) -> str:
        return self.stack.token(scope, source=source, **more)

    async def post(
        self,
        *rows: Any,
        source: str = "registry",
        token: str | None = None,
        query: str = "",
        of: str = "drive",
        headers: dict[str, str] | None = None,
        **envelope: Any,
    ) -> httpx2.Response:
        """A batch of these rows."""
        body = msgspec.json.encode({"source": source, "rows": list(rows), **envelope})
        return await self.post_bytes(body, token=token or self.token(source), query=query, of=of, headers=headers)

    async def post_bytes(
        self,
        body: bytes,
        *,
        token: str | None = None,
        query: str = "",
        of: str = "drive",
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        return await self.stack.call(
            "progress",
            "POST",
            f"/v1/campaigns/{of}/reports{query}",
            token=token or self.token(),
            headers={**JSON, **(headers or {})},
            content=body,
        )

    async def fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        async with self.stack.connection("progress") as connection:
            return await connection.fetch(sql, *values)

    async def taken(self) -> tuple[int, int, int]:
        """How many rows the ledger and the live values hold, and how many events of rows were recorded."""
        (found,) = await self.fetch(
            "SELECT (SELECT count(*) FROM ledger), (SELECT count(*) FROM latest),"
            " (SELECT count(*) FROM outbox WHERE kind IN ('rows_recorded', 'indicator_first_reported'))"
        )
        return tuple(found)

    async def events(self) -> list[RowsRecorded]:
        """The recorded events of rows, oldest first."""
        rows = await self.fetch("SELECT payload FROM outbox WHERE kind = 'rows_recorded' ORDER BY seq")
        return [msgspec.json.decode(one["payload"], type=RowsRecorded) for one in rows]

    async def live(self) -> dict[tuple[int, int, str], int]:
        """The live values by unit id, indicator number and day."""
        rows = await self.fetch("SELECT unit_id, indicator_no, day, value FROM latest")
        return {(one["unit_id"], one["indicator_no"], one["day"].isoformat()): one["value"] for one in rows}


class StubQuota:
    """Answers the questions that progress asks of quota, from what it was told, and counts them."""

    def __init__(self) -> None:
        self.campaigns: dict[str, CampaignDefinition] = {}
        self.units: list[UnitDefinition] = []
        self.plans: list[PlanIssued] = []
        self.asked: list[str] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/internal/campaigns/{code}", self._campaign)
        app.router.add_get("/internal/units", self._units)
        app.router.add_get("/internal/history/plans", self._plans)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _campaign(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        found = self.campaigns.get(request.match_info["code"])
        if found is None:
            return web.Response(status=404)
        return web.Response(body=msgspec.json.encode(found), content_type="application/json")

    async def _units(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        wanted = set(request.query["codes"].split(","))
        by_code = {one.code: one for one in self.units}
        found = []
        for code in sorted(wanted):
            one = by_code.get(code)
            while one is not None:
                found.append(one)
                one = by_code.get(one.parent_code or "")
        return web.Response(body=msgspec.json.encode({"units": found}), content_type="application/json")

    async def _plans(self, request: web.Request) -> web.Response:
        """One plan a page."""
        at = int(request.query.get("after", "0"))
        page = PlansPage(self.plans[at : at + 1], str(at + 1) if at < len(self.plans) else None)
        return web.Response(body=msgspec.json.encode(page), content_type="application/json")


def some_id() -> str:
    return str(uuid.uuid4())
