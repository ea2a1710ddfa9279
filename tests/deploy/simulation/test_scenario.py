"""What is simulated adds up, is believable in size, and is always the same."""

from pathlib import Path

import pytest

from deploy.simulation import Scale, Scenario
from deploy.simulation.hierarchy import CODE_PREFIX, NATIONAL, UnknownProvince, read_hierarchy
from deploy.simulation.scenario import INDICATORS
from deploy.simulation.series import all_series, batches, rows_expected
from tests.deploy.simulation.little import little_hierarchy


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario(little_hierarchy(tmp_path), scale=Scale.PROVINCE, days=16, province="01")


def test_the_country_has_its_units_and_about_90_000_hamlets() -> None:
    hierarchy = read_hierarchy(seed=1)
    levels = [unit.level for unit in hierarchy.units.values()]
    assert [levels.count(one) for one in ("country", "province", "district", "commune")] == [1, 63, 696, 10_035]
    assert 85_000 < levels.count("residential_area") < 95_000
    assert all(code.startswith(CODE_PREFIX) for code in hierarchy.units)


def test_the_licence_of_the_units_goes_with_them() -> None:
    assert "MIT" in NATIONAL.parent.joinpath("LICENSE-vietnamadminunits-MIT.txt").read_text()


def test_quotas_are_split_exactly_at_every_level(scenario: Scenario) -> None:
    for quotas in scenario.quotas.values():
        for unit in scenario.hierarchy.within(scenario.top.code):
            children = [one.code for one in scenario.hierarchy.children.get(unit.code, ()) if one.code in quotas]
            if children:
                assert sum(quotas[code] for code in children) == quotas[unit.code]


def test_a_district_without_communes_receives_nothing(scenario: Scenario) -> None:
    named = {line["unit"] for wave in scenario.plan_waves() for plan in wave for line in plan.lines}
    assert "sim-013" not in named
    assert {"sim-01", "sim-011", "sim-0111", "sim-0111-01"} <= named


def test_plans_of_the_country_end_at_the_communes(tmp_path: Path) -> None:
    scenario = Scenario(little_hierarchy(tmp_path), scale=Scale.NATIONAL, days=1)
    named = {line["unit"] for wave in scenario.plan_waves() for plan in wave for line in plan.lines}
    assert {"sim-VN", "sim-0212"} <= named
    assert "sim-0212-01" not in named


def test_what_was_reported_never_exceeds_the_quota_by_much_and_runs_to_its_total(scenario: Scenario) -> None:
    sums: dict[tuple[str, str], int] = {}
    for batch in batches(scenario):
        for row in batch.rows:
            if batch.source == scenario.register and row.outcome == "achieved":
                sums[row.unit, row.indicator] = sums.get((row.unit, row.indicator), 0) + row.value
    for series in all_series(scenario, scenario.hamlets):
        if series.source == scenario.register and series.outcome == "achieved":
            assert sums[series.unit.code, series.indicator.code] == series.total
            assert series.total <= scenario.quotas[series.indicator.code][series.unit.code] * 1.15


def test_nothing_is_reported_on_a_pause_and_a_few_reports_are_missing(scenario: Scenario) -> None:
    assert scenario.pause is not None
    paused_codes = {one.code for one in INDICATORS if one.paused}
    rows = [row for batch in batches(scenario) for row in batch.rows if row.mode == "daily"]
    first, last = (day.isoformat() for day in scenario.pause)
    assert not [row for row in rows if row.indicator in paused_codes and first <= row.day <= last]
    every = sum(len(batch.rows) for batch in batches(scenario))
    assert 0.97 * rows_expected(scenario) < every < rows_expected(scenario)


def test_one_seed_is_one_campaign(tmp_path: Path) -> None:
    one, same, other = (
        Scenario(little_hierarchy(tmp_path, seed=seed), scale=Scale.PROVINCE, days=3, province="02", seed=seed)
        for seed in (1, 1, 2)
    )
    assert list(batches(one)) == list(batches(same))
    assert list(batches(one)) != list(batches(other))
    assert one.code != other.code


def test_an_unknown_province_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownProvince, match="01, 02"):
        Scenario(little_hierarchy(tmp_path), scale=Scale.PROVINCE, days=1, province="99")
