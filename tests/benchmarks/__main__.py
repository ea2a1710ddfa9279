"""`python -m tests.benchmarks [names…]`."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from rich.console import Console

from deploy.simulation import Scale
from tests.benchmarks import figures, graph, lag, national, posts, quotas, readers, report, streams, visible, writers
from tests.benchmarks.client import Load
from tests.benchmarks.installation import DAYS, Installation, installed
from tests.benchmarks.machine import described
from tests.benchmarks.ratios import Table

# In this order: figures are asked for before anything is reported after the simulated days.
TABLES: dict[str, Callable[[Installation, Load], Awaitable[Table]]] = {
    "figures": figures.measure,
    "graph": graph.measure,
    "memory": readers.measure_memory,
    "posts": posts.measure,
    "streams": streams.measure,
    "writers": writers.measure,
    "visible": visible.measure,
    "lag": lag.measure,
    "readers": readers.measure,
    "quota": quotas.measure,
    "national": national.measure,
}

ALONE = {"memory", "national"}
"""Measured where they are named only: 200,000 requests, or the whole country, take longer than all the others."""


async def measure(names: Sequence[str], *, days: int, write: bool) -> None:
    """The tables named are measured, shown and, if `write`, on the page."""
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    load = Load()
    try:
        scale = Scale.NATIONAL if "national" in names else Scale.PROVINCE
        async with installed(console, days=days, scale=scale) as place:
            async with place.admin() as connection:
                machine = described(await connection.fetchval("SHOW server_version"))
            console.print(f"{machine}; ready after {time.monotonic() - began:.0f} s")
            for name in [one for one in TABLES if one in names]:
                started = time.monotonic()
                table = await TABLES[name](place, load)
                section = report.section(table, machine=machine, day=datetime.now(UTC).date())
                console.print(section, markup=False)
                console.print(f"({name}: {time.monotonic() - started:.0f} s)")
                if write:
                    report.write({name: section}, order=list(TABLES))
    finally:
        load.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", default=[one for one in TABLES if one not in ALONE], help=f"tables: {', '.join(TABLES)}"
    )
    parser.add_argument("--days", type=int, default=DAYS, help="days of facts that stand before")
    parser.add_argument("--dry", action="store_true", help="show only, leave the page as it is")
    given = parser.parse_args()
    if unknown := set(given.names) - TABLES.keys():
        parser.error(f"no such table: {', '.join(sorted(unknown))}")
    if "national" in given.names and len(given.names) > 1:
        parser.error("national has an installation of its own: measure it alone")
    asyncio.run(measure(given.names, days=given.days, write=not given.dry))


if __name__ == "__main__":
    main()
