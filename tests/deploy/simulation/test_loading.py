"""Loading a simulation, through the APIs and by SQL: the same figures, and once is enough."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from deploy.simulation import Scale, Scenario, Way, simulate
from deploy.simulation.bulk import Bulk, NotEnoughDisk
from deploy.simulation.series import all_series
from services.chassis.clock import SystemClock
from tests.conftest import Starting
from tests.deploy.simulation.little import little_hierarchy
from tests.support.stack import Stack


@pytest.fixture
def clock() -> SystemClock:
    """Tokens are minted by the time of day: a clock that stands still would find them made in the future."""
    return SystemClock()


async def _simulate(stack: Stack, scenario: Scenario, way: Way) -> str:
    said = io.StringIO()
    await simulate(
        scenario,
        way=way,
        quota_url=stack.urls["quota"],
        progress_url=stack.urls["progress"],
        reporting_url=stack.urls["reporting"],
        issuer=stack.issuer,
        console=Console(file=said, width=160),
        bulk=Bulk(stack.databases, cluster=None),
    )
    return said.getvalue()


async def _figures(stack: Stack, scenario: Scenario) -> list[dict]:
    path = f"/v1/campaigns/{scenario.code}/figures?depth=5&limit=1000"
    answer = await stack.call("reporting", "GET", path, token=stack.token("reporting:read"))
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def _achieved(scenario: Scenario, indicator: str) -> int:
    return sum(
        one.total
        for one in all_series(scenario, scenario.hamlets)
        if (one.source, one.outcome, one.indicator.code) == (scenario.register, "achieved", indicator)
    )


@pytest.mark.parametrize("way", list(Way))
async def test_a_province_is_loaded_once_and_labelled(start: Starting, tmp_path: Path, way: Way) -> None:
    scenario = Scenario(little_hierarchy(tmp_path), scale=Scale.PROVINCE, days=15, province="01")
    async with start("quota", "progress", "reporting") as stack:
        assert "is loaded:" in await _simulate(stack, scenario, way)
        first = await _figures(stack, scenario)
        assert first[0]["unit"] == "sim-01"
        assert first[0]["achieved"] == _achieved(scenario, "cccd")
        assert first[0]["quota"] == scenario.quotas["cccd"]["sim-01"]
        assert first[0]["exempt"] > 0
        assert {tuple(one["labels"]) for one in first} == {("simulated",)}

        assert "already" in await _simulate(stack, scenario, way)
        assert await _figures(stack, scenario) == first


async def test_both_ways_give_the_same_figures(start: Starting, tmp_path: Path) -> None:
    hierarchy = little_hierarchy(tmp_path)
    country = Scenario(hierarchy, scale=Scale.NATIONAL, days=15)
    async with start("quota", "progress", "reporting") as stack:
        await _simulate(stack, country, Way.SQL)
        by_sql = await _figures(stack, country)
        async with stack.connection("reporting") as connection:
            for table in ("fact", "live", "rollup_day", "rollup_total", "rollup_received", "anchor_source"):
                await connection.execute(f"DELETE FROM {table}")
            await connection.execute("DELETE FROM anchor_reported")
        await _simulate(stack, country, Way.API)
        assert await _figures(stack, country) == by_sql


async def test_facts_that_would_not_fit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = Scenario(little_hierarchy(tmp_path), scale=Scale.PROVINCE, days=3, province="01")
    bulk = Bulk({}, cluster=tmp_path)
    said = io.StringIO()
    monkeypatch.setattr("deploy.simulation.bulk.BYTES_A_FACT", 10**18)
    with pytest.raises(NotEnoughDisk, match="GB are needed"):
        await bulk.check_disk(scenario, Console(file=said))
    assert "GB of disk" in said.getvalue()
