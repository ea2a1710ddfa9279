import asyncio
import time
import uuid
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.bus import Delivery, NatsBus
from services.chassis.consistency import head_token
from services.chassis.consistency_tokens import NotYetConsistent, Recorded, TokenMalformed, encode_token
from services.chassis.database import Database, UnitOfWork, uuid7
from services.chassis.inbox import Event, Load, Outcome
from services.chassis.lease import LeaseLost
from services.chassis.relay import Relay
from tests.services.chassis.app import ThingMade
from tests.services.chassis.things import consumer_of, make, seen
from tests.support.waiting import until


def _event(name: str, *, write_id: uuid.UUID | None = None, part: int = 0) -> Event:
    return Event(
        "quota", write_id or uuid7(), part, "thing_made", b'{"type":"thing_made","name":"' + name.encode() + b'"}'
    )


async def test_what_is_recorded_is_applied_once_elsewhere(maker: Database, taker: Database, bus: NatsBus) -> None:
    relay, consumer = Relay(maker, bus), consumer_of(taker, bus)
    tasks = [asyncio.create_task(relay.run()), asyncio.create_task(consumer.run())]
    try:
        token = await make(maker, "a", "b")
        # The two events of one write are published at once, and may come in either order.
        await until(lambda: seen(taker), lambda names: sorted(names) == ["a", "b"])
        await consumer.consistency.wait_for(token, taker)
        async with taker.reading() as connection:
            assert await head_token(connection) == token
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    async with maker.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0


async def test_a_rolled_back_unit_of_work_records_nothing(maker: Database) -> None:
    async def record_and_fail() -> None:
        async with maker.unit_of_work(actor="an") as work:
            work.record(ThingMade("a"))
            await work.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await record_and_fail()
    async with maker.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 0


async def test_redelivery_has_no_effect(taker: Database, bus: NatsBus) -> None:
    consumer = consumer_of(taker, bus)
    assert await consumer.hold_lease()
    event = _event("a")
    await consumer.commit([event, event])
    await consumer.commit([event])
    assert await seen(taker) == ["a"]


async def test_an_event_waits_for_what_it_needs_and_is_applied_with_it(taker: Database, bus: NatsBus) -> None:
    consumer = consumer_of(taker, bus)
    assert await consumer.hold_lease()
    waiting = _event("c needs b needs a")
    await consumer.commit([_event("b needs a"), waiting])
    assert await seen(taker) == []
    token = encode_token([Recorded("quota", waiting.write_id, 1)])
    with pytest.raises(NotYetConsistent):
        await consumer.consistency.wait_for(token, taker)
    await consumer.commit([_event("a")])
    assert await seen(taker) == ["a", "b needs a", "c needs b needs a"]
    await consumer.consistency.wait_for(token, taker)


async def test_all_that_wait_for_one_thing_are_applied_with_it_some_at_a_time(taker: Database, bus: NatsBus) -> None:
    consumer = consumer_of(taker, bus, load=Load(events=2))
    async with taker.unit_of_work(actor="an") as work:
        assert await consumer.lease.acquire(work.connection)
    waiting = [_event(f"{number} needs a") for number in range(5)] + [_event("last needs 4 needs a")]
    await consumer.commit(waiting)
    assert await seen(taker) == []
    await consumer.commit([_event("a")])
    applied = await seen(taker)
    assert sorted(applied[1:-1]) == [f"{number} needs a" for number in range(5)]
    assert (applied[0], applied[-1]) == ("a", "last needs 4 needs a")
    async with taker.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM waiting_event") == 0


@given(sizes=st.lists(st.integers(1, 12), max_size=30), most=st.integers(1, 20), events=st.integers(1, 5))
def test_a_share_is_as_large_as_may_be_and_larger_only_by_a_single_event(
    sizes: list[int], most: int, events: int
) -> None:
    load = Load(events=events, weigh=lambda event: event.part, most=most)
    all_of_them = [_event("a", part=size) for size in sizes]
    shares = list(load.shares(all_of_them))
    assert [event for share in shares for event in share] == all_of_them
    weights = [sum(event.part for event in share) for share in shares]
    assert all(share and len(share) <= events for share in shares)
    assert all(weight <= most or len(share) == 1 for share, weight in zip(shares, weights, strict=True))
    for share, weight, after in zip(shares, weights, shares[1:], strict=False):
        assert len(share) == events or weight + after[0].part > most


async def test_an_event_that_fails_is_kept_and_holds_nobody_up(taker: Database, bus: NatsBus) -> None:
    consumer = consumer_of(taker, bus)
    assert await consumer.hold_lease()
    acknowledged: list[str] = []

    def delivery(name: str) -> Delivery:
        event = _event(name)

        async def acknowledge() -> None:
            acknowledged.append(name)

        return Delivery(f"{event.write_id}/0", event.kind, event.payload, 1, False, acknowledge)

    await consumer.receive([delivery("a"), delivery("bad"), delivery("b")])
    assert await seen(taker) == ["a", "b"]
    assert acknowledged == ["a", "bad", "b"]
    async with taker.reading() as connection:
        kept = await connection.fetchrow("SELECT needs, explanation FROM waiting_event")
    assert (kept["needs"], kept["explanation"]) == ("fault", "ZeroDivisionError: ")
    await consumer.retry_faults()
    assert await seen(taker) == ["a", "b"]

    async def mended(work: UnitOfWork, events: Sequence[Event]) -> Outcome:
        await work.connection.execute("INSERT INTO seen (name) VALUES ('mended')")
        return Outcome()

    consumer.apply = mended
    await consumer.retry_faults()
    await consumer.retry_faults()
    assert await seen(taker) == ["a", "b", "mended"]
    async with taker.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM waiting_event") == 0


