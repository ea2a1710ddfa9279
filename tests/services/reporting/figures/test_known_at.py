"""`known_at` over HTTP, through the services: what was shown then is shown again."""

from datetime import timedelta
from typing import Any

from tests.services.reporting.support import NOON
from tests.services.reporting.upkeep.province import EVERYTHING, Province


async def ranking(province: Province, **asked: str) -> Any:
    answer = await province.stack.call(
        "reporting",
        "GET",
        "/v1/campaigns/bp/ranking",
        token=province.stack.token(EVERYTHING),
        params={"indicator": "cccd", "level": "district", **asked},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_past_moment_shows_again_what_it_showed(province: Province, clock: Any) -> None:
    before, table = await province.figures(), await ranking(province)
    clock.set(NOON + timedelta(hours=1))
    wrong = await province.report("csdlqg", ("25002", "2024-05-02", 400))
    await province.report("csdlqg", ("25003", "2024-05-03", 1))
    lines = [{"unit": code, "indicator": "cccd", "cohort": None, "amount": 100} for code in ("25001", "25002")]
    plan = {"unit": "688", "document": {"number": "2/KH", "date": "2024-04-04"}, "lines": lines}
    drafted = await province.tell("quota", "POST", "/v1/campaigns/bp/plans", plan)
    await province.tell("quota", "POST", f"/v1/plans/{drafted['id']}/issue", {})
    clock.set(NOON + timedelta(hours=2))
    between = await province.figures()
    await province.tell("progress", "POST", f"/v1/batches/{wrong}/void", {"reason": "nhầm"})
    assert await province.figures() != between != before

    known = await province.figures(known_at="2024-07-10T12:00:00+07:00")

    assert {one.pop("known_at") for one in known.values()} == {"2024-07-10T05:00:00Z"}
    assert {one.pop("known_at") for one in before.values()} == {None}
    assert known == before
    assert await ranking(province, known_at="2024-07-10T05:00:00Z") == table
    assert [one["unit"] for one in await ranking(province)] != [one["unit"] for one in table]
    an_hour_later = await province.figures(known_at="2024-07-10T06:59:59.999999Z")
    assert [one["achieved"] for one in an_hour_later.values()] == [one["achieved"] for one in between.values()]


async def test_days_that_came_later_altogether_need_no_log(province: Province, clock: Any) -> None:
    courses = [{"unit": unit, "indicator": "cccd"} for unit in ("70", "25001", "25002")]
    then = {"known_at": "2024-07-10T05:00:00Z"}
    figures, table = await province.figures(), await ranking(province)
    series = [(await province.read("series", **course))["items"] for course in courses]
    clock.set(NOON + timedelta(hours=1))
    # Each commune is known up to a day of its own, what is above them up to the earliest.
    await province.report("csdlqg", ("25001", "2024-06-09", 400))
    await province.report("csdlqg", ("25002", "2024-06-10", 7), ("25003", "2024-06-10", 1))
    assert await province.figures() != figures
    await province.sql("DELETE FROM fact")

    known = await province.figures(**then)

    assert {one.pop("known_at") for one in known.values()} == {"2024-07-10T05:00:00Z"}
    assert [one | {"known_at": None} for one in known.values()] == list(figures.values())
    assert await ranking(province, **then) == table
    assert [(await province.read("series", **course, **then))["items"] for course in courses] == series


async def test_days_that_came_in_part_need_the_log_of_those_days_only(province: Province, clock: Any) -> None:
    commune = {"code": "25004", "level": "commune", "kind": "xa", "parent_code": "689", "name": "Xã Lộc An"}
    await province.tell("quota", "PUT", "/v1/units", {"units": [commune]})
    await province.report("csdlqg", ("25004", "2024-06-01", 5), ("25004", "2024-06-10", 7))
    await province.report("self_report", ("25004", "2024-06-02", 50))
    courses = [{"unit": unit, "indicator": "cccd"} for unit in ("70", "689", "25004")]
    then = {"known_at": "2024-07-10T05:00:00Z"}
    figures, table = await province.figures(), await ranking(province)
    series = [(await province.read("series", **course))["items"] for course in courses]
    assert (figures["25004"]["achieved"], figures["25004"]["last_day"]) == (12, "2024-06-10")
    clock.set(NOON + timedelta(hours=1))
    await province.report("self_report", ("25004", "2024-06-10", 9))
    await province.report("csdlqg", ("25004", "2024-06-10", 11), ("25004", "2024-06-11", 3))
    assert (await province.figures())["25004"]["achieved"] == 19
    await province.sql("DELETE FROM fact WHERE day < '2024-06-10'")

    known = await province.figures(**then)

    assert [one | {"known_at": None} for one in known.values()] == list(figures.values())
    assert await ranking(province, **then) == table
    assert [(await province.read("series", **course, **then))["items"] for course in courses] == series


async def test_before_anything_was_known_nothing_is(province: Province) -> None:
    known = await province.figures(known_at="2024-04-03T00:00:00Z")
    nothing = {"quota": None, "achieved": None, "pace": None, "rank": None, "last_received_at": None, "labels": []}
    for figure in known.values():
        assert {name: figure[name] for name in nothing} == nothing
        assert figure["coverage"] == {"reported": 0, "expected": 0}
    assert (await province.figures(known_at="2024-04-04T02:00:00Z"))["70"]["quota"] == 1000


async def test_a_moment_says_its_zone(province: Province) -> None:
    for moment in ("2024-07-10T05:00:00", "2024-07-10", "1720587600"):
        answer = await province.stack.call(
            "reporting",
            "GET",
            f"/v1/campaigns/bp/figures?known_at={moment}",
            token=province.stack.token(EVERYTHING),
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
