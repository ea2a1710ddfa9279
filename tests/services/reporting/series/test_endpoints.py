from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.definitions import CohortDefinition, PauseDefinition
from services.contracts.words import Outcome, TargetOn
from tests.services.reporting.support import FIRST, ReadModel, indicator


async def test_days_of_a_series_have_counts_what_was_expected_and_pauses(get: Any, written: Any) -> None:
    pause = PauseDefinition(date(2024, 4, 6), date(2024, 4, 6), ("cccd",))
    model = ReadModel(last_day=date(2024, 4, 8), pauses=(pause,))
    model.quota("688", "cccd", 40)
    model.report("25001", "cccd", 3, day=date(2024, 4, 5))
    model.report("25002", "cccd", 4, day=date(2024, 4, 7))
    model.report("25002", "cccd", 2, day=date(2024, 4, 7), outcome=Outcome.EXEMPT, reason="absent")
    model.report("25002", "cccd", 1, day=date(2024, 4, 8), outcome=Outcome.DECLINED)
    await written(model)

    found = await get("series", unit="688", indicator="cccd", as_of="2024-04-07", to="2024-04-08")

    none = {"carried_over": None, "received": None, "resolved": None}

    def item(day: int, achieved: int | None, exempt: int | None, expected: int, *, paused: bool = False) -> Any:
        counts = {"achieved": achieved, "exempt": exempt, "declined": None, "expected": expected, "paused": paused}
        return {"day": f"2024-04-0{day}", **counts, **none}

    token = found.pop("as_of_token")
    assert found == {
        "unit": "688",
        "indicator": "cccd",
        "cohort": None,
        "cumulative": True,
        "from": "2024-04-04",
        "to": "2024-04-08",
        "items": [
            item(4, None, None, 10),
            item(5, 3, None, 20),
            item(6, 3, None, 20, paused=True),
            item(7, 7, 2, 30),
            item(8, None, None, 40),
        ],
        "as_of": "2024-04-07",
        "known_at": None,
    }
    assert isinstance(token, str)
    daily = await get("series", unit="688", indicator="cccd", cumulative="false", **{"from": "2024-04-05"})
    assert [(one["achieved"], one["exempt"], one["declined"], one["expected"]) for one in daily["items"]] == [
        (3, None, None, 10),
        (0, None, None, 0),
        (4, 2, None, 10),
        (0, 0, 1, 10),
    ]


async def test_a_cohort_has_a_series_of_its_own(get: Any, refused: Any, written: Any) -> None:
    cohorts = tuple(CohortDefinition(code, {"vi": code}, "1", TargetOn.RAW) for code in ("easy", "hard"))
    model = ReadModel(indicator("cccd", cohorts=cohorts), last_day=FIRST)
    model.quota("25001", "cccd", 9)
    model.quota("25001", "cccd", 7, cohort_no=2)
    model.report("25001", "cccd", 3, cohort_no=1, day=FIRST)
    model.report("25001", "cccd", 4, cohort_no=2, day=FIRST)
    await written(model)

    for cohort, expected in ((None, (7, 9)), ("easy", (3, None)), ("hard", (4, 7))):
        asked = {} if cohort is None else {"cohort": cohort}
        (item,) = (await get("series", unit="25001", indicator="cccd", **asked))["items"]
        assert (item["achieved"], item["expected"]) == expected
    for cohort in ("*", "none", "x\x00"):
        assert await refused("bp/series", indicator="cccd", cohort=cohort) == (422, "cohort_unknown")


async def test_a_baseline_that_counts_is_in_totals_not_in_days(get: Any, written: Any) -> None:
    model = ReadModel(indicator("cccd", counts_baseline=True), last_day=FIRST + timedelta(days=1))
    model.quota("25001", "cccd", 100, baseline=60)
    model.report("25001", "cccd", 4, day=FIRST + timedelta(days=1))
    await written(model)

    asked = {"unit": "25001", "indicator": "cccd"}
    items = (await get("series", **asked))["items"]
    assert [(one["achieved"], one["expected"]) for one in items] == [(None, 80), (64, 100)]
    items = (await get("series", **asked, cumulative="false"))["items"]
    assert [(one["achieved"], one["expected"]) for one in items] == [(None, 20), (4, 20)]


@pytest.mark.parametrize("path", ["bp/series", "bp/flows"])
async def test_days_and_units_that_cannot_be_asked_for_are_refused(refused: Any, written: Any, path: str) -> None:
    await written(ReadModel())
    asked = {"indicator": "cccd"}
    assert await refused("none/series", **asked) == (404, "campaign_not_found")
    assert await refused(path) == (422, "invalid_input")
    assert await refused(path, **asked, unit="777") == (404, "unit_not_found")
    assert await refused(path, **asked, units=("688",)) == (404, "unit_not_found")
    assert await refused(path, **asked, units=("688",), unit="70") == (404, "unit_not_found")
    assert await refused(path, indicator="none") == (422, "indicator_unknown")
    assert await refused(path, **asked, to="2024-07-04") == (422, "days_outside_campaign")
    assert await refused(path, **asked, **{"from": "2024-04-03"}) == (422, "days_outside_campaign")
    assert await refused(path, **asked, **{"from": "2024-05-02", "to": "2024-05-01"}) == (422, "days_reversed")
    assert await refused(path, **asked, as_of="2024-07-04") == (422, "as_of_outside_campaign")
    if path == "bp/flows":
        assert await refused(path, **asked) == (422, "indicator_not_counted")
        assert await refused(path, **asked, as_of="2024-05-01", to="2024-05-02") == (
            422,
            "days_outside_campaign",
        )


async def test_where_every_reason_is_sensitive_the_days_of_exempt_cases_are_withheld_too(
    get: Any, written: Any
) -> None:
    reasons = tuple(one for one in indicator("cccd").reasons if one.sensitive)
    model = ReadModel(indicator("cccd", reasons=reasons), last_day=FIRST)
    model.report("25001", "cccd", 3, day=FIRST, outcome=Outcome.EXEMPT, reason="illness")
    await written(model)
    for scope, exempt in (("reporting:read", None), ("reporting:read reporting:sensitive", 3)):
        (item,) = (await get("series", unit="25001", indicator="cccd", scope=scope))["items"]
        assert item["exempt"] == exempt
