"""What series say of a day is what figures say as of it."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.definitions import CohortDefinition, PauseDefinition
from services.contracts.words import Outcome, TargetOn
from tests.services.reporting.support import FIRST, ReadModel, indicator

LEAVES = ("9001", "9002", "25002", "25003", "25004", "690")
KINDS = [(Outcome.ACHIEVED, None), (Outcome.DECLINED, None), (Outcome.EXEMPT, "absent"), (Outcome.EXEMPT, "illness")]
DAYS = 9


def world(chance: random.Random) -> ReadModel:
    cohorts = (CohortDefinition("hard", {"vi": "x"}, "0.5", TargetOn.ADJUSTED),)
    pause = PauseDefinition(FIRST + timedelta(days=4), FIRST + timedelta(days=5), ("cccd",))
    model = ReadModel(
        indicator("cccd", cohorts=cohorts),
        indicator("sim", counts_baseline=True),
        last_day=FIRST + timedelta(days=DAYS),
        pauses=(pause,),
    )
    for unit in ("70", "688", *LEAVES):
        for code in ("cccd", "sim"):
            for offset in chance.sample(range(DAYS), chance.randrange(3)):
                amount = chance.choice([None, 0, 7, 100])
                model.quota(unit, code, amount, baseline=0 if amount is None else 3, day=FIRST + timedelta(days=offset))
    for _ in range(40):
        outcome, reason = chance.choice(KINDS)
        day = FIRST + timedelta(days=chance.randrange(DAYS))
        model.report(
            *(chance.choice(LEAVES), chance.choice(["cccd", "sim"]), chance.randrange(-2, 9)),
            day=day,
            outcome=outcome,
            reason=reason,
            cohort_no=chance.randrange(2),
        )
    return model


@pytest.mark.parametrize("seed", range(2))
async def test_totals_of_a_day_are_the_figures_as_of_it_and_days_add_up_to_them(
    get: Any, written: Any, seed: int
) -> None:
    model = world(random.Random(seed))
    await written(model)
    end = FIRST + timedelta(days=DAYS)
    figures: dict[tuple[str, str, date], Any] = {}
    for offset in range(DAYS + 1):
        day = FIRST + timedelta(days=offset)
        for one in (await get("figures", depth=5, as_of=day.isoformat()))["items"]:
            figures[one["unit"], one["indicator"], day] = one

    for unit in ("70", "688", "25001", "9001", "691"):
        for code in ("cccd", "sim"):
            asked = {"unit": unit, "indicator": code}
            totals = (await get("series", **asked))["items"]
            for item in totals:
                figure = figures[unit, code, date.fromisoformat(item["day"])]
                assert [item[one] for one in ("achieved", "exempt", "declined")] == [
                    figure[one] for one in ("achieved", "exempt", "declined")
                ]
                if figure["pace"] is not None:
                    assert item["expected"] == figure["pace"]["expected"]
                assert (item["expected"] is None) == (figure["quota"] is None)
            gains = (await get("series", **asked, cumulative="false"))["items"]
            for name in ("exempt", "declined"):
                known = [one[name] for one in gains if one[name] is not None]
                assert (sum(known) if known else None) == figures[unit, code, end][name]
            middle = {"from": "2024-04-07", "to": "2024-04-09"}
            assert (await get("series", **asked, **middle))["items"] == totals[3:6]
            assert (await get("series", **asked, **middle, cumulative="false"))["items"] == gains[3:6]
