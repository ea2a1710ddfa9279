"""What has been kept long enough goes, and nothing else."""

import uuid
from datetime import timedelta

import pytest

from services.chassis.bus import NatsBus
from services.chassis.database import Database
from services.chassis.housekeeping import Housekeeping
from services.chassis.lease import LeaseLost
from services.chassis.relay import Relay
from tests.services.chassis.things import consumer_of, make, seen
from tests.support.clock import MovableClock

_KEEP = """
    INSERT INTO idempotency (day, caller, method, path, key, fingerprint, status, headers, body, kept_at)
    VALUES ($1::timestamptz::date, 'an', 'POST', '/', $2, '', 200, '{}', '', $1)
"""


async def _count(database: Database, table: str) -> int:
    async with database.reading() as connection:
        return await connection.fetchval(f"SELECT count(*) FROM {table}")


async def test_events_go_a_day_after_everybody_has_acknowledged_them(
    maker: Database, taker: Database, bus: NatsBus, clock: MovableClock
) -> None:
    relay, consumer, tidying = Relay(maker, bus), consumer_of(taker, bus), Housekeeping(maker, bus)
    await make(maker, "a", "b")
    await relay.publish_some()
    clock.move(hours=25)
    assert (await tidying.tidy_up())["outbox"] == 0  # nobody consumes them yet
    subscription = await bus.subscribe("quota", "progress", None)
    assert (await tidying.tidy_up())["outbox"] == 0
    await consumer.hold_lease()
    while len(await seen(taker)) < 2:
        await consumer.receive(await subscription.take(10, within=5))
    await make(maker, "c")
    assert (await tidying.tidy_up())["outbox"] == 2
    assert await _count(maker, "outbox") == 1
    assert await relay.refill() == 0
    await subscription.close()


async def test_the_inbox_forgets_after_seven_days_and_keys_after_three(
    maker: Database, bus: NatsBus, clock: MovableClock
) -> None:
    await Relay(maker, bus).refill()
    async with maker.unit_of_work(actor="an") as work:
        for days in (1, 6, 8, 9):
            await work.connection.execute(
                "INSERT INTO inbox (origin, write_id, part, applied_at) VALUES ('x', $1, 0, $2)",
                uuid.uuid4(),
                clock.now() - timedelta(days=days),
            )
        for hours in (1, 71, 73, 200):
            await work.connection.execute(_KEEP, clock.now() - timedelta(hours=hours), str(hours))
    assert await Housekeeping(maker, bus).tidy_up() == {"inbox": 2, "idempotency": 2, "outbox": 0}
    assert (await _count(maker, "inbox"), await _count(maker, "idempotency")) == (2, 2)


async def test_one_replica_at_a_time_tidies_up(maker: Database, bus: NatsBus) -> None:
    await Relay(maker, bus).refill()
    await Housekeeping(maker, bus).tidy_up()
    with pytest.raises(LeaseLost):
        await Housekeeping(maker, bus).tidy_up()


async def test_a_chore_is_done_each_time(maker: Database, bus: NatsBus) -> None:
    await Relay(maker, bus).refill()
    async with maker.unit_of_work(actor="an") as work:
        await work.connection.execute("CREATE TABLE done (at timestamptz)")
    await Housekeeping(maker, bus, ["INSERT INTO done VALUES (now())"]).tidy_up()
    assert await _count(maker, "done") == 1
