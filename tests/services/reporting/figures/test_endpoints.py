from datetime import UTC, date, datetime
from typing import Any

from services.contracts.words import IndicatorKind, Outcome, TargetOn
from tests.services.reporting.support import FIRST, LAST, ReadModel, indicator


def long_river(model: ReadModel) -> ReadModel:
    """District 688 as the notice of 2024 prints it, over two communes."""
    model.quota("688", "cccd", 837)
    model.quota("25001", "cccd", 500)
    model.quota("25002", "cccd", 337)
    model.report("25001", "cccd", 500, day=date(2024, 5, 1))
    model.report("25001", "cccd", 30, day=date(2024, 6, 1))
    model.report("25002", "cccd", 49, day=LAST, received_at=datetime(2024, 7, 5, 1, 2, 3, tzinfo=UTC))
    model.report("25001", "cccd", 100, day=date(2024, 6, 2), outcome=Outcome.EXEMPT, reason="absent")
    model.report("25002", "cccd", 87, day=date(2024, 6, 3), outcome=Outcome.EXEMPT, reason="abroad")
    model.report("25002", "cccd", 71, day=date(2024, 6, 3), outcome=Outcome.DECLINED)
    return model


async def test_a_figure_has_every_field_of_the_contract(get: Any, written: Any) -> None:
    model = long_river(ReadModel(indicator("cccd"), labels=("imputed",)))
    model.report("25001", "cccd", 0, day=date(2024, 6, 1), label="simulated")
    model.quota("689", "cccd", 100)
    model.report("25003", "cccd", 70)
    await written(model)

    page = await get("figures", unit="688")

    assert page == {
        "items": [
            {
                "unit": "688",
                "level": "district",
                "indicator": "cccd",
                "cohort": None,
                "quota": 837,
                "quota_basis": "received",
                "baseline": 0,
                "achieved": 579,
                "exempt": 187,
                "declined": 71,
                "outstanding": 0,
                "rate": {"numerator": 579, "denominator": 837, "printed": "69,18"},
                "adjusted_rate": {"numerator": 579, "denominator": 650, "printed": "89,08"},
                "target_rate": "1",
                "reached": False,
                "rank": 2,
                "ranked_of": 2,
                "band": "behind",
                "pace": {
                    "expected": 837,
                    "difference": -258,
                    "needed_per_day": None,
                    "forecast": 579,
                    "forecast_reached": False,
                    "days_left": 0,
                },
                "coverage": {"reported": 2, "expected": 2},
                "labels": ["imputed", "simulated"],
                "last_day": "2024-07-03",
                "last_received_at": "2024-07-05T01:02:03Z",
                "as_of": "2024-07-03",
                "known_at": None,
            }
        ],
        "next_cursor": None,
        "as_of": "2024-07-03",
        "known_at": None,
        "as_of_token": "",
    }


async def test_an_earlier_day_is_answered_from_the_rows_up_to_it(get: Any, written: Any) -> None:
    await written(long_river(ReadModel(indicator("cccd"))))

    async def on(day: str) -> tuple[Any, ...]:
        (figure,) = (await get("figures", unit="688", as_of=day))["items"]
        names = ("achieved", "exempt", "declined", "outstanding", "last_day", "coverage")
        return tuple(figure[name] for name in names)

    assert await on("2024-04-30") == (None, None, None, None, None, {"reported": 0, "expected": 2})
    assert await on("2024-05-01") == (500, None, None, 337, "2024-05-01", {"reported": 1, "expected": 2})
    assert await on("2024-06-02") == (530, 100, None, 207, "2024-06-02", {"reported": 1, "expected": 2})
    assert await on("2024-06-03") == (530, 187, 71, 49, "2024-06-03", {"reported": 2, "expected": 2})
    assert await on("2024-07-02") == (530, 187, 71, 49, "2024-06-03", {"reported": 2, "expected": 2})
    assert await on("2024-07-03") == (579, 187, 71, 0, "2024-07-03", {"reported": 2, "expected": 2})


async def test_units_come_ancestors_first_then_by_code_then_in_order_of_indicators(get: Any, written: Any) -> None:
    await written(ReadModel(indicator("sim"), indicator("cccd")))

    async def order(**asked: Any) -> list[tuple[str, str]]:
        return [(one["unit"], one["indicator"]) for one in (await get("figures", **asked))["items"]]

    assert await order() == [("70", "sim"), ("70", "cccd")]
    below = await order(depth=1, indicator="cccd")
    assert below == [("70", "cccd"), ("688", "cccd"), ("689", "cccd"), ("690", "cccd"), ("691", "cccd")]
    assert await order(level="residential_area", indicator="sim") == [("9001", "sim"), ("9002", "sim")]
    assert await order(level="commune", indicator="sim", unit="689") == [("25003", "sim"), ("25004", "sim")]
    assert await order(level="commune", depth=1) == []


