"""A dry run says what would become of the figures."""

import random
from typing import Any

from services.contracts.counting.authority import chosen_changes
from services.contracts.counting.series import DayRow
from tests.services.progress.support import Progress, reports, row, with_authority

AUTHORITY = (("registry",), ("telco", "other"))


async def know_authority(bare: Progress) -> None:
    await bare.tell_campaign(indicators=with_authority(*AUTHORITY))
    await bare.put_sources()
    await bare.put_source("other", reports=reports("sims"))


async def rollup(progress: Progress, *rows: dict[str, Any], source: str = "registry", **more: Any) -> dict[str, Any]:
    answer = await progress.post(*rows, source=source, query="?dry_run=true", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["rollup"]


def change(unit: str, before: int | None, after: int | None, **more: str) -> dict[str, Any]:
    return {"unit": unit, "indicator": "sims", "outcome": "achieved", "before": before, "after": after, **more}


async def test_daily_and_cumulative_rows_add_up_as_they_would(bare: Progress) -> None:
    await know_authority(bare)
    await bare.post(row("C11", value=5, day="2024-05-01"), row("C12", value=1))
    told = await rollup(
        bare, row("C11", value=7, day="2024-05-02"), row("C21", value=2), row("C12", value=0, mode="cumulative")
    )
    assert told["changes"] == [change("C11", 5, 12), change("C12", 1, 0), change("C21", None, 2)]
    assert told["differences"] == [{"indicator": "sims", "outcome": "achieved", "difference": 8}]
    assert told["truncated"] is False
    assert await rollup(bare, row("C12", value=1)) == {"differences": [], "changes": [], "truncated": False}


async def test_who_speaks_decides(bare: Progress) -> None:
    await know_authority(bare)
    await bare.post(row("C11", value=5, day="2024-05-02"), source="telco")
    await bare.post(row("C11", value=6, day="2024-05-02"), source="other")
    assert (await rollup(bare, row("C11", value=9), source="telco"))["changes"] == [change("C11", 11, 20)]
    assert (await rollup(bare, row("C11", value=9)))["changes"] == [change("C11", 11, 9)]
    await bare.post(row("C11", value=9, day="2024-05-01"))
    assert (await rollup(bare, row("C11", value=70), source="telco"))["changes"] == []


async def test_a_source_without_authority_changes_nothing(progress: Progress) -> None:
    assert (await rollup(progress, row("C11", value=5)))["changes"] == []


async def test_stocks_are_not_summed_and_outcomes_stand_apart(bare: Progress) -> None:
    await know_authority(bare)
    told = await rollup(
        bare,
        row("C11", "dossiers", 4, outcome="carried_over"),
        row("C11", "dossiers", 3, outcome="received"),
        row("C11", "cards", 2, outcome="exempt", reason="abroad"),
        row("C11", "cards", 3, outcome="exempt", reason="deceased"),
    )
    assert [(one["indicator"], one["outcome"], one["after"]) for one in told["changes"]] == [
        ("cards", "exempt", 5),
        ("dossiers", "received", 3),
    ]


async def test_nothing_of_a_rejected_batch_would_change(bare: Progress) -> None:
    await know_authority(bare)
    answer = await bare.post(row("nowhere"), query="?dry_run=true")
    assert answer.json()["rollup"] == {"differences": [], "changes": [], "truncated": False}


async def test_what_is_foreseen_is_what_comes(bare: Progress) -> None:
    await know_authority(bare)
    choose = random.Random(5)
    known: dict[str, int | None] = {}
    for _ in range(25):
        source = choose.choice(["registry", "telco", "other"])
        rows = [
            row(unit, "sims", choose.randrange(9), choose.choice(["2024-05-01", "2024-05-04", "2024-05-05"]),
                mode=choose.choice(["daily", "cumulative"]))
            for unit in choose.sample(["C11", "C12", "C21"], 2)
        ]  # fmt: skip
        told = await rollup(bare, *rows, source=source)
        assert await rollup(bare, *rows, source=source) == told, "a dry run changes nothing"
        for one in told["changes"]:
            assert known.get(one["unit"]) == one["before"]
            known[one["unit"]] = one["after"]
        await bare.post(*rows, source=source)
        assert (await rollup(bare, *rows, source=source))["changes"] == []


async def test_totals_are_those_of_the_counting_that_reporting_uses(bare: Progress) -> None:
    await know_authority(bare)
    choose = random.Random(11)
    for _ in range(12):
        rows = [
            row(unit, "sims", choose.randrange(9), f"2024-05-0{choose.randrange(1, 8)}",
                mode=choose.choice(["daily", "daily", "cumulative"]))
            for unit in choose.sample(["C11", "C12", "C21"], 2)
        ]  # fmt: skip
        source = choose.choice(["registry", "telco", "other"])
        before = await counted(bare)
        told = await rollup(bare, *rows, source=source)
        await bare.post(*rows, source=source)
        after = await counted(bare)
        assert told["changes"] == [
            change(unit, before.get(unit), after[unit]) for unit in sorted(after) if before.get(unit) != after[unit]
        ]


async def counted(progress: Progress) -> dict[str, int]:
    """The totals by unit, by `contracts.counting`."""
    groups = {source: order for order, group in enumerate(AUTHORITY) for source in group}
    series: dict[str, dict[str, tuple[int, list[DayRow]]]] = {}
    for one in await progress.fetch(
        "SELECT u.code AS unit, s.code AS source, l.day - date '1970-01-01' AS day, l.mode_no, l.value"
        " FROM latest l JOIN source s ON s.id = l.source_id JOIN campaign_unit u ON u.unit_id = l.unit_id"
    ):
        of_source = series.setdefault(one["unit"], {}).setdefault(one["source"], (groups[one["source"]], []))
        of_source[1].append(DayRow(one["day"], one["mode_no"] == 1, one["value"]))
    return {
        unit: sum(step.delta for one in chosen_changes(of_unit).values() for step in one.changes)
        for unit, of_unit in series.items()
    }
