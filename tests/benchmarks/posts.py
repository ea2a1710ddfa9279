"""`POST …/reports`, 1,000 rows, durable, validated, with an exact receipt, on one uvicorn worker and on two."""

from tests.benchmarks.batches import COLUMNS, ROWS, as_copies, as_reports, take
from tests.benchmarks.client import Load, copy_all, post_all
from tests.benchmarks.installation import Installation
from tests.benchmarks.machine import Spent
from tests.benchmarks.prior import peer, rows_stand, workers
from tests.benchmarks.ratios import Measure, Table, at_least, in_turns

BATCHES = 40
NAIVE_BATCHES = 5
WARM = 20
"""Batches before those that count: what a process remembers of units lapses between its turns."""
PAIR = 2
WRITERS = 4
"""Requests under way at once, and connections that copy at once."""


_HELD_BACK = (
    "What holds it back: of 22 µs of CPU a row PostgreSQL takes 14 (ledger, latest value, outbox "
    "and their indexes) and the service 7 (reading, judging, comparing with quotas, encoding), "
    "and both cores are busy. Among one million values, before rows were compared with quotas, a "
    "quiet run of the same day had 13.6 and 5.1 µs, and 0.38 of COPY; the comparison itself, "
    "measured alone, takes 0.12 ms for 1,000 rows below their quotas, 0.25 ms and one more "
    "statement where all are above as here. Tried: events are encoded while PostgreSQL appends, "
    "rows are grouped by the unit that holds the quota, headroom is remembered for a minute, the "
    "pool hands out the connection used last, the collector of garbage leaves alone what was "
    "there at the start. With two workers PostgreSQL takes 1 µs more a row; each has connections "
    "of its own, on the same two cores."
)


async def measure(place: Installation, load: Load) -> Table:
    """The table."""
    prior = await rows_stand(place)
    naive_url = await peer(place, "naive", "tests.benchmarks.naive:create_app")
    await place.stop("reporting")
    url = f"{place.urls['progress']}/v1/campaigns/{place.scenario.code}/reports"
    token = place.token("progress:write", source=place.scenario.register)
    pair = f"progress_{PAIR}"
    pair_url = f"{await workers(place, PAIR)}/v1/campaigns/{place.scenario.code}/reports"
    spent: dict[str, Spent] = {}

    def posts(at_once: int, program: str = "progress", where: str = url) -> Measure:
        # The relay of either publishes for both.
        what = f"{at_once} at once" if program == "progress" else f"{PAIR} workers, {at_once} at once"
        used = spent.setdefault(what, Spent(progress=("progress", pair)))

        async def act(number: int) -> float:
            await load.run(post_all, where, token, as_reports(place, take(place, WARM)), at_once)
            bodies = as_reports(place, take(place, BATCHES))
            await place.drained()
            with used.measured(place, BATCHES * ROWS, counts=number >= 0):
                posted = await load.run(post_all, where, token, bodies, at_once)
                await place.drained()
            return BATCHES * ROWS / posted.seconds

        return act

    def copies(at_once: int) -> Measure:
        async def act(_: int) -> float:
            payloads = await as_copies(place, take(place, BATCHES))
            seconds = await load.run(copy_all, place.admin_url, "bench.ledger", COLUMNS, payloads, at_once)
            return BATCHES * ROWS / seconds

        return act

    async def naive(_: int) -> float:
        bodies = as_reports(place, take(place, NAIVE_BATCHES))
        posted = await load.run(post_all, f"{naive_url}/reports", token, bodies, WRITERS)
        return NAIVE_BATCHES * ROWS / posted.seconds

    found = await in_turns(
        {
            "one": posts(1),
            "copy_one": copies(1),
            "many": posts(WRITERS),
            "copy_many": copies(WRITERS),
            "pair": posts(WRITERS, pair, pair_url),
            "naive": naive,
        }
    )
    await place.stop("naive")
    await place.stop(pair)
    await place.start_again("reporting")
    return Table(
        "posts",
        "Posting reports: 1,000 rows of JSON, exact receipts, one worker",
        [
            at_least(
                f"{WRITERS} at once, of COPY {WRITERS} at once",
                found["many"],
                found["copy_many"],
                to_reach=0.33,
                unit="rows/s",
            ),
            at_least(
                "one at a time, of COPY one at a time", found["one"], found["copy_one"], to_reach=0.33, unit="rows/s"
            ),
            at_least(
                f"{WRITERS} at once, of an ORM written naively",
                found["many"],
                found["naive"],
                to_reach=9,
                unit="rows/s",
            ),
            at_least(
                f"{PAIR} workers, of one worker, {WRITERS} at once",
                found["pair"],
                found["many"],
                to_reach=1,
                unit="rows/s",
            ),
        ],
        [
            f"{BATCHES} batches a round; {prior:,} rows stood in every table before.",
            "COPY: the same rows, as text, into an ordinary logged table with the ledger's key, a commit a batch.",
            "Reporting was stopped meanwhile; the relay was not, and what it publishes is counted.",
            *(f"CPU per row in µs, {what}: {used}." for what, used in spent.items()),
            "By now every unit stands above its quota, so that each receipt warns of a hundred: the worst case.",
            _HELD_BACK,
        ],
    )
