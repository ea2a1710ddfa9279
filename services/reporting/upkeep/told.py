"""The rows of one campaign as progress tells them, in a temporary table beside the log."""

from collections.abc import Collection, Mapping

import asyncpg

from services.contracts.events import day_of
from services.contracts.history import LedgerColumns, RecordedBatch
from services.reporting.upkeep.owners import Owners

# A row is the same whichever tenant it lies at: a tree that moves takes its rows along.
KEY = ("unit_id", "indicator_no", "source_id", "cohort_no", "outcome_no", "reason_no", "day", "acknowledgement")
VALUES = ("received_at", "mode_no", "value", "about")
COLUMNS = ("tenant", *KEY, *VALUES)

_MAKE = f"""
    DROP TABLE IF EXISTS pg_temp.told;
    CREATE TEMPORARY TABLE told AS SELECT {", ".join(COLUMNS)} FROM fact WITH NO DATA
"""


async def stage(
    connection: asyncpg.Connection, owners: Owners, campaign_id: int, batches: Mapping[int, RecordedBatch]
) -> int:
    """The table `told` holds the rows of those batches, by acknowledgement; answers how many."""
    await connection.execute(_MAKE)
    count = 0
    async for page in owners.rows(campaign_id):
        count += await _copy(connection, page, batches)
    await connection.execute("ANALYZE told")
    return count


async def stage_also(
    connection: asyncpg.Connection,
    owners: Owners,
    campaign_id: int,
    batches: Mapping[int, RecordedBatch],
    new: Collection[int],
) -> int:
    """`told` holds the rows of these batches too, whose acknowledgements are among `batches`."""
    count = 0
    for acknowledgement in sorted(new):
        await connection.execute("DELETE FROM told WHERE acknowledgement = $1", acknowledgement)
        async for page in owners.rows(campaign_id, acknowledgement=acknowledgement):
            count += await _copy(connection, page, batches)
    return count


async def _copy(connection: asyncpg.Connection, rows: LedgerColumns, batches: Mapping[int, RecordedBatch]) -> int:
    about = set(rows.about)
    records = [
        (
            rows.tenant[at],
            rows.unit_id[at],
            rows.indicator_no[at],
            rows.source_id[at],
            rows.cohort_no[at],
            rows.outcome_no[at],
            rows.reason_no[at],
            day_of(rows.day[at]),
            acknowledgement,
            batches[acknowledgement].batch.received_at,
            rows.mode_no[at],
            rows.value[at],
            at in about,
        )
        for at, acknowledgement in enumerate(rows.acknowledgement)
        if acknowledgement in batches
    ]
    await connection.copy_records_to_table("told", records=records, columns=COLUMNS)
    return len(records)
