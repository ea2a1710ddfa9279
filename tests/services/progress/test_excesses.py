"""Outcomes above the quota that a unit received are taken with a warning."""

import random
from collections import defaultdict
from datetime import date
from typing import Any

import httpx2

from services.contracts.events import CampaignChanged
from services.contracts.words import Level
from services.progress.ingestion import headroom
from tests.conftest import Starting
from tests.services.progress.support import (
    INDICATORS,
    Progress,
    campaign,
    given,
    indicator,
    plan,
    reports,
    row,
)
from tests.support.clock import MovableClock


def above(answer: httpx2.Response) -> list[tuple[int, str]]:
    """Row and text of each warning of this kind."""
    assert answer.status_code == 200, answer.text
    return [(one["row"], one["detail"]) for one in answer.json()["warnings"] if one["code"] == "outcomes_above_quota"]


def rows_of(answer: httpx2.Response) -> list[int]:
    return [at for at, _ in above(answer)]


async def test_the_warning_names_row_numbers_and_plan(progress: Progress) -> None:
    await progress.tell(plan(given(11, 10)))
    assert above(await progress.post(row("C11", value=10, day="2024-05-01"), row("C12", value=99))) == []
    answer = await progress.post(row("C12", value=1), row("C11", value=1))
    assert above(answer) == [
        (
            1,
            "By now registry reports 11 achieved, exempt and declined of sims for C11; the quota that it received is 10"
            " (plan 128/KH-UBND). The row counts; send the right number if it is wrong.",
        )
    ]
    assert answer.json()["warnings"][0]["pointer"] == "/rows/1/value"
    assert answer.json()["rows"]["created"] == 1


async def test_all_outcomes_use_up_a_quota(progress: Progress) -> None:
    await progress.tell(plan(given(11, 10, 1)))
    rows = [
        row("C11", "cards", 4),
        row("C11", "cards", 4, outcome="exempt", reason="abroad"),
        row("C11", "cards", 2, outcome="declined"),
    ]
    assert rows_of(await progress.post(*rows)) == []
    assert rows_of(await progress.post(row("C11", "cards", 3, outcome="declined"))) == [0]


async def test_corrections_replace_and_late_rows_add(progress: Progress) -> None:
    await progress.tell(plan(given(11, 10)))
    assert rows_of(await progress.post(row("C11", value=10))) == []
    assert rows_of(await progress.post(row("C11", value=11))) == [0]
    assert rows_of(await progress.post(row("C11", value=9))) == []
    assert rows_of(await progress.post(row("C11", value=1, day="2024-04-05"))) == []
    assert rows_of(await progress.post(row("C11", value=1, day="2024-04-04"))) == [0]
    assert rows_of(await progress.post(row("C11", value=0, day="2024-04-06"))) == []


async def test_running_totals_count_as_what_they_are(progress: Progress) -> None:
    await progress.tell(plan(given(11, 10)))
    assert rows_of(await progress.post(row("C11", value=8, day="2024-05-01"))) == []
    assert rows_of(await progress.post(row("C11", value=10, day="2024-05-02", mode="cumulative"))) == []
    assert rows_of(await progress.post(row("C11", value=10, day="2024-05-03", mode="cumulative"))) == []
    assert rows_of(await progress.post(row("C11", value=1, day="2024-05-04"))) == [0]
    assert rows_of(await progress.post(row("C11", value=50, day="2024-04-30"))) == [0], "it stands above still"
    assert rows_of(await progress.post(row("C11", value=9, day="2024-05-04", mode="cumulative"))) == []
    # The running total becomes a daily value, and what it hid speaks again.
    assert rows_of(await progress.post(row("C11", value=0, day="2024-05-04"))) == []
    assert rows_of(await progress.post(row("C11", value=0, day="2024-05-03"))) == []
    assert rows_of(await progress.post(row("C11", value=0, day="2024-05-02"))) == [0]


async def test_cohorts_have_quotas_of_their_own(progress: Progress) -> None:
    await progress.tell(plan(given(11, 10, 1, cohort_no=1), given(11, 5, 1, cohort_no=2)))
    assert rows_of(await progress.post(row("C11", "cards", 10, cohort="young"))) == []
    ((at, text),) = above(await progress.post(row("C11", "cards", 1, "2024-05-04", cohort="young")))
    assert at == 0
    assert "11 achieved, exempt and declined of cards (young)" in text
    both = above(await progress.post(row("C11", "cards", 5, "2024-05-04", cohort="hard")))
    assert [("of cards for C11" in text, "received is 15" in text) for _, text in both] == [(True, True)]


