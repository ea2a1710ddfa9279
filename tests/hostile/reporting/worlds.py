"""Worlds that differ in nothing but which reasons cases are exempt for, and all that a reader may ask of them."""

import itertools
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.support.clock import MovableClock
from tests.support.stack import Stack

NOON = datetime(2024, 4, 20, 5, tzinfo=UTC)
DAYS = ("2024-04-04", "2024-04-05", "2024-04-06")
UNITS = {
    "70": ("province", None),
    "688": ("district", "70"),
    "689": ("district", "70"),
    "25001": ("commune", "688"),
    "25002": ("commune", "688"),
    "25003": ("commune", "689"),
}
SOME = ("70", "688", "25001")
COMMUNES = ("25001", "25002", "25003")
COHORTS = (None, "easy", "hard")
REASONS = ("absent", "illness", "abroad", "detention", "other")
SENSITIVE = frozenset({"illness", "detention"})
SLOTS = [
    *(("portal", unit, cohort) for unit in COMMUNES for cohort in ("easy", "hard")),
    *(("self", unit, None) for unit in COMMUNES),
]
"""A source reports by cohorts or without."""
SOURCES = ("portal", "self")

Slot = tuple[str, str, str | None]
"""A source, a commune and a cohort: within a world its cases of one group are all exempt for one reason."""


class Row(NamedTuple):
    """One count. `outcome` may be the codes of reasons that are told of together: which it is, the world decides."""

    slot: Slot
    day: str
    outcome: str | tuple[str, ...]
    value: int
    cumulative: bool


class Telling(NamedTuple):
    """What happens: batches by step, each step at a moment of its own; `voided` are withdrawn in the last one."""

    leaving: tuple[str, ...] | None
    hard_leaving: tuple[str, ...] | None
    batches: list[list[Row]]
    voided: frozenset[int]


def definition(code: str, telling: Telling) -> dict[str, Any]:
    """The campaign of a world, as quota takes it."""
    target = {"target_rate": "0.8", "target_on": "adjusted"}
    return {
        "code": code,
        "name": {"vi": "Đợt cao điểm"},
        "unit": "70",
        "first_day": DAYS[0],
        "last_day": DAYS[-1],
        "decision": {"number": "1/KH", "date": DAYS[0]},
        "compliance": {"level": "commune", "due_hour": 17},
        "indicators": [
            {
                "code": "cards",
                "kind": "quota",
                "name": {"vi": "Căn cước"},
                "reconciliation_level": "commune",
                "authority": [["portal"], ["self"]],
                **target,
                "cohorts": [
                    {"code": "easy", "name": {"vi": "Dễ"}, **target},
                    {
                        "code": "hard",
                        "name": {"vi": "Khó"},
                        **target,
                        "reasons_leaving_denominator": telling.hard_leaving,
                    },
                ],
                "reasons": [{"code": one, "name": {"vi": one}, "sensitive": one in SENSITIVE} for one in REASONS],
                "reasons_leaving_denominator": telling.leaving,
            }
        ],
    }


