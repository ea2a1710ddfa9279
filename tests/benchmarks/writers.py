"""`POST …/reports` from 32 writers on the same units: nobody deadlocks, and little is lost to their waiting."""

from tests.benchmarks.batches import ROWS, Rows, as_reports, take
from tests.benchmarks.client import Load, post_all
from tests.benchmarks.installation import Installation
from tests.benchmarks.prior import rows_stand
from tests.benchmarks.ratios import Measure, Table, at_least, in_turns

WRITERS = 32
BATCHES = 64
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


async def measure(place: Installation, load: Load) -> Table:
    """The table. A request that is not answered 2xx ends the run."""
    prior = await rows_stand(place)
    await place.stop("reporting")
    url = f"{place.urls['progress']}/v1/campaigns/{place.scenario.code}/reports"
    token = place.token("progress:write", source=place.scenario.register)

    def posts(at_once: int) -> Measure:
        async def act(_: int) -> float:
            (one,) = take(place, 1)
            posted = await load.run(post_all, url, token, as_reports(place, _said_again(one)), at_once)
            await place.drained()
            return BATCHES * ROWS / posted.seconds

        return act

    async with place.admin() as connection:
        before = await connection.fetchval(_DEADLOCKS)
        found = await in_turns({"one": posts(1), "many": posts(WRITERS)})
        deadlocks = await connection.fetchval(_DEADLOCKS) - before
    await place.start_again("reporting")
    return Table(
        "writers",
        "Posting reports: the same 1,000 keys again and again",
        [
            at_least(
                f"{WRITERS} writers, of one writer alone", found["many"], found["one"], to_reach=None, unit="rows/s"
            )
        ],
        [
            f"{prior:,} rows stood before. Deadlocks: {deadlocks}.",
            f"{BATCHES} batches a round, keys in another order each.",
        ],
    )


def _said_again(one: Rows) -> list[Rows]:
    """Batches of the same keys with other values, in another order each."""
    size = len(one.pairs)
    return [
        Rows(
            one.number,
            one.day,
            [one.pairs[(at * 7 + turn) % size] for at in range(size)],
            [(at + turn) % 23 for at in range(size)],
        )
        for turn in range(BATCHES)
    ]
