"""What was known at a moment is what was shown then: series, flows and exemptions, whatever came or went since."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from tests.services.reporting.series.office import DOSSIERS, Office
from tests.services.reporting.support import FIRST

CARDS: dict[str, Any] = {
    "code": "cccd",
    "kind": "quota",
    "name": {"vi": "Căn cước"},
    "reconciliation_level": "commune",
    "authority": [["portal"], ["self_report"]],
    "reasons": [
        {"code": "absent", "name": {"vi": "Vắng mặt"}},
        {"code": "illness", "name": {"vi": "Ốm đau"}, "sensitive": True},
        {"code": "abroad", "name": {"vi": "Ở nước ngoài"}},
    ],
}
KINDS = [
    *({"indicator": "cccd", "outcome": one} for one in ("achieved", "achieved", "declined")),
    *({"indicator": "cccd", "outcome": "exempt", "reason": one} for one in ("absent", "illness", "abroad")),
    *({"indicator": "dvc", "outcome": one} for one in ("received", "resolved", "carried_over")),
]
COMMUNES = ("25001", "25002", "25003")


def _rows(chance: random.Random) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for _ in range(8):
        day = (FIRST + timedelta(days=chance.randrange(6))).isoformat()
        row: dict[str, Any] = {"unit": chance.choice(COMMUNES), "day": day, **chance.choice(KINDS)}
        rows[repr(row)] = row
        row["value"] = chance.randrange(20)
        if row["outcome"] != "carried_over":
            row["mode"] = chance.choice(["daily", "daily", "cumulative"])
    return list(rows.values())


async def _shown(office: Office, **moment: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for unit in ("70", "688", "25001", "25003"):
        for as_of in ("2024-04-06", "2024-07-03"):
            asked = {"unit": unit, "as_of": as_of, **moment}
            for cumulative in ("true", "false"):
                for code in ("cccd", "dvc"):
                    more = {"cumulative": cumulative, "indicator": code, "to": "2024-04-12"}
                    found[f"series {unit} {as_of} {code} {cumulative}"] = await office.ask("series", **asked, **more)
            found[f"flows {unit} {as_of}"] = await office.ask("flows", **asked)
            found[f"exemptions {unit} {as_of}"] = await office.ask("exemptions", **{**asked, "indicator": "cccd"})
    for one in found.values():
        if isinstance(one, dict):
            del one["as_of_token"], one["known_at"]
    return found


@pytest.mark.parametrize("seed", range(2))
async def test_as_known_at_a_moment_is_what_was_shown_then(office: Office, clock: Any, seed: int) -> None:
    chance = random.Random(seed)
    await office.set_up(indicators=[CARDS, DOSSIERS])
    shown = {}
    batches = []
    for step in range(4):
        if step != 1:
            when = FIRST + timedelta(days=step)
            await _plan(office, when, chance.randrange(50, 99), clock.now().isoformat())
        for source in ("portal", "self_report"):
            batches.append(await office.send(_rows(chance), source))
        if step >= 2:
            withdrawn = batches.pop(chance.randrange(len(batches)))
            await office.tell("progress", "POST", f"/v1/batches/{withdrawn}/void", {"reason": "nhầm"})
        shown[clock.now().isoformat()] = await _shown(office)
        clock.move(seconds=60)
    moments = iter(shown.items())
    for moment, then in moments:
        assert await _shown(office, known_at=moment.replace("+00:00", "Z")) == then
    assert len({repr(one) for one in shown.values()}) == 4


async def _plan(office: Office, day: date, amount: int, moment: str) -> None:
    lines = [{"unit": "70", "indicator": "cccd", "cohort": None, "amount": amount}]
    document = {"number": f"{day.day}/KH", "date": day.isoformat()}
    if office.plan is None:
        body = {"unit": None, "document": document, "lines": lines}
        drafted = await office.tell("quota", "POST", "/v1/campaigns/bp/plans", body)
    else:
        body = {"document": document, "lines": lines}
        drafted = await office.tell("quota", "POST", f"/v1/plans/{office.plan}/revise", body)
    office.plan = drafted["id"]
    await office.tell("quota", "POST", f"/v1/plans/{drafted['id']}/issue", {"issued_at": moment})