class Choice:
    """Which reason of a group the cases of a slot are exempt for, in one world."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self._chance = random.Random(f"{name}{seed}")
        self._chosen: dict[tuple[Slot, tuple[str, ...]], str] = {}

    def of(self, slot: Slot, group: tuple[str, ...]) -> str:
        """Always the same one."""
        if (slot, group) not in self._chosen:
            kept = {
                "none": [one for one in group if one not in SENSITIVE],
                "all": [one for one in group if one in SENSITIVE],
            }.get(self.name, group)
            self._chosen[slot, group] = self._chance.choice(list(kept or group))
        return self._chosen[slot, group]


async def play(stack: Stack, clock: MovableClock, telling: Telling, worlds: Mapping[str, Choice]) -> list[str]:
    """Each world, by its campaign's code, is told; answers the moments after each step but the last."""
    clock.set(NOON)
    admin = stack.token("quota:read quota:write progress:read progress:write progress:amend reporting:read admin")

    async def tell(service: str, method: str, path: str, body: Any, token: str = admin) -> Any:
        answer = await stack.call(service, method, path, token=token, json=body, after=",".join(tokens[-1:]))
        assert answer.status_code < 300, answer.text
        if answer.headers.get("consistency-token"):
            tokens.append(answer.headers["consistency-token"])
        return answer.json()

    tokens: list[str] = []
    units = [
        {"code": code, "level": level, "kind": level, "parent_code": parent, "name": code}
        for code, (level, parent) in UNITS.items()
    ]
    await tell("quota", "PUT", "/v1/units", {"units": units})
    for code in worlds:
        await tell("quota", "POST", "/v1/campaigns", definition(code, telling))
        lines = [
            {"unit": "70", "indicator": "cards", "cohort": cohort, "amount": amount}
            for cohort, amount in (("easy", 70), ("hard", 30))
        ]
        body = {"unit": None, "document": {"number": "1/KH", "date": DAYS[0]}, "lines": lines}
        drafted = await tell("quota", "POST", f"/v1/campaigns/{code}/plans", body)
        await tell("quota", "POST", f"/v1/plans/{drafted['id']}/issue", {"issued_at": "2024-04-04T00:00:00Z"})
    for source in SOURCES:
        reports = [{"campaign": code, "indicator": "cards", "level": "commune"} for code in worlds]
        body = {"name": source, "kind": "register", "reports": reports}
        await tell("progress", "PUT", f"/v1/sources/{source}", body)
    moments = []
    sent: dict[tuple[str, int], list[str]] = defaultdict(list)
    for step, batch in enumerate(telling.batches):
        for code, choice in worlds.items():
            for source in SOURCES:
                rows = [_row(one, choice) for one in batch if one.slot[0] == source]
                if rows:
                    clerk = stack.token("progress:write", source=source)
                    body = {"source": source, "rows": rows}
                    receipt = await tell("progress", "POST", f"/v1/campaigns/{code}/reports", body, clerk)
                    sent[code, step].append(receipt["batch"])
        moments.append(clock.now().isoformat().replace("+00:00", "Z"))
        clock.move(seconds=60)
    for code in worlds:
        for step in sorted(telling.voided):
            for batch_id in sent[code, step]:
                await tell("progress", "POST", f"/v1/batches/{batch_id}/void", {"reason": "nhầm"})
    answer = await stack.call(
        *("reporting", "GET", f"/v1/campaigns/{next(iter(worlds))}/figures"), token=admin, after=",".join(tokens)
    )
    assert answer.status_code == 200, answer.text
    return moments[:-1]


def _row(row: Row, choice: Choice) -> dict[str, Any]:
    _, unit, cohort = row.slot
    found = {"unit": unit, "indicator": "cards", "cohort": cohort, "day": row.day, "value": row.value}
    found["mode"] = "cumulative" if row.cumulative else "daily"
    if isinstance(row.outcome, tuple):
        return {**found, "outcome": "exempt", "reason": choice.of(row.slot, row.outcome)}
    return {**found, "outcome": row.outcome}


def questions(moments: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that may be asked of a campaign: paths of `/v1/campaigns/{code}/` and parameters."""
    views = [{"as_of": day} for day in DAYS]
    pasts = [{**one, "known_at": moment} for one in views for moment in moments]
    for view in [*views, *pasts]:
        yield "figures", {"depth": 5, "cohort": "*", "limit": 1000, **view}
        yield "ranking", {"indicator": "cards", "level": "commune", **view}
        for unit in SOME if "known_at" in view else UNITS:
            yield "exemptions", {"indicator": "cards", "unit": unit, **view}
    for view in [{}, *({"known_at": moment} for moment in moments[1:])]:
        for unit in SOME:
            for more in ({}, {"cohort": "hard"}, {"cumulative": "false"}):
                yield "series", {"indicator": "cards", "unit": unit, **more, **view}
    for unit, outcome in itertools.product(SOME, ("achieved", "exempt")):
        yield "explain", {"indicator": "cards", "unit": unit, "outcome": outcome}
    yield "figures", {"depth": 5, "hierarchy": DAYS[-1], "limit": 1000}
    for view in views:
        yield "reconciliation", {"depth": 5, **view}
        yield "export", {"format": "csv", "depth": 5, "cohort": "*", **view}
        yield "notice", {"format": "html", **view}
    yield "commendation", {"level": "commune"}
    yield "snapshots", {}
    yield "contradictions", {}
    yield "compliance", {}
    yield "flows", {"indicator": "cards"}


NAMELESS = re.compile(
    r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|"(as_of_token|request_id)":"[^"]*"'
)
"""What differs between two answers that say the same."""


async def ask(stack: Stack, code: str, path: str, asked: Mapping[str, Any], *, scope: str) -> str:
    """The answer as text, without the names that differ from world to world."""
    token = stack.token(scope, subject="reader")
    answer = await stack.call("reporting", "GET", f"/v1/campaigns/{code}/{path}", token=token, params=dict(asked))
    return f"{answer.status_code} {NAMELESS.sub('', answer.text).replace(code, 'CAMPAIGN')}"
