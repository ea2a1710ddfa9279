"""The product, driven through its public APIs: a story is told to it as it happened, then it is asked.

Codes are made unique by a prefix a campaign, so that many stories share one running stack; what comes back is put into
the words of the story again: short codes, days from the first day, minutes from the midnight before it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import httpx2

from tests.laws.model.story import (
    LIVE,
    Act,
    Commendation,
    Compliance,
    Indicator,
    Issue,
    Pause,
    Repause,
    Report,
    Row,
    Story,
    Void,
)
from tests.support.stack import Stack

FIRST_DAY = date(2024, 3, 4)
MIDNIGHT = datetime(2024, 3, 3, 17, tzinfo=UTC)
"""When the first day begins in Asia/Ho_Chi_Minh."""
MINUTE = timedelta(minutes=1)
WRITER = "quota:read quota:write progress:read progress:write progress:amend reporting:read admin"
READER = "reporting:read reporting:sensitive"
PATIENCE = 6
"""How often a service is asked that has not seen everything yet: half a minute in all."""
_numbers = count(1)


def day_of(number: int) -> str:
    return (FIRST_DAY + timedelta(days=number)).isoformat()


def day_number(day: str) -> int:
    return (date.fromisoformat(day) - FIRST_DAY).days


@dataclass
class Told:
    """A story that the product knows."""

    stack: Stack
    story: Story
    number: int
    """Which of the campaigns told in this run it is; 1 is the first."""
    began: datetime
    """The moment LIVE of the story."""
    tokens: list[str] = field(default_factory=list)
    batches: dict[int, str] = field(default_factory=dict)
    plans: dict[int, str] = field(default_factory=dict)
    """Of each plan its newest revision."""

    @property
    def campaign(self) -> str:
        return f"x{self.number}"

    # What the story's words are called out there ---------------------------------------------

    def code(self, short: str | None) -> str | None:
        return None if short is None else f"{self.campaign}-{short}"

    def short(self, code: str) -> str:
        return code.removeprefix(f"{self.campaign}-")

    def moment(self, minute: int) -> str:
        at = self.began + (minute - LIVE) * MINUTE if minute >= LIVE - 1 else MIDNIGHT + minute * MINUTE
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def minute(self, moment: str) -> int:
        at = datetime.fromisoformat(moment)
        if at >= self.began - MINUTE:
            return LIVE + round((at - self.began) / MINUTE)
        return round((at - MIDNIGHT) / MINUTE)

    async def call(self, service: str, method: str, path: str, **options: Any) -> httpx2.Response:
        """The answer once the service has seen all that was told; asked again where it had not after five seconds.

        The model reckons on the loop that the services run on; where that takes long, they have to find their leases
        again.
        """
        after = ",".join(self.tokens) or None
        for _ in range(PATIENCE):
            answer = await self.stack.call(service, method, path, after=after, **options)
            if answer.status_code != 503:
                break
        return answer

    # Telling ---------------------------------------------------------------------------------

    async def send(self, service: str, method: str, path: str, body: Any, **headers: str) -> httpx2.Response:
        """The answer to a command that is accepted; whoever is asked next has seen what it did."""
        token = self.stack.token(WRITER, ttl=timedelta(days=1))
        answer = await self.call(service, method, path, token=token, json=body, headers=headers)
        assert answer.is_success, f"{method} {path} {body}: {answer.status_code} {answer.text}"
        if written := answer.headers.get("Consistency-Token"):
            self.tokens = [*self.tokens, written]
        return answer

    # Asking ----------------------------------------------------------------------------------

    async def ask(
        self,
        path: str,
        *,
        day: int,
        known: int | None,
        scope: str = READER,
        reader: tuple[str, ...] | None = None,
        **parameters: Any,
    ) -> Any:
        """What reporting answers, as of the day and as known at the moment, once it has seen all that was told.

        `reader`: the units that the token holds; all where None.
        """
        parameters["as_of"] = day_of(day)
        parameters["known_at"] = None if known is None else self.moment(known)
        units = ["*"] if reader is None else [f"{self.campaign}-{one}" for one in reader]
        token = self.stack.token(scope, units=units, ttl=timedelta(days=1))
        given = {name: value for name, value in parameters.items() if value is not None}
        answer = await self.call("reporting", "GET", f"/v1/campaigns/{self.campaign}/{path}", token=token, params=given)
        assert answer.status_code == 200, f"GET {path} {parameters}: {answer.status_code} {answer.text}"
        self.tokens.clear()  # what has been seen once stays seen
        return answer.json()

    async def figures(self, *, day: int, known: int | None, **more: Any) -> list[dict[str, Any]]:
        answer = await self.ask("figures", day=day, known=known, depth=5, limit=1000, **more)
        assert answer["next_cursor"] is None
        return [self.shortened(item) for item in answer["items"]]

    async def figures_by(self, *, hierarchy: int, **more: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The figures by the units of another day, and the page with what is unattributed in the words of the story."""
        page = await self.ask("figures", hierarchy=day_of(hierarchy), depth=5, limit=1000, **more)
        assert page["next_cursor"] is None
        page["unattributed"] = [
            self.shortened(one) | {"successors": [self.short(code) for code in one["successors"]]}
            for one in page["unattributed"]
        ]
        return [self.shortened(item) for item in page["items"]], page

    def shortened(self, item: dict[str, Any]) -> dict[str, Any]:
        """An item in the words of the story."""
        found = dict(item)
        for name in ("as_of", "last_day", "day", "beyond_since"):
            if found.get(name) is not None:
                found[name] = day_number(found[name])
        for name in ("known_at", "last_received_at", "due_at", "received_at"):
            if found.get(name) is not None:
                found[name] = self.minute(found[name])
        for name in ("unit", "source"):
            if found.get(name) is not None:
                found[name] = self.short(found[name])
        return found

    async def pages(self, path: str, **more: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """All items of a list in the words of the story, and its first page."""
        first = page = await self.ask(path, limit=1000, **more)
        items = list(page["items"])
        while page["next_cursor"] is not None:
            page = await self.ask(path, limit=1000, cursor=page["next_cursor"], **more)
            items += page["items"]
        return [self.shortened(item) for item in items], first


async def tell(stack: Stack, story: Story, began: Mapping[str, int] | None = None) -> Told:
    """A fresh campaign in which all of the story has happened. `began`: the first days of units, else none."""
    stack.clock.set(stack.clock.now().replace(second=0, microsecond=0) + 5 * MINUTE)
    told = Told(stack, story, next(_numbers), stack.clock.now())
    teller = _Teller(told, stack.token(WRITER, ttl=timedelta(days=1)))
    await teller.begin(began or {})
    for place, act in enumerate(story.acts):
        stack.clock.set(told.began + place * MINUTE)
        await teller.act(place, act)
    stack.clock.move(minutes=1)
    return told


class _Teller:
    def __init__(self, told: Told, token: str) -> None:
        self.told = told
        self.token = token

    async def send(self, service: str, method: str, path: str, body: Any, **headers: str) -> httpx2.Response:
        return await self.told.send(service, method, path, body, **headers)

    async def begin(self, began: Mapping[str, int]) -> None:
        told, story = self.told, self.told.story
        units = [
            {
                "code": told.code(unit.code),
                "level": unit.level,
                "kind": unit.level,
                "parent_code": told.code(unit.parent),
                "name": unit.code,
                "valid_from": day_of(began[unit.code]) if unit.code in began else None,
            }
            for unit in story.units
        ]
        await self.send("quota", "PUT", "/v1/units", {"units": units})
        await self.send("quota", "POST", "/v1/campaigns", self.campaign())
        for source in story.sources:
            reported = [
                {"campaign": told.campaign, "indicator": indicator, "level": level}
                for indicator, level in source.levels
            ]
            body = {"name": source.code, "kind": source.kind, "reports": reported}
            await self.send("progress", "PUT", f"/v1/sources/{told.code(source.code)}", body)

    def campaign(self) -> dict[str, Any]:
        told, campaign = self.told, self.told.story.campaign
        return {
            "code": told.campaign,
            "name": {"vi": told.campaign},
            "unit": told.code(told.story.units[0].code),
            "first_day": day_of(0),
            "last_day": day_of(campaign.days - 1),
            "allow_stretch": True,
            "rounding": {"decimals": campaign.decimals, "mode": campaign.rounding},
            "indicators": [self.indicator(one) for one in campaign.indicators],
            "pauses": _pauses(campaign.pauses),
            "labels": list(campaign.labels),
            "small_count": campaign.small_count,
            "compliance": _compliance(campaign.compliance),
            "commendation": _commendation(campaign.commendation),
        }

    def indicator(self, one: Indicator) -> dict[str, Any]:
        found = {
            "code": one.code,
            "kind": one.kind,
            "name": {"vi": one.code},
            "cohorts": [
                {
                    "code": cohort.code,
                    "name": {"vi": cohort.code},
                    "target_rate": cohort.target_rate,
                    "target_on": cohort.target_on,
                    "reasons_leaving_denominator": _listed(cohort.leaving),
                }
                for cohort in one.cohorts
            ],
            "reconciliation_level": one.level,
            "authority": [[self.told.code(source) for source in group] for group in one.authority],
            "fed_by": "cascade" if one.fed else None,
        }
        if one.kind not in ("quota", "ratio"):
            return found
        return {
            **found,
            "target_rate": one.target_rate,
            "target_on": one.target_on,
            "counts_baseline": one.counts_baseline,
            "reasons": [
                {"code": reason.code, "name": {"vi": reason.code}, "sensitive": reason.sensitive}
                for reason in one.reasons
            ],
            "reasons_leaving_denominator": _listed(one.leaving),
            "of": one.of,
        }

    async def act(self, place: int, act: Act) -> None:
        if isinstance(act, Issue):
            await self.issue(act)
        elif isinstance(act, Report):
            await self.report(place, act)
        elif isinstance(act, Void):
            path = f"/v1/batches/{self.told.batches[act.report]}/void"
            await self.send("progress", "POST", path, {"reason": "withdrawn"})
        else:
            await self.repause(act)

    async def issue(self, act: Issue) -> None:
        told = self.told
        number = f"{act.plan}/{len(told.plans)}/{len(told.batches)}/{told.stack.clock.now():%d%H%M}"
        document = {"number": number, "date": day_of(act.day)}
        lines = [
            {
                "unit": told.code(line.unit),
                "indicator": line.indicator,
                "cohort": line.cohort,
                "amount": line.amount,
                "baseline": line.baseline,
            }
            for line in act.lines
        ]
        issued = {} if act.moment is None else {"issued_at": told.moment(act.moment)}
        before = told.plans.get(act.plan)
        if before is not None and not act.lines:
            body = {"document": document, **issued}
            answer = await self.send("quota", "POST", f"/v1/plans/{before}/withdraw", body)
        elif before is not None:
            body = {"document": document, "lines": lines}
            answer = await self.send("quota", "POST", f"/v1/plans/{before}/revise", body)
        else:
            body = {"unit": told.code(act.unit), "document": document, "lines": lines}
            answer = await self.send("quota", "POST", f"/v1/campaigns/{told.campaign}/plans", body)
        told.plans[act.plan] = answer.json()["id"]
        if act.lines:
            await self.send("quota", "POST", f"/v1/plans/{told.plans[act.plan]}/issue", issued)

    async def report(self, place: int, act: Report) -> None:
        told = self.told
        body: dict[str, Any] = {
            "source": told.code(act.source),
            "labels": list(act.labels),
            "rows": [self.row(row) for row in act.rows],
        }
        if act.moment is not None:
            body["received_at"] = told.moment(act.moment)
        answer = await self.send("progress", "POST", f"/v1/campaigns/{told.campaign}/reports", body)
        receipt = answer.json()
        assert receipt["status"] == "accepted", receipt
        told.batches[place] = receipt["batch"]

    def row(self, row: Row) -> dict[str, Any]:
        return {
            "unit": self.told.code(row.unit),
            "indicator": row.indicator,
            "cohort": row.cohort,
            "day": day_of(row.day),
            "outcome": row.outcome,
            **({"reason": row.reason} if row.reason else {}),
            **({"mode": row.mode} if row.mode != "none" else {}),
            **({"hedge": "about"} if row.about else {}),
            "value": row.value,
        }

    async def repause(self, act: Repause) -> None:
        path = f"/v1/campaigns/{self.told.campaign}"
        answer = await self.told.stack.call("quota", "GET", path, token=self.token)
        await self.send("quota", "PATCH", path, {"pauses": _pauses(act.pauses)}, **{"If-Match": answer.headers["ETag"]})


def _pauses(pauses: Iterable[Pause]) -> list[dict[str, Any]]:
    return [
        {
            "first_day": day_of(pause.first_day),
            "last_day": day_of(pause.last_day),
            "indicators": list(pause.indicators),
            "reason": "",
        }
        for pause in pauses
    ]


def _compliance(rule: Compliance | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {
        "level": rule.level,
        "due_hour": rule.hour,
        "due_days_after": rule.days_after,
        "final_report_due": None if rule.final_day is None else day_of(rule.final_day),
    }


def _commendation(rule: Commendation | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {
        "level": rule.level,
        "minimum_on_time_share": rule.on_time,
        "tolerance": rule.tolerance,
        "weights": dict(rule.weights),
    }


def _listed(codes: tuple[str, ...] | None) -> list[str] | None:
    return None if codes is None else list(codes)