async def test_an_event_that_another_replica_applied_after_all_is_not_kept_as_failed(
    taker: Database, bus: NatsBus
) -> None:
    consumer = consumer_of(taker, bus)
    assert await consumer.hold_lease()
    event = _event("a")
    await consumer.commit([event])
    async with taker.unit_of_work(actor="test") as work:
        await work.connection.execute(
            "INSERT INTO waiting_event (origin, write_id, part, kind, payload, needs, since)"
            " VALUES ('quota', $1, 0, $2, $3, 'fault', now())",
            event.write_id,
            event.kind,
            event.payload,
        )
    await consumer.retry_faults()
    async with taker.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM waiting_event") == 0
    assert await seen(taker) == ["a"]


async def test_an_event_of_another_kind_is_noted_so_that_its_token_is_honoured(taker: Database, bus: NatsBus) -> None:
    consumer = consumer_of(taker, bus)
    consumer.kinds = frozenset({"thing_made"})
    assert await consumer.hold_lease()
    other = Event("quota", uuid7(), 0, "thing_lost", b"{}")
    await consumer.commit([other])
    assert await seen(taker) == []
    await consumer.consistency.wait_for(encode_token([Recorded("quota", other.write_id, 1)]), taker)


async def test_only_the_holder_of_the_lease_commits(taker: Database, bus: NatsBus) -> None:
    first, second = consumer_of(taker, bus, lease_seconds=0.3), consumer_of(taker, bus, lease_seconds=0.3)
    assert await first.hold_lease()
    assert not await second.hold_lease()
    await until(second.hold_lease, bool)
    with pytest.raises(LeaseLost):
        await first.commit([_event("a")])
    assert await seen(taker) == []
    await second.commit([_event("a")])
    assert await seen(taker) == ["a"]


@pytest.mark.parametrize("token", ["x", "!!", "bnVsbA", encode_token([Recorded("quota", uuid.UUID(int=0), 1)])])
async def test_a_token_that_nobody_gave_out_is_refused(taker: Database, bus: NatsBus, token: str) -> None:
    with pytest.raises(TokenMalformed):
        await consumer_of(taker, bus).consistency.wait_for(token, taker)


async def test_a_token_of_a_service_that_is_not_consumed_names_nothing_here(taker: Database, bus: NatsBus) -> None:
    token = encode_token([Recorded("reporting", uuid7(), 3)])
    await consumer_of(taker, bus).consistency.wait_for(f"{token}, {token}", taker)


async def test_one_look_serves_all_who_wait_and_none_is_held_up_by_another(taker: Database, bus: NatsBus) -> None:
    consumer = consumer_of(taker, bus)
    assert await consumer.hold_lease()
    event, never = _event("a"), encode_token([Recorded("quota", uuid7(), 1)])
    token = encode_token([Recorded("quota", event.write_id, 1)])
    looks = 0
    reading = taker.reading

    def counted() -> AbstractAsyncContextManager[asyncpg.Connection]:
        nonlocal looks
        looks += 1
        return reading()

    taker.reading = counted  # ty: ignore[invalid-assignment]
    waiting = [asyncio.create_task(consumer.consistency.wait_for(token, taker)) for _ in range(50)]
    given_up = asyncio.create_task(consumer.consistency.wait_for(f"{never},{token}", taker))
    await until(lambda: asyncio.sleep(0, looks), lambda count: count >= 51)
    waiting[0].cancel()
    await consumer.commit([event])
    await consumer.consistency.tell_applied()
    await asyncio.gather(*waiting[1:])
    assert waiting[0].cancelled()
    with pytest.raises(NotYetConsistent):
        await given_up
    assert looks < 51 + 20


async def test_the_lag_is_the_age_of_what_is_received_and_not_applied(
    taker: Database, bus: NatsBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = consumer_of(taker, bus)
    assert await consumer.hold_lease()
    seen_meanwhile: list[float] = []
    apply = consumer.apply

    async def apply_slowly(work: UnitOfWork, events: Sequence[Event]) -> Outcome:
        seen_meanwhile.append(consumer.lag_seconds)
        return await apply(work, events)

    monkeypatch.setattr(consumer, "apply", apply_slowly)
    an_hour_ago = uuid.UUID(int=((time.time_ns() // 1_000_000 - 3_600_000) << 80) | (7 << 76) | (2 << 62))

    async def acknowledge() -> None:
        return None

    payload = b'{"type":"thing_made","name":"a"}'
    assert consumer.lag_seconds == 0
    await consumer.receive([Delivery(f"{an_hour_ago}/0", "thing_made", payload, 1, False, acknowledge)])
    assert 3_590 < seen_meanwhile[0] < 3_700
    assert consumer.lag_seconds == 0
