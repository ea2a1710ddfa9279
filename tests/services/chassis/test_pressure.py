import pytest

from services.chassis.bus import NatsBus
from services.chassis.database import Database
from services.chassis.pressure import Backlogged, Pressure
from services.quota.settings import QuotaSettings
from tests.services.chassis.things import make
from tests.support.stack import Stack


@pytest.fixture
def settings(settings: QuotaSettings) -> QuotaSettings:
    return settings.model_copy(update={"backlog_events": 2})


@pytest.fixture
async def silent(things: Stack) -> Stack:
    """The small service, whose bus is gone."""
    await things.apps["things"].state.chassis.bus.close()
    return things


async def test_writes_are_refused_while_too_much_waits_and_taken_again_afterwards(silent: Stack) -> None:
    pressure: Pressure = silent.apps["things"].state.chassis.pressure
    token = silent.token("quota:write quota:read")

    async def write(name: str) -> int:
        answer = await silent.call("things", "POST", "/v1/things", token=token, json={"name": name})
        await pressure.look()
        if answer.status_code == 503:
            assert answer.json()["code"] == "backlogged"
            assert 1 <= int(answer.headers["retry-after"]) <= 60
        return answer.status_code

    assert [await write(name) for name in "abc"] == [201, 201, 503]
    assert (await silent.call("things", "GET", "/v1/things", token=token)).status_code == 200, "reading goes on"
    async with silent.connection("quota") as connection:
        assert await connection.fetchval("SELECT count(*) FROM thing") == 2
        await connection.execute("UPDATE outbox SET published_at = now()")
    await pressure.look()
    assert await write("c") == 201


async def test_what_a_consumer_has_not_applied_counts_too_and_the_wait_follows_from_how_fast_it_falls(
    maker: Database, bus: NatsBus
) -> None:
    seconds = 0.0
    pressure = Pressure(maker, bus, limit=3, tick=lambda: seconds)
    await bus.held("quota", above=0)
    slow = await bus.subscribe("quota", "progress", None)
    for number in range(8):
        await bus.publish("quota", "thing_made", f"{number}/0", b"{}")
    await make(maker, "unpublished")
    await pressure.look()
    assert pressure.behind == 9
    deliveries = await slow.take(8, within=5)
    while len(deliveries) < 2:
        deliveries += await slow.take(8, within=5)
    async with maker.connected() as connection:
        await connection.execute("UPDATE outbox SET published_at = now()")
    seconds = 2.0
    await pressure.look()
    assert pressure.behind == 8
    with pytest.raises(Backlogged) as refused:
        pressure.check()
    # It fell by 1 in 2 s; 6 have to go until there is room.
    assert refused.value.headers["Retry-After"] == "12"
    await slow.close()
