"""What stands already when rows come: as many in the ledger as in every table that it is compared with."""

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from deploy import CHECKOUT
from deploy.local import services
from deploy.local.ports import LOOPBACK, answers, free_port
from deploy.local.programs import Program
from tests.benchmarks.batches import COLUMNS
from tests.benchmarks.installation import Installation

ROWS = 10_000_000
"""Latest values that stand, at least."""

_KEY = "tenant, campaign_id, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day"
# The simulated rows, as often as it takes under campaigns of other numbers; keys are indexed once all rows are there,
# which takes a fifth of the time.
_FILL = """
    INSERT INTO {table} ({columns})
    SELECT {values} FROM generate_series(1, {times}) AS copy (nth) CROSS JOIN reporting.fact AS fact
"""
_BARE = "CREATE TABLE {table} (LIKE {like} INCLUDING DEFAULTS)"
_INDEX = "ALTER TABLE {table} ADD PRIMARY KEY ({key})"
_UNINDEX = "ALTER TABLE {table} DROP CONSTRAINT {name}_pkey"
_SETTLE = "SET maintenance_work_mem = '1GB'; SET work_mem = '512MB'; SET synchronous_commit = off; SET jit = off"
_NAIVE_COLUMNS = tuple(one for one in COLUMNS if one != "about")


@dataclass(frozen=True, slots=True)
class _Filled:
    """One table: what it is like (None: it is there), its columns and its key."""

    name: str
    like: str | None
    columns: tuple[str, ...]
    key: str
    without: tuple[str, ...] = ()


_LEDGER_KEY = f"{_KEY}, acknowledgement"
# The two of progress first: the others are made like them.
_TABLES = (
    _Filled("progress.ledger", None, COLUMNS, _LEDGER_KEY),
    _Filled("progress.latest", None, COLUMNS, _KEY),
    _Filled("bench.ledger", "progress.ledger", COLUMNS, _LEDGER_KEY),
    _Filled("bench.naive_ledger", "progress.ledger", _NAIVE_COLUMNS, _LEDGER_KEY, ("about",)),
    _Filled("bench.naive_latest", "progress.latest", _NAIVE_COLUMNS, _KEY, ("about", "repeats", "previous_value")),
)


async def _fill(place: Installation, tables: Iterator[_Filled], times: int) -> None:
    async with place.admin() as connection:
        await connection.execute(_SETTLE)
        for one in tables:
            if one.like is None:
                await connection.execute(_UNINDEX.format(table=one.name, name=one.name.partition(".")[2]))
            else:
                await connection.execute(_BARE.format(table=one.name, like=one.like))
            for column in one.without:
                await connection.execute(f"ALTER TABLE {one.name} DROP COLUMN {column}")
            values = ["campaign_id + 1000 * (nth - 1)" if name == "campaign_id" else name for name in one.columns]
            await connection.execute(
                _FILL.format(table=one.name, columns=", ".join(one.columns), values=", ".join(values), times=times)
            )
            await connection.execute(_INDEX.format(table=one.name, key=one.key))
            await connection.execute(f"VACUUM (ANALYZE) {one.name}")


async def rows_stand(place: Installation) -> int:
    """Ten million rows stand in progress's tables and in those of the peers; answers how many. Once is enough."""
    async with place.admin() as connection:
        if "prior" not in place.prepared:
            facts = await connection.fetchval("SELECT count(*) FROM reporting.fact")
            await connection.execute("CREATE SCHEMA bench")
            waiting = iter(_TABLES)
            await asyncio.gather(*(_fill(place, waiting, -(-ROWS // facts)) for _ in range(os.cpu_count() or 1)))
            await connection.execute("CHECKPOINT")
            place.prepared.add("prior")
        return await connection.fetchval("SELECT count(*) FROM progress.latest")


async def workers(place: Installation, count: int) -> str:
    """A second progress runs, with so many workers; its URL."""
    port = free_port()
    one = place.programs["progress"]
    command = (*one.command[: one.command.index("--port")], "--port", str(port), "--workers", str(count))
    name = f"progress_{count}"
    log = place.home.logs / f"{name}.log"
    await place.start(replace(one, name=name, command=command, log=log, ready=lambda: not services.missing_at(port)))
    return f"http://{LOOPBACK}:{port}"


async def peer(place: Installation, name: str, factory: str) -> str:
    """A peer's application answers, under uvicorn as ours do; its URL."""
    port = free_port()
    await place.start(
        Program(
            name=name,
            command=(
                *(sys.executable, "-m", "uvicorn", "--factory", factory),
                *("--host", LOOPBACK, "--port", str(port), "--no-access-log"),
            ),
            log=place.home.logs / f"{name}.log",
            ready=lambda: answers(port),
            environment=place.parents(),
            directory=CHECKOUT,
        )
    )
    return f"http://{LOOPBACK}:{port}"
