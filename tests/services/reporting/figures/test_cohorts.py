"""Figures of cohorts: disjoint parts of an indicator with quotas, targets and reasons of their own."""

from typing import Any

from services.contracts.definitions import CohortDefinition
from services.contracts.words import Outcome, TargetOn
from tests.services.reporting.support import ReadModel, indicator

FULL = "reporting:read reporting:sensitive"
FIRST_ISSUE = CohortDefinition("first_issue", {"vi": "Cấp lần đầu"}, "1", TargetOn.RAW)
HARD_TO_REACH = CohortDefinition("hard_to_reach", {"vi": "Khó thu nhận"}, "0.8", TargetOn.ADJUSTED, ("abroad",))


def cards() -> ReadModel:
    """Commune 25001 with two cohorts of cards, and SIM cards without any."""
    cohorts = (FIRST_ISSUE, HARD_TO_REACH)
    model = ReadModel(
        indicator("cccd", cohorts=cohorts, reasons_leaving_denominator=("absent", "abroad")), indicator("sim")
    )
    model.quota("25001", "cccd", 300)
    model.quota("25001", "cccd", 200, cohort_no=1)
    model.quota("25001", "cccd", 100, baseline=7, cohort_no=2)
    model.report("25001", "cccd", 150, cohort_no=1)
    model.report("25001", "cccd", 60, cohort_no=2)
    model.report("25001", "cccd", 25, outcome=Outcome.EXEMPT, reason="abroad", cohort_no=2)
    model.report("25001", "cccd", 10, outcome=Outcome.EXEMPT, reason="absent", cohort_no=2)
    model.report("25001", "cccd", 30, outcome=Outcome.DECLINED, cohort_no=1)
    return model


async def test_each_cohort_follows_its_indicator_and_has_its_own_numbers(get: Any, written: Any) -> None:
    await written(cards())

    page = await get("figures", unit="25001", cohort="*", scope=FULL)

    names = ("indicator", "cohort", "quota", "achieved", "exempt", "declined", "outstanding", "target_rate", "reached")
    assert [tuple(one[name] for name in names) for one in page["items"]] == [
        ("cccd", None, 300, 210, 35, 30, 25, "1", False),
        ("cccd", "first_issue", 200, 150, None, 30, 20, "1", False),
        ("cccd", "hard_to_reach", 100, 60, 35, None, 5, "0.8", True),
        ("sim", None, None, None, None, None, None, "1", None),
    ]
    rates = [one["adjusted_rate"] and one["adjusted_rate"]["denominator"] for one in page["items"]]
    assert rates == [265, 200, 75, None]
    assert [one["band"] for one in page["items"]] == ["behind", "behind", "reached", "unknown"]
    assert [one["baseline"] for one in page["items"]] == [0, 0, 7, None]


async def test_one_cohort_is_shown_of_the_indicators_that_have_it(get: Any, refused: Any, written: Any) -> None:
    await written(cards())

    (figure,) = (await get("figures", unit="25001", cohort="hard_to_reach"))["items"]

    assert (figure["indicator"], figure["cohort"], figure["achieved"]) == ("cccd", "hard_to_reach", 60)
    assert await refused("bp/figures", cohort="nobody") == (422, "cohort_unknown")
    assert await refused("bp/figures", cohort="first_issue", indicator="sim") == (422, "cohort_unknown")
    assert [one["cohort"] for one in (await get("figures", cohort="*", indicator="sim"))["items"]] == [None]


async def test_a_source_that_reports_without_cohorts_leaves_them_unknown(get: Any, written: Any) -> None:
    model = ReadModel(indicator("cccd", cohorts=(FIRST_ISSUE,)))
    model.quota("25001", "cccd", 200, cohort_no=1)
    model.quota("25001", "cccd", 200)
    model.report("25001", "cccd", 50)
    await written(model)

    whole, part = (await get("figures", unit="25001", cohort="*", scope=FULL))["items"]

    assert (whole["achieved"], part["achieved"], part["rate"], part["band"]) == (50, None, None, "unknown")
    assert part["pace"] is None


async def test_cohorts_are_ranked_by_their_own_rates(get: Any, written: Any) -> None:
    model = ReadModel(indicator("cccd", cohorts=(FIRST_ISSUE, HARD_TO_REACH)))
    for code, first, hard in (("688", 10, 90), ("689", 50, 20)):
        for cohort_no, achieved in ((1, first), (2, hard)):
            model.quota(code, "cccd", 100, cohort_no=cohort_no)
            model.report(code, "cccd", achieved, cohort_no=cohort_no)
        model.quota(code, "cccd", 200)
    await written(model)

    items = (await get("figures", level="district", cohort="*", scope=FULL))["items"]

    ranks = {(one["unit"], one["cohort"]): (one["rank"], one["ranked_of"]) for one in items if one["rank"]}
    assert ranks == {
        ("688", None): (1, 2),
        ("689", None): (2, 2),
        ("688", "first_issue"): (2, 2),
        ("689", "first_issue"): (1, 2),
        ("688", "hard_to_reach"): (1, 2),
        ("689", "hard_to_reach"): (2, 2),
    }


async def test_pages_of_cohorts_hold_everything_once(get: Any, written: Any) -> None:
    await written(cards())
    whole = await get("figures", depth=3, cohort="*", limit=1000)
    found, cursor = [], None
    for _ in range(100):
        page = await get("figures", depth=3, cohort="*", limit=5, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == whole["items"]
    assert whole["next_cursor"] is None


async def test_the_graph_asks_for_cohorts_too(ask: Any, written: Any) -> None:
    await written(cards())
    answer = await ask("figures", campaign="bp", units=["25001"], indicators=["cccd"], cohort="*", scope=FULL)
    assert [one["cohort"] for one in answer["items"]] == [None, "first_issue", "hard_to_reach"]