async def test_without_cohorts_the_sum_of_the_lines_counts(progress: Progress) -> None:
    await progress.tell(plan(given(11, 10, 1, cohort_no=1), given(11, 5, 1, cohort_no=2)))
    assert rows_of(await progress.post(row("C11", "cards", 15))) == []
    assert rows_of(await progress.post(row("C11", "cards", 16))) == [0]


async def test_a_baseline_counts_where_the_indicator_says_so(bare: Progress) -> None:
    changed = [indicator(one.code, one.kind, counts_baseline=one.code == "sims") for one in INDICATORS[1:3]]
    await bare.tell_campaign(indicators=(INDICATORS[0], *changed))
    await bare.put_source("registry", reports=reports("cards", "sims"))
    await bare.tell(plan(given(11, 10, baseline=4), given(11, 10, 1, baseline=4)))
    assert rows_of(await bare.post(row("C11", value=6), row("C11", "cards", 10))) == []
    ((_, text),) = above(await bare.post(row("C11", value=7), row("C11", "cards", 10)))
    assert "reports 7 achieved, exempt and declined of sims for C11 on top of a baseline of 4" in text


async def test_the_nearest_unit_above_holds_the_quota_up_to_the_level_of_reconciliation(bare: Progress) -> None:
    await bare.tell_campaign()
    await bare.put_source("registry", reports=reports("sims", level="residential_area"))
    await bare.tell(plan(given(10, 5)))
    assert rows_of(await bare.post(row("H111", value=20))) == [], "a district's figure is made of several sources"
    await bare.tell(plan(given(11, 21), family=2, number="2/KH"))
    assert rows_of(await bare.post(row("H111", value=21))) == []
    ((_, text),) = above(await bare.post(row("H111", value=1, day="2024-05-04")))
    assert "reports 22" in text
    assert "for C11; the quota that it received is 21 (plan 2/KH)" in text


async def test_quotas_are_those_in_force_today(progress: Progress, clock: MovableClock) -> None:
    await progress.tell(plan(given(11, 10), day=date(2024, 5, 11)))
    assert rows_of(await progress.post(row("C11", value=11))) == []
    clock.move(days=1)
    assert rows_of(await progress.post(row("C11", value=11))) == [0]
    await progress.tell(plan(given(11, 20), revision=2, day=date(2024, 5, 11), number="9/KH"))
    assert rows_of(await progress.post(row("C11", value=20))) == []
    assert rows_of(await progress.post(row("C11", value=21))) == [0]
    await progress.tell(plan(revision=3, day=date(2024, 5, 12), number="10/KH"))
    clock.move(days=1)
    assert rows_of(await progress.post(row("C11", value=30))) == [], "the plan no longer names the unit"


async def test_a_plan_counts_once_all_of_its_lines_have_come(progress: Progress) -> None:
    await progress.tell(plan(given(11, 10), total=2))
    assert rows_of(await progress.post(row("C11", value=11))) == []
    await progress.tell(plan(given(12, 10), total=2))
    assert rows_of(await progress.post(row("C11", value=11))) == [0]


async def test_several_plans_add_up(progress: Progress) -> None:
    await progress.tell(plan(given(11, 10)), plan(given(11, 5), family=2, number="2/KH"))
    assert rows_of(await progress.post(row("C11", value=15))) == []
    ((_, text),) = above(await progress.post(row("C11", value=16)))
    assert "is 15 (plan 128/KH-UBND, 2/KH)" in text


async def test_a_source_is_compared_by_what_it_says_itself(progress: Progress) -> None:
    await progress.tell(plan(given(11, 10)))
    assert rows_of(await progress.post(row("C11", value=10))) == []
    assert rows_of(await progress.post(row("C11", value=10), source="telco")) == []


