"""What stands already when rows come: as many in the ledger as in every table that it is compared with."""

import sys

from deploy import CHECKOUT
from deploy.local.ports import LOOPBACK, answers, free_port
from deploy.local.programs import Program
from tests.benchmarks.batches import COLUMNS
from tests.benchmarks.installation import Installation

_LEDGER = f"""
    INSERT INTO progress.ledger ({", ".join(COLUMNS)})
    SELECT {", ".join(COLUMNS)} FROM reporting.fact
    ORDER BY tenant, campaign_id, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day
"""
_LATEST = f"""
    INSERT INTO progress.latest ({", ".join(COLUMNS)})
    SELECT {", ".join(COLUMNS)} FROM progress.ledger
    ORDER BY tenant, campaign_id, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day
"""
_NAIVE_COLUMNS = ", ".join(one for one in COLUMNS if one != "about")
_PEERS = f"""
    CREATE SCHEMA bench;
    CREATE TABLE bench.ledger (LIKE progress.ledger INCLUDING ALL);
    INSERT INTO bench.ledger SELECT * FROM progress.ledger;
    CREATE TABLE bench.naive_ledger (LIKE progress.ledger INCLUDING ALL);
    ALTER TABLE bench.naive_ledger DROP COLUMN about;
    INSERT INTO bench.naive_ledger ({_NAIVE_COLUMNS}) SELECT {_NAIVE_COLUMNS} FROM progress.ledger;
    CREATE TABLE bench.naive_latest (
        LIKE progress.latest,
        PRIMARY KEY (tenant, campaign_id, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day)
    );
    ALTER TABLE bench.naive_latest DROP COLUMN about, DROP COLUMN repeats, DROP COLUMN previous_value;
    INSERT INTO bench.naive_latest ({_NAIVE_COLUMNS}) SELECT {_NAIVE_COLUMNS} FROM progress.latest;
"""


async def rows_stand(place: Installation) -> int:
    """The simulated rows stand in progress's tables and in those of the peers; answers how many. Once is enough."""
    async with place.admin() as connection:
        if "prior" not in place.prepared:
            await connection.execute(_LEDGER)
            await connection.execute(_LATEST)
            await connection.execute(_PEERS)
            await connection.execute("VACUUM ANALYZE")
            await connection.execute("CHECKPOINT")
            place.prepared.add("prior")
        return await connection.fetchval("SELECT count(*) FROM progress.ledger")


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
