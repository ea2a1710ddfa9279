"""Deliveries reach a real receiver, however often either side dies."""

from typing import Any

import pytest

from services.reporting.snapshots import commands
from services.reporting.snapshots.queries import Document
from services.reporting.webhooks import delivering, sending
from services.reporting.webhooks.rules import MAX_ATTEMPTS
from tests.services.reporting.support import NOON
from tests.services.reporting.webhooks.conftest import Hooks
from tests.services.reporting.webhooks.receiver import Receiver
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are drawn in the tests of snapshots."""

    async def draw(*_: Any, **__: Any) -> list[Document]:
        return [Document("html", "0" * 64, b"")]

    monkeypatch.setattr(commands, "draw_all", draw)


@pytest.fixture
def running(start: Any, clock: Any, results: Any) -> Any:
    """A context that starts the service anew, on the same database."""
    clock.set(NOON)
    return lambda: start("quota", "reporting", BONPHU_WEBHOOK_PRIVATE_NETWORKS="true")


async def test_a_snapshot_is_told_signed_and_once(running: Any, receiver: Receiver) -> None:
    async with running() as stack:
        hooks = Hooks(stack)
        await hooks.put(receiver)
        made = await hooks.publish()
        found = await until(hooks.deliveries, lambda items: [one["state"] for one in items] == ["delivered"])
        ((delivery_id, body),) = receiver.got
        assert (found[0]["id"], found[0]["attempts"], found[0]["status"]) == (delivery_id, 1, 200)
        assert body["type"] == "snapshot_published"
        assert body["timestamp"] == "2024-07-10T05:00:00Z"
        assert body["data"] == {
            "campaign": "bp",
            "snapshot": made["id"],
            "number": None,
            "date": None,
            "as_of": "2024-07-03",
            "hash": made["hash"],
        }


async def test_what_a_receiver_that_is_down_missed_reaches_it_after_a_restart(
    running: Any, receiver: Receiver, clock: Any
) -> None:
    async with running() as stack:
        hooks = Hooks(stack)
        await hooks.put(receiver)
        receiver.answers = [500]
        await hooks.publish()
        (one,) = await until(hooks.deliveries, lambda items: [one["fault"] for one in items] == ["it answers 500"])
        assert (one["state"], one["attempts"]) == ("pending", 1)
        assert NOON.isoformat() < one["due_at"]
    clock.move(seconds=13)
    async with running() as stack:
        hooks = Hooks(stack)
        found = await until(hooks.deliveries, lambda items: [one["state"] for one in items] == ["delivered"])
        assert found[0]["attempts"] == 2
    assert {delivery_id for delivery_id, _ in receiver.got} == {one["id"]}
    assert receiver.got[0] == receiver.got[1]


async def test_what_a_process_died_with_is_sent_by_the_next(running: Any, receiver: Receiver, clock: Any) -> None:
    receiver.hold.clear()
    async with running() as stack:
        hooks = Hooks(stack)
        await hooks.put(receiver)
        await hooks.publish()

        async def got() -> int:
            return len(receiver.got)

        await until(got, lambda count: count == 1)
    receiver.hold.set()
    clock.move(seconds=delivering.HOLD.total_seconds() + 1)
    async with running() as stack:
        await until(Hooks(stack).deliveries, lambda items: [one["state"] for one in items] == ["delivered"])
    assert len({delivery_id for delivery_id, _ in receiver.got}) == 1
    assert len(receiver.got) == 2


async def test_what_fails_for_good_is_seen_and_can_be_sent_again(running: Any, receiver: Receiver, clock: Any) -> None:
    async with running() as stack:
        hooks = Hooks(stack)
        await hooks.put(receiver)
        receiver.answers = [500] * MAX_ATTEMPTS
        await hooks.publish()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            under_way = (clock.now() + delivering.HOLD).isoformat().replace("+00:00", "Z")

            def is_settled(items: Any, attempt: int = attempt, under_way: str = under_way) -> bool:
                return [one["attempts"] for one in items] == [attempt] and items[0]["due_at"] != under_way

            await until(hooks.deliveries, is_settled)
            if attempt < MAX_ATTEMPTS:
                clock.move(hours=8)
        answer = await hooks.call("GET", "/dash/deliveries", params={"state": "dead"})
        (dead,) = answer.json()["items"]
        again = await hooks.call("POST", f"/dash/deliveries/{dead['id']}/resend")
        assert (again.status_code, again.json()["state"]) == (200, "pending")
        await until(hooks.deliveries, lambda items: [one["state"] for one in items] == ["delivered"])


async def test_a_receiver_that_is_gone_is_not_called_again(running: Any, receiver: Receiver) -> None:
    async with running() as stack:
        hooks = Hooks(stack)
        await hooks.put(receiver)
        receiver.answers = [410]
        await hooks.publish()
        await until(hooks.deliveries, lambda items: [one["state"] for one in items] == ["dead"])


async def test_redirects_are_not_followed(running: Any, receiver: Receiver) -> None:
    async with running() as stack:
        hooks = Hooks(stack)
        await hooks.put(receiver)
        receiver.answers = [302]
        await hooks.publish()
        found = await until(hooks.deliveries, lambda items: [one["status"] for one in items] == [302])
        assert found[0]["fault"] == "it redirects, which is not followed"
    assert len(receiver.got) == 1


async def test_a_receiver_that_does_not_answer_is_given_up(
    running: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ATTEMPT_SECONDS", 0.2)
    receiver.hold.clear()
    async with running() as stack:
        hooks = Hooks(stack)
        await hooks.put(receiver)
        await hooks.publish()
        found = await until(hooks.deliveries, lambda items: bool(items) and items[0]["fault"] is not None)
        assert found[0]["fault"] == "no answer within 0 s"
        receiver.hold.set()


async def test_names_that_lead_within_are_not_called(running: Any, receiver: Receiver, start: Any, clock: Any) -> None:
    async with running() as stack:
        hooks = Hooks(stack)
        await hooks.put(receiver)
        async with stack.connection("reporting") as connection:
            # As if the name of a public host had been changed since.
            await connection.execute("UPDATE webhook SET url = $1", f"https://localtest.me:{receiver.port}/hook")

    async def resolve(*_: Any, **__: Any) -> list[dict[str, Any]]:
        return [{"hostname": "localtest.me", "host": "127.0.0.1", "port": receiver.port, "family": 2, "proto": 0}]

    async with start("quota", "reporting") as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sending.aiohttp.ThreadedResolver, "resolve", resolve)
            hooks = Hooks(stack)
            await hooks.publish()
            found = await until(hooks.deliveries, lambda items: bool(items) and items[0]["fault"] is not None)
    assert "its name leads into a private network" in found[0]["fault"]
    assert receiver.got == []


async def test_a_hook_is_told_of_what_its_units_see(running: Any, receiver: Receiver) -> None:
    async with running() as stack:
        hooks = Hooks(stack)
        await hooks.put(receiver, code="district", units=("688",))
        await hooks.put(receiver, code="elsewhere", campaigns=["other"])
        await hooks.put(receiver, code="off", active=False)
        await hooks.put(receiver, code="country", units=("84",))
        await hooks.publish()
        assert [one["state"] for one in await hooks.deliveries("off")] == []
        listed = (await hooks.call("GET", "/district/deliveries", units=("688",))).json()["items"]
        assert listed == []

        async def country() -> Any:
            return (await hooks.call("GET", "/country/deliveries", units=("84",))).json()["items"]

        await until(country, lambda items: [one["state"] for one in items] == ["delivered"])
    assert len(receiver.got) == 1
