"""Sums and days of random reports, asked of the service and of a plain sum over the reports."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.words import Outcome
from tests.services.reporting.support import FIRST, PLACES, ReadModel, indicator

LEAVES = ("9001", "9002", "25002", "25003", "25004", "690", "691")
KINDS = [
    (Outcome.ACHIEVED, None),
    (Outcome.DECLINED, None),
    *((Outcome.EXEMPT, reason) for reason in ("absent", "abroad", "illness")),
]


@pytest.mark.parametrize("seed", range(3))
async def test_every_parent_is_the_sum_of_its_children_on_every_day(get: Any, written: Any, seed: int) -> None:
    chance = random.Random(seed)
    model = ReadModel(indicator("cccd"), indicator("sim"))
    reports: list[tuple[str, str, int, date, Outcome, str | None]] = []
    for _ in range(60):
        outcome, reason = chance.choice(KINDS)
        day = FIRST + timedelta(days=chance.randrange(20))
        report = (chance.choice(LEAVES), chance.choice(["cccd", "sim"]), chance.randrange(9), day, outcome, reason)
        reports.append(report)
        unit, code, value, *_ = report
        model.report(unit, code, value, day=day, outcome=outcome, reason=reason, cohort_no=chance.randrange(3))
    await written(model)
    paths = {code: {model.by_id[one].unit.code for one in unit.path} for code, unit in model.tree.items()}

    for offset in (0, 3, 9, 14, 20, 90):
        day = FIRST + timedelta(days=offset)
        page = await get("figures", depth=5, as_of=day.isoformat())
        found = {(one["unit"], one["indicator"]): one for one in page["items"]}
        assert len(found) == (len(PLACES) - 2) * 2
        for (unit, code), figure in found.items():
            under = [one for one in reports if unit in paths[one[0]] and one[1] == code and one[3] <= day]
            for outcome in (Outcome.ACHIEVED, Outcome.EXEMPT, Outcome.DECLINED):
                values = [one[2] for one in under if one[4] is outcome]
                assert figure[outcome] == (sum(values) if values else None), (unit, code, outcome, day)


async def test_exempt_is_the_sum_of_its_reasons(get: Any, written: Any) -> None:
    chance = random.Random(5)
    model = ReadModel(indicator("cccd"))
    for _ in range(30):
        day = FIRST + timedelta(days=chance.randrange(20))
        outcome, reason = chance.choice(KINDS)
        model.report(chance.choice(LEAVES), "cccd", chance.randrange(9), day=day, outcome=outcome, reason=reason)
    await written(model)

    for unit in ("70", "688", "25001", "9001"):
        asked = {"unit": unit, "indicator": "cccd", "as_of": "2024-04-14"}
        (figure,) = (await get("figures", **asked))["items"]
        for scope in ("reporting:read", "reporting:read reporting:sensitive"):
            counts = [one["count"] for one in await get("exemptions", **asked, scope=scope)]
            assert figure["exempt"] == (sum(one for one in counts if one is not None) if counts else None)
