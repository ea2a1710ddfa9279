"""Once a day hooks are told who is behind, what is missing and what differs."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from services.chassis.lease import LeaseLost
from services.contracts.definitions import ComplianceDefinition
from services.contracts.words import Level
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.webhooks import evaluation, telling
from services.reporting.webhooks.evaluation import Evaluating, Items, days_to_evaluate, due_day
from services.reporting.webhooks.rules import Event
from tests.services.reporting.drive import row
from tests.services.reporting.notices.made import campaign
from tests.services.reporting.webhooks.conftest import Hooks

BODY = {"url": "https://example.com/", "active": True}
EVENTS = ["unit_behind_pace", "report_missing", "discrepancy"]


def at(text: str) -> datetime:
    """A moment in Viet Nam."""
    return datetime.fromisoformat(f"{text}:00+07:00").astimezone(UTC)


def test_a_day_is_due_at_the_hour_that_the_campaign_sets() -> None:
    told = campaign(compliance=ComplianceDefinition(Level.COMMUNE, due_hour=17))
    assert due_day(told, at("2024-06-20T16:59")) == date(2024, 6, 19)
    assert due_day(told, at("2024-06-20T17:00")) == date(2024, 6, 20)
    later = campaign(compliance=ComplianceDefinition(Level.COMMUNE, due_hour=8, due_days_after=2))
    assert due_day(later, at("2024-06-20T08:00")) == date(2024, 6, 18)
    assert due_day(campaign(), at("2024-06-20T23:59")) == date(2024, 6, 19)


def test_no_day_is_due_before_the_first_or_after_the_last() -> None:
    told = campaign(compliance=ComplianceDefinition(Level.COMMUNE, due_hour=17))
    assert due_day(told, at("2024-04-04T16:00")) is None
    assert due_day(told, at("2025-01-01T00:00")) == date(2024, 7, 3)


def test_days_that_nobody_looked_at_are_made_good_for() -> None:
    now = at("2024-06-20T12:00")
    assert days_to_evaluate(campaign(), None, now) == [date(2024, 6, 19)]
    assert days_to_evaluate(campaign(), date(2024, 6, 19), now) == []
    assert days_to_evaluate(campaign(), date(2024, 6, 17), now) == [date(2024, 6, 18), date(2024, 6, 19)]
    week = days_to_evaluate(campaign(), date(2024, 5, 1), now)
    assert (week[0], week[-1], len(week)) == (date(2024, 6, 13), date(2024, 6, 19), 7)


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days are evaluated when a test says so."""

    async def wait(_: Evaluating) -> None:
        return

    monkeypatch.setattr(Evaluating, "run", wait)


async def told(stack: Any, code: str) -> list[dict[str, Any]]:
    async with stack.connection("reporting") as connection:
        rows = await connection.fetch(
            "SELECT body FROM webhook_delivery JOIN webhook ON webhook.id = webhook_id WHERE code = $1 ORDER BY key",
            code,
        )
    return [msgspec.json.decode(one["body"]) for one in rows]


async def test_each_hook_is_told_once_a_day_of_what_it_sees(drive: Any, clock: Any) -> None:
    await drive.begin()
    await drive.plan(None, "1/KH", p70=1000)
    await drive.plan("70", "2/KH", d688=600, d689=400)
    await drive.plan("688", "3/KH", c25001=400, c25002=200)
    await drive.plan("689", "4/KH", c25003=400)
    received, day = at("2024-06-20T10:00").isoformat(), "2024-06-20"
    await drive.report("csdlqg", row("25001", day, 399), row("25002", day, 10), at=received)
    await drive.report("csdlqg", row("25001", day, 5, outcome="exempt", reason="absent"), at=received)
    await drive.report("self_report", row("25002", day, 90), at=received)
    await drive.get("figures")
    clock.set(at("2024-06-20T18:00"))
    hooks = Hooks(drive.stack)
    await hooks.call("PUT", json={**BODY, "code": "all", "events": EVENTS})
    await hooks.call("PUT", json={**BODY, "code": "odd", "events": ["contradiction"]})
    await hooks.call("PUT", json={**BODY, "code": "east", "events": EVENTS}, units=("689",))
    await hooks.call("PUT", json={**BODY, "code": "away", "events": EVENTS}, units=("75",))
    evaluating = Evaluating(drive.stack.apps["reporting"].state.chassis)
    assert await evaluating.evaluate_due() == 1

    differing, missing, behind = await told(drive.stack, "all")
    assert (differing["type"], missing["type"], behind["type"]) == ("discrepancy", "report_missing", "unit_behind_pace")
    (one,) = differing["data"]["items"]
    assert (one["unit"], one["source"], one["value"], one["compared_with"], one["difference"]) == (
        "25002",
        "self_report",
        90,
        10,
        80,
    )
    assert {(item["unit"], item["source"]) for item in missing["data"]["items"]} >= {("25003", "csdlqg")}
    assert {item["day"] for item in missing["data"]["items"]} == {"2024-06-20"}
    assert [item["unit"] for item in behind["data"]["items"]] == ["70", "688", "25002"]
    assert behind["data"]["items"][2]["achieved"] == 10
    assert (behind["data"]["campaign"], behind["data"]["as_of"]) == ("bp", "2024-06-20")

    east = await told(drive.stack, "east")
    assert [one["type"] for one in east] == ["report_missing"]
    assert {item["unit"] for item in east[0]["data"]["items"]} == {"25003"}
    assert await told(drive.stack, "away") == []

    (odd,) = await told(drive.stack, "odd")
    (item,) = odd["data"]["items"]
    assert (odd["type"], item["unit"], item["indicator"]) == ("contradiction", "25001", "cccd")

    assert await evaluating.evaluate_due() == 0
    clock.set(at("2024-06-21T18:00"))
    assert await evaluating.evaluate_due() == 1
    assert len(await told(drive.stack, "all")) == 6