async def test_pages_together_are_the_whole_list(get: Any, written: Any) -> None:
    await written(ReadModel(indicator("sim"), indicator("cccd"), indicator("eid")))
    whole = (await get("figures", depth=3))["items"]
    assert len(whole) == 11 * 3

    for limit in (1, 2, 4, 7, 33):
        found, cursor = [], {}
        while cursor is not None:
            page = await get("figures", depth=3, limit=limit, **cursor)
            assert len(page["items"]) <= limit
            found += page["items"]
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
        assert found == whole


async def test_cohorts_and_reasons_add_up_and_zero_is_not_missing(get: Any, written: Any) -> None:
    model = ReadModel(indicator("cccd"), indicator("sim"))
    model.quota("25001", "cccd", 10)
    model.report("25001", "cccd", 3, cohort_no=1)
    model.report("25001", "cccd", 4, cohort_no=2)
    model.report("25001", "cccd", 0, outcome=Outcome.EXEMPT, reason="absent")
    model.report("25001", "cccd", 1, outcome=Outcome.EXEMPT, reason="illness", cohort_no=1)
    model.quota("25001", "sim", 0)
    await written(model)

    cccd, sim = (await get("figures", unit="25001"))["items"]

    assert (cccd["achieved"], cccd["exempt"], cccd["declined"], cccd["outstanding"]) == (7, 1, None, 2)
    assert (sim["achieved"], sim["exempt"], sim["outstanding"], sim["rate"]) == (None, None, None, None)
    assert (sim["quota"], sim["coverage"]) == (0, {"reported": 0, "expected": 0})


async def test_named_reasons_alone_leave_the_denominator_and_a_target_may_be_set_on_the_adjusted_rate(
    get: Any, written: Any
) -> None:
    hard = indicator("hard", target_rate="0.8", target_on=TargetOn.ADJUSTED, reasons_leaving_denominator=("abroad",))
    model = ReadModel(hard)
    model.quota("25001", "hard", 110)
    model.report("25001", "hard", 80)
    model.report("25001", "hard", 10, outcome=Outcome.EXEMPT, reason="abroad")
    model.report("25001", "hard", 5, outcome=Outcome.EXEMPT, reason="absent")
    await written(model)

    (figure,) = (await get("figures", unit="25001"))["items"]

    assert figure["rate"] == {"numerator": 80, "denominator": 110, "printed": "72,73"}
    assert figure["adjusted_rate"] == {"numerator": 80, "denominator": 100, "printed": "80,00"}
    assert figure["reached"] is True
    assert figure["outstanding"] == 15


async def test_a_baseline_that_counts_is_part_of_what_is_achieved_once_something_is_known(
    get: Any, written: Any
) -> None:
    model = ReadModel(indicator("eid", counts_baseline=True))
    model.quota("25001", "eid", 100, baseline=40)
    model.report("25001", "eid", 25, day=date(2024, 6, 1))
    await written(model)

    async def on(day: str) -> tuple[Any, ...]:
        (figure,) = (await get("figures", unit="25001", as_of=day))["items"]
        return figure["baseline"], figure["achieved"], figure["outstanding"], (figure["rate"] or {}).get("printed")

    assert await on("2024-05-31") == (40, None, None, None)
    assert await on("2024-06-01") == (40, 65, 35, "65,00")


async def test_the_quota_in_force_is_that_of_the_day(get: Any, written: Any) -> None:
    model = ReadModel(indicator("cccd"))
    model.quota("70", "cccd", 100, day=date(2024, 3, 1), basis=2)
    model.quota("70", "cccd", 120, day=date(2024, 6, 1))
    model.quota("70", "cccd", None, day=date(2024, 7, 1))
    model.quota("70", "cccd", 55, day=date(2024, 6, 1), cohort_no=1)
    await written(model)

    async def on(day: str) -> tuple[Any, ...]:
        (figure,) = (await get("figures", as_of=day))["items"]
        return figure["quota"], figure["quota_basis"]

    assert await on("2024-05-31") == (100, "derived")
    assert await on("2024-06-01") == (120, "received")
    assert (await on("2024-07-02"))[0] is None


