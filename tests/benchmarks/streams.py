"""`POST …/reports` as NDJSON: 10,000 rows beside a COPY of 10,000, and what a million rows take of memory."""

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from deploy.simulation.scenario import INDICATORS
from tests.benchmarks.batches import COLUMNS, ROWS, as_copies, as_lines, take
from tests.benchmarks.client import Load, copy_all, post_all, post_file
from tests.benchmarks.installation import OPEN_DAYS, Installation
from tests.benchmarks.machine import Spent, most_memory, reset_most_memory
from tests.benchmarks.prior import rows_stand
from tests.benchmarks.ratios import Line, Table, at_least, in_turns

BATCHES = 4
BATCH_ROWS = 10_000
WRITERS = 4
LARGE_ROWS = 1_000_000
MOST_MEGABYTES = 200
NDJSON = "application/x-ndjson"


async def measure(place: Installation, load: Load) -> Table:
    """The table."""
    prior = await rows_stand(place)
    await place.stop("reporting")
    url = f"{place.urls['progress']}/v1/campaigns/{place.scenario.code}/reports?source={place.scenario.register}"
    token = place.token("progress:write", source=place.scenario.register)
    spent = Spent()

    async def posts(number: int) -> float:
        lines = as_lines(place, take(place, BATCHES * BATCH_ROWS // ROWS))
        bodies = [b"".join(lines[start : start + BATCH_ROWS]) for start in range(0, len(lines), BATCH_ROWS)]
        with spent.measured(place, len(lines), counts=number >= 0):
            posted = await load.run(post_all, url, token, bodies, WRITERS, NDJSON)
            await place.drained()
        return len(lines) / posted.seconds

    async def copies(_: int) -> float:
        payloads = await as_copies(place, take(place, BATCHES * BATCH_ROWS // ROWS))
        each = BATCH_ROWS // ROWS
        payloads = [b"".join(payloads[start : start + each]) for start in range(0, len(payloads), each)]
        seconds = await load.run(copy_all, place.admin_url, "bench.ledger", COLUMNS, payloads, WRITERS)
        return BATCHES * BATCH_ROWS / seconds

    found = await in_turns({"posts": posts, "copies": copies})
    large = Spent()
    with large.measured(place, LARGE_ROWS):
        memory, seconds = await _large(place, load, url, token)
        await place.drained()
    await place.start_again("reporting")
    return Table(
        "streams",
        "Posting reports: NDJSON, exact receipts, one worker",
        [
            at_least(
                f"10,000 rows, {WRITERS} at once, of COPY {WRITERS} at once",
                found["posts"],
                found["copies"],
                to_reach=0.15,
                unit="rows/s",
            ),
            Line(
                f"{LARGE_ROWS:,} rows in one request: memory over idle",
                f"{memory:.0f} MB",
                "–",
                None,
                f"≤ {MOST_MEGABYTES} MB",
                memory <= MOST_MEGABYTES,
            ),
        ],
        [
            f"{prior:,} rows stand before. On {WRITERS} connections; the large one took {seconds:.0f} s.",
            f"CPU per row in µs, of the small ones: {spent}; of the large one: {large}.",
        ],
    )


async def _large(place: Installation, load: Load, url: str, token: str) -> tuple[float, float]:
    """Megabytes above idle that the service took at most, and how long the request did."""
    pid = place.pids["progress"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.ndjson"
        await asyncio.to_thread(_write, file, place)
        idle = reset_most_memory(pid)
        seconds = await load.run(post_file, url, token, str(file), NDJSON)
        return (most_memory(pid) - idle) / 1e6, seconds


def _write(file: Path, place: Installation) -> None:
    with file.open("wb") as out:
        for number, line in enumerate(_lines(place)):
            if number == LARGE_ROWS:
                return
            out.write(line)
    raise RuntimeError(f"There are fewer than {LARGE_ROWS:,} keys; open more days.")


def _lines(place: Installation) -> Iterator[bytes]:
    """Rows of cases that were declined, which no other table reports."""
    for nth_day in range(OPEN_DAYS):
        day = place.scenario.days[-1] + timedelta(days=1 + nth_day)
        for unit in place.scenario.hamlets:
            for one in INDICATORS:
                yield (
                    f'{{"unit":"{unit.code}","indicator":"{one.code}","day":"{day}","outcome":"declined",'
                    f'"value":{nth_day % 7}}}\n'
                ).encode()
