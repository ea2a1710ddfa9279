"""Ratios: one indicator's figure over another's, with no quota between them."""

from typing import Any

from services.contracts.definitions import CohortDefinition
from services.contracts.words import IndicatorKind, TargetOn
from tests.services.reporting.support import ReadModel, indicator

YOUNG = CohortDefinition("young", {"vi": "Trẻ"}, "1", TargetOn.RAW)


def phones(**changes: Any) -> ReadModel:
    """Adults with a 4G phone over e-ID accounts activated, of which some stood before the campaign."""
    accounts = indicator("eid", counts_baseline=True, cohorts=(YOUNG,))
    ratio = indicator("phones", kind=IndicatorKind.RATIO, of="eid", target_rate="0.5", cohorts=(YOUNG,), **changes)
    model = ReadModel(accounts, ratio)
    model.quota("25001", "eid", 1000, baseline=100)
    model.quota("25002", "eid", 50)
    return model


async def test_a_ratio_is_its_own_count_over_the_figure_of_the_other(get: Any, written: Any) -> None:
    model = phones()
    model.report("25001", "eid", 300)
    model.report("25001", "phones", 222)
    await written(model)

    (figure,) = (await get("figures", unit="25001", indicator="phones"))["items"]

    assert figure["rate"] == {"numerator": 222, "denominator": 400, "printed": "55,50"}
    assert figure["adjusted_rate"] == figure["rate"]
    assert (figure["quota"], figure["outstanding"], figure["pace"], figure["band"]) == (None, None, None, "unknown")
    assert (figure["achieved"], figure["target_rate"], figure["reached"]) == (222, "0.5", True)


async def test_without_anything_to_be_taken_of_there_is_no_ratio(get: Any, written: Any) -> None:
    model = phones()
    model.report("25001", "phones", 3)
    model.report("25002", "eid", 0)
    model.report("25002", "phones", 3)
    await written(model)

    items = (await get("figures", unit="688", depth=1, indicator="phones"))["items"]

    assert [(one["unit"], one["rate"], one["reached"]) for one in items if one["unit"] != "688"] == [
        ("25001", None, None),
        ("25002", None, None),
    ]


async def test_ratios_are_computed_at_each_unit_and_ranked(get: Any, written: Any) -> None:
    model = phones()
    for unit, accounts, own in (("25001", 300, 100), ("25002", 90, 60)):
        model.report(unit, "eid", accounts)
        model.report(unit, "phones", own)
    await written(model)

    items = (await get("figures", unit="688", depth=1))["items"]
    table = await get("ranking", indicator="phones", level="commune")

    rates = {one["unit"]: one["rate"] for one in items if one["indicator"] == "phones"}
    assert [rates[unit]["denominator"] for unit in ("688", "25001", "25002")] == [390, 400, 90]
    assert rates["688"]["numerator"] == 160
    ranks = {one["unit"]: one["rank"] for one in items if one["indicator"] == "phones"}
    assert (ranks["25001"], ranks["25002"]) == (2, 1)
    assert [(one["unit"], one["rank"]) for one in table["items"]][:2] == [("25002", 1), ("25001", 2)]


async def test_a_cohort_of_a_ratio_is_taken_of_the_same_cohort(get: Any, written: Any) -> None:
    model = phones()
    model.report("25002", "eid", 80, cohort_no=1)
    model.report("25002", "eid", 20)
    model.report("25002", "phones", 40, cohort_no=1)
    await written(model)

    items = (await get("figures", unit="25002", indicator="phones", cohort="*"))["items"]

    assert [(one["cohort"], one["rate"]["numerator"], one["rate"]["denominator"]) for one in items] == [
        (None, 40, 100),
        ("young", 40, 80),
    ]
