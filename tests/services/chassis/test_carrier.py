"""The outbox is the source of truth: whatever becomes of NATS and what it holds, each event is applied once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from nats.js import JetStreamContext

from services.chassis import bus as bus_module
from services.chassis import relay as relay_module
from services.chassis.bus import NatsBus, StreamMissing
from services.chassis.database import MAX_EVENT_BYTES, Database, EventTooLarge
from services.chassis.inbox import Consumer
from services.chassis.relay import MARK, Relay
from tests.services.chassis.app import ThingMade
from tests.services.chassis.broken import OwnNats, own_nats
from tests.services.chassis.things import consumer_of, make, seen
from tests.support.waiting import until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnNats]:
    with own_nats(tmp_path) as running:
        yield running


@pytest.fixture
async def bus(server: OwnNats) -> AsyncIterator[NatsBus]:
    bus = NatsBus(server.url, prefix="t", name="test")
    await bus.connect()
    yield bus
    await bus.close()


def jetstream(bus: NatsBus) -> JetStreamContext:
    assert bus._stream is not None
    return bus._stream


@asynccontextmanager
async def at_work(*work: Relay | Consumer) -> AsyncGenerator[None]:
    tasks = [asyncio.create_task(one.run()) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def outbox(database: Database) -> list[tuple[bool, int | None]]:
    async with database.reading() as connection:
        rows = await connection.fetch("SELECT published_at IS NOT NULL AS gone, stream_seq FROM outbox ORDER BY seq")
    return [(row["gone"], row["stream_seq"]) for row in rows]


async def test_events_recorded_while_nats_is_dead_are_applied_once_it_is_back(
    maker: Database, taker: Database, bus: NatsBus, server: OwnNats
) -> None:
    async with at_work(Relay(maker, bus), consumer_of(taker, bus)):
        await make(maker, "a")
        await until(lambda: seen(taker), lambda names: names == ["a"])
        server.kill()
        await make(maker, "b")
        server.start()
        await until(lambda: seen(taker), lambda names: names == ["a", "b"])
    assert await outbox(maker) == [(True, 1), (True, 2)]


async def test_a_store_that_is_gone_is_filled_again_and_goes_on_above(
    maker: Database, taker: Database, bus: NatsBus, server: OwnNats
) -> None:
    async with at_work(Relay(maker, bus)):
        await make(maker, "a", "b")
        await until(lambda: outbox(maker), lambda rows: sorted(rows) == [(True, 1), (True, 2)])
        server.kill(and_its_store=True)
        await make(maker, "c")
        server.start()
        await until(lambda: outbox(maker), lambda rows: sorted(rows) == [(True, 3), (True, 4), (True, 5)])
        async with at_work(consumer_of(taker, bus)):
            await until(lambda: seen(taker), lambda names: sorted(names) == ["a", "b", "c"])
            server.kill(and_its_store=True)
            server.start()
            await make(maker, "d")
            await until(lambda: seen(taker), lambda names: names[3:] == ["d"])
    assert sorted(await seen(taker)) == ["a", "b", "c", "d"]


async def test_a_stream_deleted_behind_the_back_of_a_living_connection_is_filled_again(
    maker: Database, taker: Database, bus: NatsBus
) -> None:
    consumer = consumer_of(taker, bus, lease_seconds=0.3)
    async with at_work(Relay(maker, bus), consumer):
        await make(maker, "a")
        await until(lambda: seen(taker), lambda names: names == ["a"])
        await jetstream(bus).delete_stream("t_quota")
        await make(maker, "b")
        await until(lambda: seen(taker), lambda names: names == ["a", "b"])
    assert sorted(await outbox(maker)) == [(True, 2), (True, 3)]


async def test_marking_an_event_as_published_waits_for_no_disk(maker: Database) -> None:
    await make(maker, "a")
    async with maker.connected() as connection:
        async with connection.transaction():
            seq = await connection.fetchval("SELECT seq FROM outbox")
            await connection.execute(MARK, [seq], [1])
            assert await connection.fetchval("SHOW synchronous_commit") == "off"
        assert await connection.fetchval("SHOW synchronous_commit") == "on"
    assert await outbox(maker) == [(True, 1)]


async def test_a_stream_that_lost_its_newest_events_gets_them_again(maker: Database, bus: NatsBus) -> None:
    relay = Relay(maker, bus)
    await make(maker, "a", "b", "c")
    assert await relay.publish_some() == 3
    async with maker.unit_of_work(actor="test") as work:  # as if an older copy of the store had been put back
        await work.connection.execute("UPDATE outbox SET stream_seq = stream_seq + 2")
    assert await relay.refill() == 2
    assert await relay.publish_some() == 2
    assert await relay.refill() == 0


async def test_a_durable_that_was_deleted_is_made_again(maker: Database, taker: Database, bus: NatsBus) -> None:
    async with at_work(Relay(maker, bus), consumer_of(taker, bus, lease_seconds=0.3)):
        await make(maker, "a")
        await until(lambda: seen(taker), lambda names: names == ["a"])
        await jetstream(bus).delete_consumer("t_quota", "t_progress")
        await make(maker, "b")
        await until(lambda: seen(taker), lambda names: names == ["a", "b"])


async def test_a_client_that_gave_up_is_replaced(maker: Database, taker: Database, bus: NatsBus) -> None:
    async with at_work(Relay(maker, bus), consumer_of(taker, bus, lease_seconds=0.3)):
        await make(maker, "a")
        await until(lambda: seen(taker), lambda names: names == ["a"])
        await bus._client.close()  # as it does by itself when the server refuses it
        await make(maker, "b")
        await until(lambda: seen(taker), lambda names: names == ["a", "b"])


async def test_whoever_consumes_a_stream_does_not_make_it(bus: NatsBus) -> None:
    with pytest.raises(StreamMissing):
        await bus.subscribe("quota", "progress", None)


async def test_what_is_in_hand_is_not_taken_a_second_time(bus: NatsBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "ACK_WAIT_SECONDS", 0.1)
    await bus.publish("quota", "thing_made", "a/0", b"{}")
    subscription = await bus.subscribe("quota", "progress", None)

    async def durable() -> tuple[int, int]:
        info = await jetstream(bus).consumer_info("t_quota", "t_progress")
        assert info.delivered is not None
        assert info.ack_floor is not None
        return info.delivered.consumer_seq, info.ack_floor.stream_seq

    await until(durable, lambda found: found[0] > 3)
    (delivery,) = await subscription.take(10, within=1)
    assert await subscription.take(10, within=0.3) == []
    await delivery.acknowledge()
    await until(durable, lambda found: found[1] == 1)
    await subscription.close()


async def test_an_event_that_the_bus_refuses_does_not_hold_the_others_up(maker: Database, bus: NatsBus) -> None:
    relay = Relay(maker, bus)
    await make(maker, "a", "b")
    async with maker.unit_of_work(actor="test") as work:
        await work.connection.execute(
            "UPDATE outbox SET payload = convert_to(repeat('x', 2000000), 'UTF8') WHERE part = 0"
        )
    with pytest.raises(Exception, match="maximum payload"):
        await relay.publish_some()
    assert await outbox(maker) == [(False, None), (True, 1)]


async def test_new_events_do_not_wait_behind_a_backlog(
    maker: Database, bus: NatsBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "BATCH", 2)
    relay = Relay(maker, bus)
    await make(maker, *"abcdefgh")
    for gone in ("abgh", "abcdefgh"):
        assert await relay.publish_some() == 2
        assert await relay.publish_some() == 2
        assert "".join(n for n, (is_gone, _) in zip("abcdefgh", await outbox(maker), strict=True) if is_gone) == gone


async def test_an_event_that_no_bus_would_take_is_not_recorded(maker: Database) -> None:
    async def record() -> None:
        async with maker.unit_of_work(actor="an") as work:
            work.record(ThingMade("x" * MAX_EVENT_BYTES))

    with pytest.raises(EventTooLarge):
        await record()


async def test_a_consumer_whose_lease_was_taken_stops(
    maker: Database, taker: Database, bus: NatsBus, databases: dict[str, str]
) -> None:
    consumer = consumer_of(taker, bus, lease_seconds=0.3)
    relay = Relay(maker, bus)
    async with at_work(consumer):
        await make(maker, "a")
        await relay.publish_some()
        await until(lambda: seen(taker), lambda names: names == ["a"])
        connection = await asyncpg.connect(databases["progress"])
        await connection.execute(
            "UPDATE lease SET holder = gen_random_uuid(), epoch = epoch + 1, expires_at = 'infinity'"
        )

        async def is_bound() -> bool:
            return bool((await jetstream(bus).consumer_info("t_quota", "t_progress")).push_bound)

        await until(is_bound, lambda bound: not bound)
        await make(maker, "b")
        await relay.publish_some()
        assert await seen(taker) == ["a"]
        await connection.execute("UPDATE lease SET expires_at = now()")
        await connection.close()
        await until(lambda: seen(taker), lambda names: names == ["a", "b"])


async def test_how_far_every_durable_has_acknowledged(bus: NatsBus) -> None:
    for number in range(3):
        await bus.publish("quota", "thing_made", f"{number}/0", b"{}")
    assert await bus.acknowledged("quota") is None
    everything = await bus.subscribe("quota", "progress", None)
    nothing_yet = await bus.subscribe("quota", "reporting", frozenset({"thing_lost"}))
    assert await bus.acknowledged("quota") == 0
    deliveries = await everything.take(10, within=1)
    while len(deliveries) < 3:
        deliveries += await everything.take(10, within=1)
    for delivery in deliveries[:2]:
        await delivery.acknowledge()
    await until(lambda: bus.acknowledged("quota"), lambda floor: floor == 2)
    await deliveries[2].acknowledge()
    await until(lambda: bus.acknowledged("quota"), lambda floor: floor == 3)
    await everything.close()
    await nothing_yet.close()


async def test_what_a_durable_has_not_acknowledged_yet_is_counted(bus: NatsBus) -> None:
    await bus.held("quota", above=0)
    subscription = await bus.subscribe("quota", "taker", None)
    assert await bus.pending("quota", "taker") == 0
    for number in range(3):
        await bus.publish("quota", "thing_made", f"{number}/0", b"{}")
    taken = await subscription.take(3, within=5)
    while len(taken) < 3:
        taken += await subscription.take(3, within=5)
    assert await bus.pending("quota", "taker") == 3
    for delivery in taken:
        await delivery.acknowledge()

    async def pending() -> int:
        return await bus.pending("quota", "taker")

    await until(pending, lambda count: count == 0)
    await subscription.close()