async def test_equal_rates_share_a_rank_and_the_top_unit_has_none(get: Any, written: Any) -> None:
    model = ReadModel(indicator("cccd"))
    for code, achieved, quota in (("688", 1, 2), ("689", 2, 4), ("690", 3, 4)):
        model.quota(code, "cccd", quota)
        model.report(code, "cccd", achieved)
    model.quota("70", "cccd", 10)
    await written(model)

    items = (await get("figures", depth=1))["items"]

    assert [(one["unit"], one["rank"], one["ranked_of"]) for one in items] == [
        ("70", None, None),
        ("688", 2, 3),
        ("689", 2, 3),
        ("690", 1, 3),
        ("691", None, 3),
    ]


async def test_activities_are_counted_and_kinds_that_are_not_sums_are_left_out(
    get: Any, refused: Any, written: Any
) -> None:
    news = indicator("news", kind=IndicatorKind.ACTIVITY)
    model = ReadModel(news, indicator("dossiers", kind=IndicatorKind.FLOW), indicator("cccd"))
    model.report("25001", "news", 12)
    await written(model)

    first, second = (await get("figures"))["items"]

    assert (first["indicator"], first["achieved"], first["target_rate"], first["rate"]) == ("news", 12, None, None)
    assert second["indicator"] == "cccd"
    assert await refused("bp/figures", indicator="dossiers") == (422, "indicator_not_counted")
    assert await refused("bp/figures", indicator="nothing") == (422, "indicator_unknown")


async def test_the_day_is_the_earlier_of_today_and_the_last_day(
    get: Any, refused: Any, written: Any, clock: Any
) -> None:
    await written(ReadModel())
    assert (await get("figures"))["as_of"] == "2024-07-03"
    assert await refused("bp/figures", as_of="2024-07-04") == (422, "as_of_outside_campaign")
    assert await refused("bp/figures", as_of="2024-04-03") == (422, "as_of_outside_campaign")
    assert (await get("figures", as_of="2024-04-04"))["as_of"] == "2024-04-04"

    clock.set(datetime(2024, 5, 1, 16, 59, tzinfo=UTC))
    assert (await get("figures"))["as_of"] == "2024-05-01"
    assert await refused("bp/figures", as_of="2024-05-02") == (422, "as_of_outside_campaign")
    clock.set(datetime(2024, 5, 1, 17, 0, tzinfo=UTC))
    assert (await get("figures"))["as_of"] == "2024-05-02"

    clock.set(datetime(2024, 4, 1, tzinfo=UTC))
    assert (await get("figures"))["as_of"] == "2024-04-01"
    assert (await get("figures", as_of="2024-04-01"))["as_of"] == "2024-04-01"
    assert await refused("bp/figures", as_of=str(FIRST)) == (422, "as_of_outside_campaign")


async def test_what_the_call_does_not_take_is_refused(reading: Any, refused: Any, written: Any) -> None:
    await written(ReadModel())
    for name in ("Hierarchy", "Known_at", "Unit"):
        assert await refused("bp/figures", **{name: "x"}) == (422, "parameter_unknown")
    assert await refused("bp/figures", unit=["688", "689"]) == (422, "parameter_unknown")
    assert await refused("bp/figures", depth=6) == (422, "invalid_input")
    assert await refused("bp/figures", as_of="1720000000") == (422, "invalid_input")
    assert await refused("bp/figures", level="village") == (422, "invalid_input")
    for cursor in ("x", "WzEsIiIsMV0", "WzE4NDQ2NzQ0MDczNzA5NTUxNjE2LCJhIiwwXQ", "WzEsIlx1MDAwMCIsMF0"):
        assert (await refused("bp/figures", cursor=cursor, limit=0))[0] == 422
    assert await refused("bp/figures", cursor="WzE4NDQ2NzQ0MDczNzA5NTUxNjE2LCJhIiwwXQ") == (422, "cursor_malformed")
    assert await refused("bp/figures", cursor="WzEsIlx1MDAwMCIsMF0") == (422, "cursor_malformed")
    assert await refused("bp/figures", unit="0\x00") == (404, "unit_not_found")
    assert await refused("no%00/figures") == (404, "campaign_not_found")
    assert (await reading.call("reporting", "GET", "/v1/campaigns/bp/figures?x=1")).status_code == 401
    weak = reading.token("quota:read progress:read admin")
    assert (await reading.call("reporting", "GET", "/v1/campaigns/bp/figures", token=weak)).status_code == 403


async def test_a_problem_names_the_known_parameters(reading: Any, written: Any) -> None:
    await written(ReadModel())
    token = reading.token("reporting:read")

    answer = await reading.call("reporting", "GET", "/v1/campaigns/bp/figures?knownat=x", token=token)

    assert answer.json()["detail"] == (
        "This call takes the parameters as_of, cohort, cursor, depth, hierarchy, indicator, known_at, level, limit,"
        " unit, each once; it does not take knownat."
    )
    assert answer.json()["errors"][0]["pointer"] == "/query/knownat"
