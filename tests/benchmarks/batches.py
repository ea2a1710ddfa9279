"""Batches of 1,000 rows with keys that nobody has used: as the JSON of a report, and as the lines of a COPY."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from deploy.simulation.scenario import INDICATORS
from tests.benchmarks.installation import OPEN_DAYS, Installation

ROWS = 1_000
COLUMNS = (
    *("tenant", "campaign_id", "unit_id", "source_id", "value", "acknowledgement", "received_at", "day"),
    *("indicator_no", "cohort_no", "outcome_no", "reason_no", "mode_no", "about"),
)
"""Of the ledger, in its order."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one batch: (unit, indicator) pairs and values of one day."""

    number: int
    day: date
    pairs: Sequence[tuple[str, str]]
    values: Sequence[int]


def take(place: Installation, count: int) -> list[Rows]:
    """So many batches; the register's, of open days, unit by unit. Raises: RuntimeError when all days are used."""
    hamlets = [one.code for one in place.scenario.hamlets]
    units_a_batch = ROWS // len(INDICATORS)
    batches_a_day = len(hamlets) // units_a_batch
    found = []
    for number in range(place.next_batch, place.next_batch + count):
        nth_day, nth = divmod(number, batches_a_day)
        if nth_day >= OPEN_DAYS:
            raise RuntimeError(f"All {OPEN_DAYS} open days are used; take fewer batches or open more days.")
        some = hamlets[nth * units_a_batch : (nth + 1) * units_a_batch]
        pairs = [(unit, one.code) for unit in some for one in INDICATORS]
        day = place.scenario.days[-1] + timedelta(days=1 + nth_day)
        found.append(Rows(number, day, pairs, [(number + place_) % 23 for place_ in range(len(pairs))]))
    place.next_batch += count
    return found


def as_reports(place: Installation, batches: Sequence[Rows]) -> list[bytes]:
    """Bodies of `POST …/reports`."""
    return [
        msgspec.json.encode(
            {
                "source": place.scenario.register,
                "rows": [
                    {"unit": unit, "indicator": indicator, "day": one.day.isoformat(), "value": value}
                    for (unit, indicator), value in zip(one.pairs, one.values, strict=True)
                ],
            }
        )
        for one in batches
    ]


def as_lines(place: Installation, batches: Sequence[Rows]) -> list[bytes]:
    """The rows as lines of NDJSON."""
    return [
        msgspec.json.encode({"unit": unit, "indicator": indicator, "day": one.day.isoformat(), "value": value}) + b"\n"
        for one in batches
        for (unit, indicator), value in zip(one.pairs, one.values, strict=True)
    ]


async def as_copies(place: Installation, batches: Sequence[Rows]) -> list[bytes]:
    """The same rows as the ledger would hold them, in PostgreSQL's text form."""
    async with place.admin() as connection:
        campaign_id = await connection.fetchval(
            "SELECT id FROM progress.campaign_copy WHERE code = $1", place.scenario.code
        )
        source_id = await connection.fetchval("SELECT id FROM progress.source WHERE code = $1", place.scenario.register)
        rows = await connection.fetch(
            "SELECT code, unit_id, tenant FROM progress.campaign_unit WHERE campaign_id = $1", campaign_id
        )
        numbers = msgspec.json.decode(
            await connection.fetchval(
                "SELECT definition -> 'numbers' -> 'indicators' FROM progress.campaign_copy WHERE id = $1",
                campaign_id,
            )
        )
    where = {row["code"]: (row["tenant"], row["unit_id"]) for row in rows}
    found = []
    for one in batches:
        lines = []
        for (unit, indicator), value in zip(one.pairs, one.values, strict=True):
            tenant, unit_id = where[unit]
            lines.append(
                f"{tenant}\t{campaign_id}\t{unit_id}\t{source_id}\t{value}\t{1_000_000 + one.number}"
                f"\t2026-01-01 00:00:00+00\t{one.day}\t{numbers[indicator]}\t0\t1\t0\t0\tf\n"
            )
        found.append("".join(lines).encode())
    return found