async def test_many_items_come_in_parts(
    reading: Any, results: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MAX_ITEMS", 2)
    hooks = Hooks(reading)
    await hooks.call("PUT", json={**BODY, "code": "all", "events": ["unit_behind_pace"]})
    clock.set(at("2024-07-04T01:00"))
    evaluating = Evaluating(reading.apps["reporting"].state.chassis)
    assert await evaluating.evaluate_due() == 1
    parts = [one["data"] for one in await told(reading, "all")]
    assert [(one["part"], one["parts"], len(one["items"])) for one in parts] == [(1, 3, 2), (2, 3, 2), (3, 3, 1)]


async def test_a_day_counts_as_evaluated_with_its_deliveries_or_not_at_all(
    reading: Any, results: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = Hooks(reading)
    await hooks.call("PUT", json={**BODY, "code": "all", "events": ["unit_behind_pace"]})
    clock.set(at("2024-07-04T01:00"))
    evaluating = Evaluating(reading.apps["reporting"].state.chassis)

    async def dies(*_: Any) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(evaluation, "add_evaluation", dies)
        with pytest.raises(OSError):
            await evaluating.evaluate_due()
    assert await told(reading, "all") == []
    assert await evaluating.evaluate_due() == 1
    assert len(await told(reading, "all")) == 1


async def test_a_campaign_that_cannot_be_evaluated_holds_up_no_other(
    drive: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await drive.begin()
    days = {"first_day": "2024-04-04", "last_day": "2024-07-03"}
    await drive.tell("quota", "POST", "/v1/campaigns", {"code": "aa", "name": {"vi": "aa"}, "unit": "70", **days})
    await drive.get("figures")
    clock.set(at("2024-06-20T18:00"))
    hooks = Hooks(drive.stack)
    await hooks.call("PUT", json={**BODY, "code": "all", "events": ["unit_behind_pace"]})
    evaluating = Evaluating(drive.stack.apps["reporting"].state.chassis)

    async def look(_: Any, seen: CampaignInSight, __: Any) -> Items:
        if seen.definition.code == "aa":
            raise ValueError(seen)
        return [{"unit": "70"}]

    with monkeypatch.context() as patch:
        patch.setitem(evaluation.LOOKS, Event.UNIT_BEHIND_PACE, look)
        assert await evaluating.evaluate_due() == 1
    assert [one["data"]["campaign"] for one in await told(drive.stack, "all")] == ["bp"]
    assert await evaluating.evaluate_due() == 1, "what failed is tried again"


async def test_a_replica_that_has_lost_the_lease_stops_before_its_next_look(
    reading: Any, results: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = Hooks(reading)
    for code in ("one", "two"):
        await hooks.call("PUT", json={**BODY, "code": code, "events": ["unit_behind_pace"]})
    clock.set(at("2024-07-04T01:00"))
    looked = []

    async def look(_: Any, seen: CampaignInSight, __: Any) -> Items:
        looked.append(seen.definition.code)
        async with reading.connection("reporting") as connection:
            await connection.execute("UPDATE lease SET epoch = epoch + 1 WHERE name = 'webhook-evaluation'")
        return []

    monkeypatch.setitem(evaluation.LOOKS, Event.UNIT_BEHIND_PACE, look)
    with pytest.raises(LeaseLost):
        await Evaluating(reading.apps["reporting"].state.chassis).evaluate_due()
    assert looked == ["bp"]
