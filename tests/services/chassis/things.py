"""Recording and applying events about things, without any HTTP."""

from collections.abc import Sequence

from services.chassis.bus import NatsBus
from services.chassis.consistency import Consistency
from services.chassis.database import Database, UnitOfWork
from services.chassis.inbox import Consumer, Event, Load, Outcome
from tests.services.chassis.app import ThingMade


async def apply_things(work: UnitOfWork, events: Sequence[Event]) -> Outcome:
    """Things called `x needs y` wait for `y`; one called `bad` is a bug."""
    outcome = Outcome()
    for event in events:
        name = event.payload.decode().split('"name":"')[1].rstrip('"}')
        if name == "bad":
            raise ZeroDivisionError
        known = await work.connection.fetch("SELECT name FROM seen")
        _, _, needed = name.partition(" needs ")
        if needed and needed not in {row["name"] for row in known}:
            outcome.waits[event.write_id, event.part] = needed
            continue
        await work.connection.execute("INSERT INTO seen (name) VALUES ($1)", name)
        outcome.brought.add(name)
    return outcome


def consumer_of(database: Database, bus: NatsBus, *, lease_seconds: float = 5, load: Load | None = None) -> Consumer:
    """Applies what quota tells to `progress`."""
    consistency = Consistency(service="progress", consumes=frozenset({"quota"}), wait_seconds=0.2)
    return Consumer(
        database=database,
        bus=bus,
        origin="quota",
        apply=apply_things,
        consistency=consistency,
        lease_seconds=lease_seconds,
        load=load,
    )


async def seen(database: Database) -> list[str]:
    """The names that were applied, in that order."""
    async with database.reading() as connection:
        return [row["name"] for row in await connection.fetch("SELECT name FROM seen ORDER BY place")]


async def make(database: Database, *names: str) -> str:
    """Each name is an event of one write; answers its token."""
    async with database.unit_of_work(actor="an") as work:
        for name in names:
            work.record(ThingMade(name))
    return work.consistency_token
