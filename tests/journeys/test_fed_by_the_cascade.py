"""A milestone that is fed by the cascade says what quota's cascade says: at every unit, on every day, ever since."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.conftest import Starting
from tests.services.quota.plans.test_revising import revised, withdraw
from tests.services.quota.support import Quota, campaign, line
from tests.support.clock import MovableClock

FIRST = date(2024, 4, 4)
DAYS = [FIRST + timedelta(days=ahead) for ahead in (0, 3, 5, 8, 12, 16, 30)]
TREE = {"P": ("D1", "D2"), "D1": ("C11", "C12"), "D2": ("C21",)}
LEVELS = ("district", "commune")


def fed(level: str) -> dict[str, Any]:
    name = {"vi": f"Đã giao kế hoạch: {level}"}
    return {"code": level, "kind": "milestone", "name": name, "fed_by": "cascade", "reconciliation_level": level}


async def hand_down(quota: Quota, clock: MovableClock, chance: random.Random) -> tuple[str, list[datetime]]:
    """Plans are issued, revised and withdrawn, late and early, in the order in which a cascade allows it."""
    standing: dict[str, str] = {}
    moments = []
    for number in range(16):
        clock.move(minutes=2)
        unit = chance.choice([one for one in TREE if one == "P" or "P" in standing])
        dated = str(FIRST + timedelta(days=chance.randrange(20)))
        lines = [line(child, 1) for child in TREE[unit]]
        if unit not in standing:
            standing[unit] = await quota.issued(unit, *lines, number=f"{number}/KH", date=dated)
        elif unit != "P" and chance.random() < 0.4:
            answer = await withdraw(quota, standing[unit], f"{number}/KH", dated)
            standing[unit] = answer.json()["id"]
        else:
            standing[unit] = await revised(quota, standing[unit], *lines, number=f"{number}/KH", date=dated)
        moments.append(clock.now())
    return (
        await quota.call("PATCH", "/v1/campaigns/sb-90d", json={"labels": ["told"]}, headers={"If-Match": "*"})
    ).headers["Consistency-Token"], moments


async def test_figures_and_cascade_say_the_same(start: Starting, clock: MovableClock) -> None:
    clock.set(datetime(2024, 6, 1, tzinfo=UTC))
    async with start("quota", "progress", "reporting") as stack:
        quota = Quota(stack, stack.token("quota:read quota:write"))
        await quota.province()
        indicators = [*campaign()["indicators"], *map(fed, LEVELS)]
        await quota.campaign(indicators=indicators, allow_stretch=True)
        token, moments = await hand_down(quota, clock, random.Random(11))
        reader = stack.token("reporting:read")
        seen = set()
        for day in DAYS:
            for known in (None, moments[3], moments[8], moments[12]):
                at = "" if known is None else f"&known_at={known.isoformat().replace('+00:00', 'Z')}"
                for unit in ("P", "D1", "C11"):
                    query = f"unit={unit}&as_of={day}{at}"
                    cascade = await quota.get(f"/v1/campaigns/sb-90d/cascade?{query}")
                    expected = {one["level"]: (one["issued"], one["units"]) for one in cascade["levels"]}
                    answer = await stack.call(
                        "reporting", "GET", f"/v1/campaigns/sb-90d/figures?{query}&depth=0", token=reader, after=token
                    )
                    assert answer.status_code == 200, answer.text
                    figures = {one["indicator"]: one for one in answer.json()["items"]}
                    for level in LEVELS:
                        issued, units = expected.get(level, (None, 0))
                        figure = figures[level]
                        assert figure["achieved"] == issued, (query, level)
                        assert figure["coverage"] == {"reported": issued or 0, "expected": units}, (query, level)
                        assert figure["quota"] is None
                        seen.add((level, issued))
        assert {("district", 0), ("district", 1), ("district", 2)} <= seen, "the plans differ from day to day"


async def test_its_series_says_of_each_day_what_the_figure_says(start: Starting, clock: MovableClock) -> None:
    clock.set(datetime(2024, 6, 1, tzinfo=UTC))
    async with start("quota", "progress", "reporting") as stack:
        quota = Quota(stack, stack.token("quota:read quota:write"))
        await quota.province()
        await quota.campaign(indicators=[*campaign()["indicators"], *map(fed, LEVELS)], allow_stretch=True)
        token, _ = await hand_down(quota, clock, random.Random(5))
        reader = stack.token("reporting:read")

        async def asked(path: str) -> Any:
            answer = await stack.call("reporting", "GET", f"/v1/campaigns/sb-90d/{path}", token=reader, after=token)
            assert answer.status_code == 200, answer.text
            return answer.json()["items"]

        for unit in ("P", "D2", "C11"):
            series = await asked(f"series?unit={unit}&indicator=district&from={FIRST}&to={DAYS[-1]}")
            told = {one["day"]: one["achieved"] for one in series}
            assert unit != "P" or len(set(told.values())) > 1, "it changes from day to day"
            for day in DAYS:
                (figure,) = await asked(f"figures?unit={unit}&indicator=district&depth=0&as_of={day}")
                assert told[str(day)] == figure["achieved"], (unit, day)


async def test_its_table_ranks_nobody_and_children_have_their_own(start: Starting) -> None:
    async with start("quota", "progress", "reporting") as stack:
        quota = Quota(stack, stack.token("quota:read quota:write"))
        await quota.province()
        await quota.campaign(indicators=[*campaign()["indicators"], fed("district")])
        await quota.issued("P", line("D1", 10), line("D2", 10))
        plan_id = await quota.draft("D2", line("C21", 4), number="2/KH")
        token = (await quota.issue(plan_id)).headers["Consistency-Token"]
        path = "/v1/campaigns/sb-90d/figures?unit=P&depth=2&indicator=district"
        answer = await stack.call("reporting", "GET", path, token=stack.token("reporting:read"), after=token)
        found = {one["unit"]: (one["achieved"], one["rank"]) for one in answer.json()["items"]}
        assert found == {
            "P": (1, None),
            "D1": (0, None),
            "D2": (1, None),
            "C11": (None, None),
            "C12": (None, None),
            "C21": (None, None),
        }
