"""Flows, activities, milestones and ranks beside quotas."""

from typing import Any

import pytest

from services.contracts.words import MODE_NO, IndicatorKind, Mode
from tests.services.progress.support import INDICATORS, Progress, campaign, indicator, reports, row


async def with_rank(bare: Progress) -> None:
    every = (*INDICATORS, indicator("place", IndicatorKind.RANK, authority=(("registry",),)))
    every = tuple(
        indicator(one.code, one.kind, authority=(("registry",),), of=one.of, cohorts=one.cohorts, reasons=one.reasons)
        for one in every
    )
    numbers = campaign().numbers
    more = {**numbers.indicators, "place": 8}
    await bare.tell_campaign(indicators=every, numbers=type(numbers)(more, numbers.cohorts, numbers.reasons))
    await bare.put_source("registry", reports=reports("sims", "dossiers", "news", "plan_made", "place"))


async def ledger(progress: Progress) -> list[dict[str, Any]]:
    token = progress.stack.token("progress:read")
    answer = await progress.stack.call("progress", "GET", "/v1/campaigns/drive/ledger", token=token)
    return answer.json()["items"]


async def rollup(progress: Progress, *rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    answer = await progress.post(*rows, query="?dry_run=true")
    assert answer.status_code == 200, answer.text
    return [
        (one["indicator"], one["outcome"], one["before"], one["after"]) for one in answer.json()["rollup"]["changes"]
    ]


async def test_a_milestone_said_on_two_days_is_done_once_and_can_be_taken_back(bare: Progress) -> None:
    await with_rank(bare)
    await bare.post(row(code="plan_made", value=1, day="2024-05-01"))
    assert await rollup(bare, row(code="plan_made", value=1, day="2024-05-02", mode="daily")) == []
    undone = row(code="plan_made", value=0, day="2024-05-03")
    assert await rollup(bare, undone) == [("plan_made", "achieved", 1, 0)]
    rows = await bare.fetch("SELECT mode_no FROM latest")
    assert [one["mode_no"] for one in rows] == [MODE_NO[Mode.CUMULATIVE]]
    assert [one["mode"] for one in await ledger(bare)] == [None]


async def test_a_rank_is_a_place_that_is_never_summed(bare: Progress) -> None:
    await with_rank(bare)
    assert await rollup(bare, row(code="place", value=3), row("C12", "place", 1)) == []
    answer = await bare.post(row(code="place", value=3), row("C12", "place", 0))
    assert [(one["row"], one["code"]) for one in answer.json()["errors"]] == [(1, "rank_value")]
    answer = await bare.post(row(code="place", value=3, mode="cumulative"))
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/rows/0/mode", "mode_forbidden")]
    answer = await bare.post(row(code="place", value=3), row(code="sims", value=0), mode="cumulative")
    assert answer.status_code == 200, answer.text
    assert [(one["indicator"], one["mode"]) for one in await ledger(bare)] == [("sims", "cumulative"), ("place", None)]


async def test_a_flow_has_an_opening_stock_and_two_counts(bare: Progress) -> None:
    await with_rank(bare)
    rows = [
        row(code="dossiers", outcome="carried_over", value=7),
        row(code="dossiers", outcome="received", value=3),
        row(code="dossiers", outcome="resolved", value=2),
    ]
    assert await rollup(bare, *rows) == [("dossiers", "received", None, 3), ("dossiers", "resolved", None, 2)]
    await bare.post(*rows)
    assert [(one["outcome"], one["value"], one["mode"]) for one in await ledger(bare)] == [
        ("carried_over", 7, None),
        ("received", 3, "daily"),
        ("resolved", 2, "daily"),
    ]


@pytest.mark.parametrize(("hedge", "shown"), [("about", "about"), (None, None)])
async def test_an_activity_keeps_its_hedge(bare: Progress, hedge: str | None, shown: str | None) -> None:
    await with_rank(bare)
    await bare.post(row(code="news", value=91, hedge=hedge))
    assert [one["hedge"] for one in await ledger(bare)] == [shown]


async def test_a_hedge_alone_is_a_correction(bare: Progress) -> None:
    await with_rank(bare)
    await bare.post(row(code="news", value=91))
    answer = await bare.post(row(code="news", value=91, hedge="about"))
    assert answer.json()["rows"]["corrected"] == 1
