"""A value far above what its series usually says is taken with a warning."""

import httpx2
import pytest

from services.progress.ingestion import endpoints, media
from tests.services.progress.support import Progress, row
from tests.support.clock import MovableClock


def warned(answer: httpx2.Response) -> list[tuple[int, str]]:
    assert answer.status_code == 200, answer.text
    return [(one["row"], one["code"]) for one in answer.json()["warnings"]]


async def usual(progress: Progress, value: int = 3, days: int = 5, **more: str) -> None:
    rows = [row("C11", value=value + day % 2, day=f"2024-04-{day + 10}", **more) for day in range(days)]
    assert warned(await progress.post(*rows)) == []


async def test_a_value_above_twenty_times_the_median_is_warned_of_and_counts(progress: Progress) -> None:
    await usual(progress)
    answer = await progress.post(row("C11", value=61), row("C12", value=61))
    assert warned(answer) == [(0, "jump")]
    assert answer.json()["warnings"][0]["pointer"] == "/rows/0/value"
    assert "the median of 5 days" in answer.json()["warnings"][0]["detail"]
    assert (await progress.live())[(11, 2, "2024-05-03")] == 61
    assert warned(await progress.post(row("C11", value=60, day="2024-05-04"))) == []
    assert warned(await progress.post(row("C11", value=900, day="2024-05-05"))) == [(0, "jump")]


async def test_few_days_say_nothing_yet(progress: Progress) -> None:
    await usual(progress, days=4)
    assert warned(await progress.post(row("C11", value=10_000))) == []


async def test_a_median_of_nothing_counts_as_one(progress: Progress) -> None:
    await usual(progress, value=0)
    assert warned(await progress.post(row("C11", value=20))) == []
    assert warned(await progress.post(row("C11", value=21))) == [(0, "jump")]


async def test_a_correction_is_not_compared_with_itself(progress: Progress) -> None:
    await usual(progress)
    await progress.post(row("C11", value=900))
    assert warned(await progress.post(row("C11", value=950))) == [(0, "jump")]


async def test_other_outcomes_are_series_of_their_own(progress: Progress) -> None:
    await usual(progress)
    assert warned(await progress.post(row("C11", "cards", 900))) == []
    assert warned(await progress.post(row("C11", "news", 900))) == []


async def running(progress: Progress, *totals: int) -> None:
    rows = [row("C11", value=value, day=f"2024-04-{at + 10}", mode="cumulative") for at, value in enumerate(totals)]
    assert warned(await progress.post(*rows)) == []


async def test_a_running_total_is_judged_by_what_happened_on_its_day(progress: Progress) -> None:
    await running(progress, 100, 103, 106, 109, 112)
    answer = await progress.post(row("C11", value=173, mode="cumulative"))
    assert warned(answer) == [(0, "jump")]
    assert "By this total 61 happened on its day" in answer.json()["warnings"][0]["detail"]
    assert "the median of 5 days before is 3" in answer.json()["warnings"][0]["detail"]
    assert warned(await progress.post(row("C11", value=172, mode="cumulative"))) == []


async def test_running_totals_of_few_days_say_nothing_yet(progress: Progress) -> None:
    await running(progress, 100, 103, 106, 109)
    assert warned(await progress.post(row("C11", value=10_000, mode="cumulative"))) == []


async def test_running_totals_of_one_batch_count_for_each_other(progress: Progress) -> None:
    days = {f"2024-04-{at + 10}": 100 + 3 * at for at in range(6)} | {"2024-04-16": 900, "2024-04-17": 903}
    rows = [row("C11", value=value, day=day, mode="cumulative") for day, value in days.items()]
    assert warned(await progress.post(*rows)) == [(6, "jump")]


async def test_a_running_total_behind_daily_rows_is_compared_with_them(progress: Progress) -> None:
    await usual(progress)
    assert warned(await progress.post(row("C11", value=17 + 61, mode="cumulative"))) == [(0, "jump")]
    assert warned(await progress.post(row("C11", value=17 + 60, mode="cumulative"))) == []


async def test_a_late_running_total_is_compared_with_the_days_before_it(progress: Progress) -> None:
    await running(progress, 100, 103, 106, 109, 112, 115)
    assert warned(await progress.post(row("C11", value=900, day="2024-04-30", mode="cumulative"))) == [(0, "jump")]
    assert warned(await progress.post(row("C11", value=200, day="2024-04-20", mode="cumulative"))) == [(0, "jump")]
    assert warned(await progress.post(row("C11", value=500, day="2024-04-09", mode="cumulative"))) == [
        (0, "total_falls")
    ]


async def test_what_was_usual_is_asked_anew_after_some_hours(progress: Progress, clock: MovableClock) -> None:
    await usual(progress)
    assert warned(await progress.post(row("C11", value=61))) == [(0, "jump")]
    await progress.post(*(row("C11", value=60, day=f"2024-04-{day + 20}") for day in range(7)))
    assert warned(await progress.post(row("C11", value=61, day="2024-05-04"))) == [(0, "jump")]
    clock.move(hours=7)
    assert warned(await progress.post(row("C11", value=61, day="2024-05-04"))) == []


async def test_a_large_batch_is_looked_at_too(progress: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    await usual(progress)
    lines = b"\n".join(
        b'{"unit":"C11","indicator":"sims","day":"2024-05-0%d","value":%d}' % (day, 900 if day == 4 else 3)
        for day in range(1, 8)
    )
    whole = await _send(progress, lines)
    monkeypatch.setattr(media, "TAKEN_AT_ONCE", 3)
    monkeypatch.setattr(endpoints, "ROWS_A_PART", 3)
    large = await _send(progress, lines)
    assert warned(whole) == warned(large) == [(3, "jump")]


async def test_running_totals_of_a_large_batch_are_looked_at_too(
    progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = b"\n".join(
        b'{"unit":"C11","indicator":"sims","day":"2024-05-0%d","mode":"cumulative","value":%d}'
        % (day, 100 + 3 * day + (900 if day == 7 else 0))
        for day in range(1, 9)
    )
    whole = await _send(progress, lines)
    monkeypatch.setattr(media, "TAKEN_AT_ONCE", 3)
    monkeypatch.setattr(endpoints, "ROWS_A_PART", 3)
    large = await _send(progress, lines)
    assert warned(whole) == warned(large) == [(6, "jump"), (7, "total_falls")]


async def _send(progress: Progress, lines: bytes) -> httpx2.Response:
    headers = {"Content-Type": "application/x-ndjson"}
    return await progress.post_bytes(lines, query="?source=registry&dry_run=true", headers=headers)