async def test_what_a_void_brings_back_is_seen(progress: Progress) -> None:
    await progress.tell(plan(given(11, 100)))
    await progress.post(row("C11", value=90))
    lowered = (await progress.post(row("C11", value=0))).json()["batch"]
    assert rows_of(await progress.post(row("C11", value=1, day="2024-05-04"))) == []
    answer = await progress.stack.call(
        "progress", "POST", f"/v1/batches/{lowered}/void", token=progress.token(), json={"reason": "a slip"}
    )
    assert answer.status_code == 200, answer.text
    assert rows_of(await progress.post(row("C11", value=10, day="2024-05-05"))) == [0]


async def test_a_rehearsal_says_the_same_and_is_forgotten(progress: Progress) -> None:
    await progress.tell(plan(given(11, 10)))
    for _ in range(2):
        assert rows_of(await progress.post(row("C11", value=11), query="?dry_run=true")) == [0]
    assert rows_of(await progress.post(row("C11", value=10))) == []
    assert rows_of(await progress.post(row("C11", value=0), query="?dry_run=true")) == []
    assert rows_of(await progress.post(row("C11", value=1, day="2024-05-04"))) == [0]


async def test_more_units_than_a_receipt_shows(bare: Progress) -> None:
    extra = [indicator(f"i{number}") for number in range(120)]
    numbers = {one.code: number for number, one in enumerate(extra, 1)}
    told = campaign(indicators=tuple(extra))
    await bare.tell_campaign(
        indicators=tuple(extra), numbers=type(told.numbers)(indicators=numbers, cohorts={}, reasons={}), pauses=()
    )
    await bare.put_source("registry", reports=reports(*numbers))
    await bare.tell(plan(*(given(11, 1, number) for number in numbers.values())))
    answer = await bare.post(*(row("C11", code, 2) for code in numbers))
    assert rows_of(answer) == list(range(100))
    assert answer.json()["truncated"] is True


async def test_a_process_sees_what_another_took_before_long(
    start: Starting, progress: Progress, clock: MovableClock
) -> None:
    await progress.tell(plan(given(11, 100)))
    assert rows_of(await progress.post(row("C11", value=10))) == []
    async with progress.stack.connection("progress") as connection:
        await connection.execute("UPDATE latest SET value = 95")
    clock.move(seconds=headroom.GOOD_FOR.total_seconds())
    assert rows_of(await progress.post(row("C11", value=6, day="2024-05-04"))) == [0]


async def test_every_row_that_leaves_a_unit_above_its_quota_is_warned_of(progress: Progress) -> None:
    """Rule 4 by hand, over what was ever said, beside what the receipts say."""
    choose = random.Random(3)
    await progress.tell(plan(given(11, 60), given(12, 40)))
    quotas = {"C11": 60, "C12": 40}
    said: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
    for turn in range(60):
        mode = "daily" if turn < 30 else choose.choice(["daily", "cumulative"])
        day = f"2024-05-0{choose.randrange(1, 8)}"
        value = choose.randrange(1, 25)
        code = choose.choice(["C11", "C12"])
        said[code][day] = (mode, value)
        answer = await progress.post(row(code, value=value, day=day, mode=mode))
        assert bool(above(answer)) is (total(said[code]) > quotas[code]), (turn, said[code])


def total(rows: dict[str, tuple[str, int]]) -> int:
    found = 0
    for _, (mode, value) in sorted(rows.items()):
        found = value if mode == "cumulative" else found + value
    return found


async def test_a_district_that_reports_itself_is_compared_with_its_own_quota(bare: Progress) -> None:
    changed: dict[str, Any] = {"reconciliation_level": Level.DISTRICT}
    await bare.tell_campaign(indicators=(INDICATORS[0], indicator("sims", **changed)))
    await bare.put_source("registry", reports=reports("sims", level="district"))
    await bare.tell(plan(given(10, 5), given(1, 5)))
    assert rows_of(await bare.post(row("D1", value=5), row("D2", value=5))) == []
    assert rows_of(await bare.post(row("D1", value=6), row("D2", value=6))) == [0]


async def test_a_campaign_may_come_after_its_plans(bare: Progress) -> None:
    await bare.tell(plan(given(11, 10)))
    await bare.tell_campaign()
    await bare.put_sources()
    await bare.tell(CampaignChanged(campaign(revision=2)))
    assert rows_of(await bare.post(row("C11", value=11))) == [0]
