"""How much the projector takes in at once, and what becomes of it when it dies, is rebuilt or is hurried meanwhile."""

import asyncio
import datetime
import uuid
from collections.abc import Sequence

import pytest

from services.chassis.bus import Delivery
from services.chassis.database import UnitOfWork, uuid7
from services.chassis.inbox import Apply, Event, Load, Outcome
from services.contracts.definitions import PlanLine
from services.contracts.words import Level
from services.reporting.projector.consumers import LOAD, MOST_DELTAS, deltas_of
from services.reporting.projector.projection import Message, project
from tests.services.reporting.projector.feed import (
    NOON,
    Feed,
    campaign,
    day_of,
    event_of,
    indicator,
    plan_of,
    report,
    row,
    source,
    unit,
    units,
    void,
)

TREE = units(
    unit(1, Level.PROVINCE),
    unit(2, Level.DISTRICT, 1),
    unit(3, Level.DISTRICT, 1),
    *(unit(10 + one, Level.COMMUNE, 2 + one % 2) for one in range(8)),
)
COMMUNES = range(10, 18)


async def begin(feed: Feed) -> None:
    await feed.tell(TREE, campaign(indicator(1, [["s1"], ["s2"]])), source(1), source(2))


def told(acknowledgement: int, rows: int, *, source_id: int = 1, day: int = 0, cumulative: bool = False) -> Message:
    return report(
        source_id,
        acknowledgement,
        *(row(10 + one % 8, day + one // 8, acknowledgement, cumulative=cumulative) for one in range(rows)),
        received_at=NOON + datetime.timedelta(minutes=acknowledgement),
    )


class Carrier:
    """Deliveries of messages, and which of them have been acknowledged."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.acknowledged: list[int] = []
        self.deliveries = [self._delivery(number, message) for number, message in enumerate(messages)]

    def _delivery(self, number: int, message: Message) -> Delivery:
        event = event_of(uuid7(), message)

        async def acknowledge() -> None:
            self.acknowledged.append(number)

        return Delivery(f"{event.write_id}/0", event.kind, event.payload, number, False, acknowledge)


def counted(sizes: list[int]) -> Apply:
    async def apply(work: UnitOfWork, events: Sequence[Event]) -> Outcome:
        sizes.append(sum(map(deltas_of, events)))
        return await project(work, events)

    return apply


async def exact(feed: Feed) -> None:
    """The tables are those of a rebuild."""
    tables = await feed.tables(1)
    await feed.rebuild(1)
    assert await feed.tables(1) == tables


def test_events_are_as_heavy_as_what_they_bring_is_many() -> None:
    def deltas(message: Message) -> int:
        return deltas_of(event_of(uuid.uuid4(), message))

    lines = [PlanLine(10 + one, 1, 0, 5, 0, False) for one in range(3)]
    assert [deltas(one) for one in (told(1, 7), TREE, plan_of(*lines))] == [7, 11, 3]
    assert [deltas(one) for one in (source(1), campaign(indicator(1, [])), void(report(1, 1, row(10, 0, 1))))] == [
        1
    ] * 3
    assert deltas_of(Event("progress", uuid.uuid4(), 0, "rows_recorded", b'{"rows":7}')) == 1
    assert deltas_of(Event("progress", uuid.uuid4(), 0, "period_closed", b"")) == 1
    assert LOAD.most == MOST_DELTAS == 100_000


async def test_a_batch_ends_before_it_is_too_large_and_a_large_event_stands_alone(feed: Feed) -> None:
    await begin(feed)
    sizes: list[int] = []
    consumer = feed.consumers["progress"]
    consumer.apply, consumer.load = counted(sizes), Load(events=3, weigh=deltas_of, most=8)
    carrier = Carrier([told(1, 5), told(2, 3), told(3, 1), told(4, 20), *(told(one, 1) for one in range(5, 9))])
    await consumer.receive(carrier.deliveries)
    assert sizes == [8, 1, 20, 3, 1]
    assert sorted(carrier.acknowledged) == list(range(8))
    assert await feed.total(1, day=0) == 8 + 7 * 4
    await exact(feed)


async def test_one_event_alone_is_a_batch_of_its_own(feed: Feed) -> None:
    await begin(feed)
    sizes: list[int] = []
    feed.consumers["progress"].apply = counted(sizes)
    feed.consumers["progress"].load = LOAD
    await feed.consumers["progress"].receive(Carrier([told(1, 2)]).deliveries)
    assert sizes == [2]


@pytest.mark.parametrize("dies_at", [1, 2, 3])
async def test_what_dies_in_the_middle_is_told_again_and_counts_once(feed: Feed, dies_at: int) -> None:
    await begin(feed)
    messages = [told(1, 8), told(2, 4, cumulative=True), told(3, 8, source_id=2, day=1), told(4, 8, day=2)]
    carrier = Carrier(messages)
    consumer = feed.consumers["progress"]
    consumer.load = Load(weigh=deltas_of, most=8)
    calls = 0

    async def apply_and_die(work: UnitOfWork, events: Sequence[Event]) -> Outcome:
        nonlocal calls
        calls += 1
        outcome = await project(work, events)
        if calls == dies_at:
            raise asyncio.CancelledError
        return outcome

    consumer.apply = apply_and_die
    with pytest.raises(asyncio.CancelledError):
        await consumer.receive(carrier.deliveries)
    assert carrier.acknowledged == list(range(dies_at - 1))
    await feed.restart()
    await feed.consumers["progress"].receive(carrier.deliveries)
    assert len(await feed.table("fact", 1)) == 28
    assert await feed.total(1) == 4 * 1 + 4 * 2 + 8 * 4
    await exact(feed)


async def test_the_campaign_is_rebuilt_while_rows_come_and_readers_always_see_whole_batches(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(told(1, 8))
    seen: set[int | None] = set()
    done = asyncio.Event()

    async def read() -> None:
        while not done.is_set():
            seen.add(await feed.total(1))

    async def write() -> None:
        for number in range(2, 12):
            await feed.tell(told(number, 8, day=number, cumulative=number % 3 == 0))

    async def rebuild() -> None:
        for _ in range(5):
            await feed.rebuild(1)

    reading = asyncio.create_task(read())
    await asyncio.gather(write(), rebuild())
    done.set()
    await reading
    totals, total = {8}, 8
    for number in range(2, 12):
        total = 8 * number if number % 3 == 0 else total + 8 * number
        totals.add(total)
    assert seen <= totals
    assert await feed.total(1) == total
    await exact(feed)


async def test_both_origins_at_once_wait_for_each_other_and_never_deadlock(feed: Feed) -> None:
    """Rows, plans and units of one campaign cross; each side brings what the other waits for."""
    more = [unit(20 + one, Level.COMMUNE, 2) for one in range(10)]
    lines = [PlanLine(20 + one, 1, 0, 5, 0, False) for one in range(10)]
    of_quota: list[Message] = [TREE, campaign(indicator(1, [["s1"], ["s2"]])), plan_of(*lines)]
    of_quota += [units(one) for one in reversed(more)]
    of_progress: list[Message] = [
        report(1, one + 1, row(20 + one, one % 3, 1), row(29 - one, 5, 1)) for one in range(10)
    ]
    of_progress += [source(2), source(1)]

    async def deliver(messages: Sequence[Message]) -> None:
        for message in messages:
            await feed.tell(message)

    async with asyncio.timeout(60):
        await asyncio.gather(deliver(of_quota), deliver(of_progress))
    assert await feed.rows("SELECT * FROM waiting_event") == []
    assert await feed.total(1) == 20
    assert await feed.quota(25) == (5, 1)
    assert {one["day"] for one in await feed.table("fact", 1)} == {day_of(one) for one in (0, 1, 2, 5)}
    await exact(feed)
