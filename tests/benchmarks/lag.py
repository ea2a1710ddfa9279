"""From an acknowledged row to the figure that holds it, at a steady rate."""

import statistics

from tests.benchmarks.batches import ROWS, as_reports, take
from tests.benchmarks.client import Lagged, Load, post_steadily
from tests.benchmarks.installation import Installation
from tests.benchmarks.prior import rows_stand
from tests.benchmarks.ratios import ROUNDS, Line, Table, percentile

WANTED_RATE = 15_000
SECONDS = 4
P99_TO_REACH = 0.150
_SLOWER = (1.0, 0.67, 0.45, 0.3, 0.2)


async def measure(place: Installation, load: Load) -> Table:
    """The table, at the highest of a few rates that the machine keeps up with."""
    await rows_stand(place)
    await place.caught_up()
    rate, keeps_up = WANTED_RATE, False
    for share in _SLOWER:
        rate = int(WANTED_RATE * share)
        found = await _round(place, load, rate)
        keeps_up = percentile(found.late, 0.9) < 0.25 and percentile(found.lags, 0.9) < 0.5
        if keeps_up:
            break
    rounds = [await _round(place, load, rate) for _ in range(ROUNDS)]
    halves = [percentile(one.lags, 0.5) for one in rounds]
    tops = [percentile(one.lags, 0.99) for one in rounds]
    p50, p99 = statistics.median(halves), statistics.median(tops)
    return Table(
        "lag",
        "From an acknowledged row to a visible figure",
        [
            Line(f"p50 at {rate:,} rows/s", f"{p50 * 1000:.0f} ms", "–", None, "–", None),
            Line(
                f"p99 at {rate:,} rows/s",
                f"{p99 * 1000:.0f} ms",
                "–",
                None,
                f"≤ {P99_TO_REACH * 1000:.0f} ms at {WANTED_RATE:,} rows/s",
                p99 <= P99_TO_REACH and rate >= WANTED_RATE,
            ),
        ],
        [
            f"A batch of {ROWS:,} rows every {ROWS / rate * 1000:.0f} ms for {SECONDS} s, {ROUNDS} rounds, medians of"
            " the rounds. After each answer the province's figure is asked for with its consistency token.",
            f"Tried were {', '.join(f'{int(WANTED_RATE * one):,}' for one in _SLOWER)} rows/s: the machine"
            f" {'kept up with' if keeps_up else 'did not even keep up with'} {rate:,}.",
            "What may hold it back (profile on a busy machine, November 2026): at 15,000 rows/s all processes"
            " together take 0.9 of a core for the rows alone, and a batch waits for the one before it. Seen to"
            " stop whoever commits: making a new segment of PostgreSQL's log (90 ms, for every 8,000 rows where"
            " none can be used again) and waiting for the disk (4 ms, thrice from report to figure).",
            "Three attempts: the relay's mark waits for no disk, segments of the log are used again, totals are"
            " updated without index entries. Quiet runs before and after have 76 and 83 ms as p50, 377 and 495 ms as"
            " p99: none of them shortens the tail. Left alone: a projector that does not wait for the disk would"
            " acknowledge rows to the bus that a crash of PostgreSQL takes back.",
        ],
    )


async def _round(place: Installation, load: Load, rate: int) -> Lagged:
    await place.caught_up()
    scenario = place.scenario
    bodies = as_reports(place, take(place, rate * SECONDS // ROWS))
    return await load.run(
        post_steadily,
        f"{place.urls['progress']}/v1/campaigns/{scenario.code}/reports",
        place.token("progress:write", source=scenario.register),
        bodies,
        ROWS / rate,
        f"{place.urls['reporting']}/v1/campaigns/{scenario.code}/figures?unit={scenario.top.code}&indicator=cccd",
        place.token("reporting:read"),
    )
