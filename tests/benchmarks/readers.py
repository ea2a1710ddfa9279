"""Many readers of one board while rows come, and what the gateway's memory does under many documents."""

import json
from datetime import timedelta
from pathlib import Path

from deploy.simulation.scenario import INDICATORS
from tests.benchmarks.client import Load, ask_many, read_while_writing
from tests.benchmarks.installation import OPEN_DAYS, Installation
from tests.benchmarks.ratios import Line, Table, percentile

READERS = 32
WRITES_A_SECOND = 50
SECONDS = 10
DOCUMENTS, REQUESTS = 10_000, 200_000


async def measure(place: Installation, load: Load) -> Table:
    """The table of readers."""
    await place.caught_up()
    scenario = place.scenario
    board = f'{{ campaign(code: "{scenario.code}") {{ totals(indicators: ["{INDICATORS[0].code}"]) {{ achieved }}' + (
        f' unit(code: "{scenario.top.code}") {{ children {{ edges {{ node {{ unit {{ name }}'
        " figures { achieved quota rate { printed } rank } } } } } } }"
    )
    found = await load.run(
        read_while_writing,
        (place.urls["gateway"] + "/graphql", place.urls["progress"] + f"/v1/campaigns/{scenario.code}/reports"),
        place.token("progress:write", source=scenario.register),
        place.token("reporting:read"),
        json.dumps({"query": board}).encode(),
        _reports(place, WRITES_A_SECOND * SECONDS),
        READERS,
        1 / WRITES_A_SECOND,
    )
    p50, p99 = percentile(found.seconds, 0.5), percentile(found.seconds, 0.99)
    return Table(
        "readers",
        f"{READERS} readers of one board under {WRITES_A_SECOND} writes a second",
        [
            Line("p50 of an answer", f"{p50 * 1000:.0f} ms", "–", None, "–", None),
            Line("p99 of an answer", f"{p99 * 1000:.0f} ms", "–", None, "≤ 50 ms", p99 <= 0.05),
            Line("the oldest answer", f"{found.oldest:.2f} s", "–", None, "≤ 1 s", found.oldest <= 1),
        ],
        [
            f"{len(found.seconds):,} answers in {SECONDS} s, each reader asks again as soon as it is answered; readers,"
            " writers and all services share the machine. Each write is a row of 1 for a key of its own; an answer is"
            " as old as the first write that was acknowledged before the question and is missing in it.",
        ],
    )


async def measure_memory(place: Installation, load: Load) -> Table:
    """The table of memory."""
    await place.caught_up()
    template = f'{{ a%d: campaign(code: "{place.scenario.code}") {{ code totals {{ achieved rate {{ printed }} }} }} }}'
    sizes = []
    for _ in range(2):
        url = place.urls["gateway"] + "/graphql"
        await load.run(ask_many, url, place.token("reporting:read"), template, DOCUMENTS, REQUESTS // 2, 8)
        sizes.append(_resident(place.pids["gateway"]))
    growth = sizes[1] / sizes[0] - 1
    return Table(
        "memory",
        f"{REQUESTS:,} requests of {DOCUMENTS:,} documents",
        [
            Line(
                "growth of the gateway's memory in the second half",
                f"{growth:.1%}",
                f"{sizes[0] / 2**20:.0f} MiB",
                None,
                "≤ 5 %",
                growth <= 0.05,
            )
        ],
        [],
    )


def _reports(place: Installation, count: int) -> list[bytes]:
    hamlets = [one.code for one in place.scenario.hamlets]
    # From the last open day on, which no other table comes to.
    last = place.scenario.days[-1] + timedelta(days=OPEN_DAYS)
    places = [(hamlets[one % len(hamlets)], last - timedelta(days=one // len(hamlets))) for one in range(count)]
    return [
        json.dumps(
            {
                "source": place.scenario.register,
                "rows": [{"unit": unit, "indicator": INDICATORS[0].code, "day": day.isoformat(), "value": 1}],
            }
        ).encode()
        for unit, day in places
    ]


def _resident(pid: int) -> int:
    """Bytes of memory of a process, shared pages by their part."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise LookupError(pid)
