"""Saturated ingest until the roll-up shows the last row."""

import statistics

from tests.benchmarks.batches import COLUMNS, ROWS, as_copies, as_reports, take
from tests.benchmarks.client import Load, copy_all, post_until_visible
from tests.benchmarks.installation import Installation
from tests.benchmarks.machine import cpu_seconds
from tests.benchmarks.prior import rows_stand
from tests.benchmarks.ratios import Measure, Table, at_least, in_turns

BATCHES = 60
WRITERS = 4


async def measure(place: Installation, load: Load) -> Table:
    """The table."""
    await rows_stand(place)
    await place.caught_up()
    scenario = place.scenario
    url = f"{place.urls['progress']}/v1/campaigns/{scenario.code}/reports"
    figure = f"{place.urls['reporting']}/v1/campaigns/{scenario.code}/figures?unit={scenario.top.code}&indicator=cccd"
    token, reader = place.token("progress:write", source=scenario.register), place.token("reporting:read")
    cpu: dict[str, list[float]] = {name: [] for name in ("progress", "reporting", "postgres", "nats")}

    async def visible(number: int) -> float:
        bodies = as_reports(place, take(place, BATCHES))
        before = {name: cpu_seconds(place.pids[name]) for name in cpu}
        seconds = await load.run(post_until_visible, url, token, bodies, WRITERS, figure, reader)
        if number >= 0:
            for name, used in cpu.items():
                used.append((cpu_seconds(place.pids[name]) - before[name]) / (BATCHES * ROWS))
        await place.caught_up()
        return BATCHES * ROWS / seconds

    def copies(at_once: int) -> Measure:
        async def act(_: int) -> float:
            payloads = await as_copies(place, take(place, BATCHES))
            seconds = await load.run(copy_all, place.admin_url, "bench.ledger", COLUMNS, payloads, at_once)
            return BATCHES * ROWS / seconds

        return act

    found = await in_turns({"visible": visible, "copy_one": copies(1), "copy_many": copies(WRITERS)})
    spent = ", ".join(f"{name} {statistics.median(used) * 1e6:.1f}" for name, used in cpu.items())
    return Table(
        "visible",
        "Saturated ingest until the roll-up shows it",
        [
            at_least(f"of COPY {what}", found["visible"], found[floor], to_reach=0.15, unit="rows/s")
            for what, floor in ((f"{WRITERS} at once", "copy_many"), ("one at a time", "copy_one"))
        ],
        [
            f"{BATCHES} batches of {ROWS:,} rows a round, {WRITERS} requests at once; the time runs from the first"
            " request until the province's figure was answered with the consistency tokens of all of them.",
            f"CPU per row in µs: {spent}.",
            "What holds it back (profile of a batch of 2,000 rows, November 2026): PostgreSQL writes four wide"
            " rows with an index entry each for every row, log 5 µs, live 5, roll-up by day 9, newest reception 5,"
            " beside the update of the total 4 and a look-up of the row before 4; the projector's one backend is"
            " what takes longest, since a batch is one transaction.",
            "Tried and kept: one statement for rows that pass straight through took reporting from 17 to 3 to 7"
            " µs a row; one look-up instead of two took 6 off PostgreSQL; the statement no longer returns what it"
            " wrote (in turns on a busy machine: 51 to 49 µs of PostgreSQL in batches of 1,000); totals have room"
            " on their pages (one run after the other: 45 to 43 µs; all updates of a total go without an index"
            " entry, before 46 %, on a ninth of the pages). A row of a batch of 10,000 costs 32 µs, of 30,000 30:"
            " up to 100,000 are taken in at once. In the rounds of this table, 20 days standing, PostgreSQL took"
            " 54 µs a row before and 42 after, all services together (both on a busy machine).",
            "Tried and not kept: looking for keys that are new to insert them without ON CONFLICT costs more than"
            " it spares (64 instead of 50 µs). Next would be leaves without roll-ups of their own, and the newest"
            " reception as a column of the roll-up by day.",
        ],
    )
