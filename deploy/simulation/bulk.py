"""Facts by SQL, for scales at which the APIs would take hours.

Units, campaign, plans and sources have come through the APIs. The rows bypass progress: they are written straight into
reporting's log (`fact`, with a `batch_copy` for each source and day), in the shape in which the projector writes
them, and `rebuild_campaign` derives everything else. So figures, rankings, series and whatever else reporting answers
are as if the rows had been reported; what is missing:

- progress's ledger, its batches and receipts: these rows cannot be corrected, voided or looked up there, and
  `bonphu reporting verify` finds them all unknown to progress, and `rebuild --from-source` leaves the campaign alone
  unless it is told to drop them. Their acknowledgement numbers are progress's own, so that rows which are reported
  later win as they should;
- labels of batches: the campaign's own label marks every figure.
"""

import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import asyncpg
from rich.console import Console
from rich.progress import Progress

from deploy.simulation.scenario import INDICATORS, Scenario
from deploy.simulation.series import (
    SILENT_SPAN,
    SILENT_STEP,
    all_series,
    cumulative_days,
    received_at,
    rows_expected,
)
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.contracts.definitions import CampaignDefinition
from services.contracts.words import OUTCOME_NO, Outcome
from services.reporting.projector.copies import known_campaigns
from services.reporting.projector.rebuild import rebuild_campaign

BYTES_A_FACT = 800
"""Of the log (245), the live rows (240) and the roll-ups (250), with room for the write-ahead log; November 2026."""
DERIVED_A_SECOND = 50_000
"""Facts of which a rebuild derives the roll-ups in a second, at the least (70,000 to 130,000; November 2026)."""

_FIND = "SELECT id FROM campaign_copy WHERE code = $1"
_UNITS = "SELECT code, unit_id, tenant FROM campaign_unit WHERE campaign_id = $1 AND level = 'residential_area'"
_ACKNOWLEDGEMENTS = "SELECT nextval('batch_acknowledgement') FROM generate_series(1, $1)"
_KNOWN_BATCHES = """
    SELECT source_id, received_at, acknowledgement FROM batch_copy WHERE campaign_id = $1 AND id = ANY ($2::uuid[])
"""
_ADD_BATCHES = """
    INSERT INTO batch_copy (id, acknowledgement, campaign_id, source_id, received_at, labels, amends)
    SELECT id, acknowledgement, $1, source_id, received_at, '{}', false
    FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[])
        AS batch (id, acknowledgement, source_id, received_at)
"""
_HAS_FACTS = "SELECT EXISTS (SELECT FROM fact WHERE tenant = $1 AND campaign_id = $2)"
# As `series.rows_of_days` has it, in whole numbers too.
_ADD_FACTS = f"""
    WITH day AS MATERIALIZED (
        SELECT indicator_no, number, running, before, whole, totals_due
        FROM unnest($3::smallint[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[], $8::boolean[])
            AS day (indicator_no, number, running, before, whole, totals_due)
    ), batch AS MATERIALIZED (
        SELECT * FROM unnest($9::bigint[], $10::integer[], $11::timestamptz[], $12::bigint[])
            AS batch (source_id, number, received_at, acknowledgement)
    ), series AS MATERIALIZED (
        SELECT * FROM unnest(
            $13::bigint[], $14::smallint[], $15::bigint[], $16::smallint[], $17::smallint[], $18::bigint[],
            $19::bigint[], $20::bigint[])
            AS series (unit_id, indicator_no, source_id, outcome_no, reason_no, total, phase, silence)
    )
    INSERT INTO fact (
        tenant, campaign_id, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no, day, received_at,
        acknowledgement, mode_no, value)
    SELECT $1, $2, series.indicator_no, series.unit_id, series.source_id, 0, series.outcome_no, series.reason_no,
        $21::date + (day.number - 1), batch.received_at, batch.acknowledgement,
        CASE WHEN series.outcome_no = {OUTCOME_NO[Outcome.ACHIEVED]} THEN 0 ELSE 1 END,
        (series.total * day.running + series.phase) / day.whole
            - CASE WHEN series.outcome_no = {OUTCOME_NO[Outcome.ACHIEVED]}
                THEN (series.total * day.before + series.phase) / day.whole ELSE 0 END
    FROM series
    JOIN day ON day.indicator_no = series.indicator_no
    JOIN batch ON batch.source_id = series.source_id AND batch.number = day.number
    WHERE CASE WHEN series.outcome_no = {OUTCOME_NO[Outcome.ACHIEVED]}
        THEN day.running > day.before
            AND (series.silence < 0 OR (series.silence + day.number * {SILENT_STEP}) % {SILENT_SPAN} <> 0)
        ELSE day.totals_due END
    ORDER BY 3, 4, 5, 7, 8, 9
"""
_TENANTS_DERIVED = "SELECT count(DISTINCT tenant) FROM anchor_source WHERE campaign_id = $1"


class NotEnoughDisk(RuntimeError):
    """The facts would not fit on the disk; the message says what they need."""


class _Places(NamedTuple):
    """What the tables call things: ids of the hamlets by tenant, and of the sources by code."""

    campaign: CampaignDefinition
    units: dict[int, dict[str, int]]
    sources: dict[str, int]


class Bulk:
    """The databases of progress and reporting, by URL; `cluster` is where their files lie, if that is known."""

    def __init__(self, urls: Mapping[str, str], *, cluster: Path | None) -> None:
        self._urls = urls
        self._cluster = cluster

    async def check_disk(self, scenario: Scenario, console: Console) -> None:
        """It has been said how much disk the facts need. Raises: NotEnoughDisk."""
        rows = rows_expected(scenario)
        need = rows * BYTES_A_FACT
        minutes = -(-rows // (60 * DERIVED_A_SECOND))
        console.print(
            f"The facts need about {need / 1e9:.1f} GB of disk in the database; to derive the roll-ups from them takes"
            f" some {minutes} min, in which reporting shows nothing new."
        )
        if self._cluster is None:
            return
        free = shutil.disk_usage(self._cluster).free
        if free < need:
            raise NotEnoughDisk(f"{need / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB free at {self._cluster}.")

    async def load(self, scenario: Scenario, progress: Progress) -> int:
        """The facts are in reporting's log and everything is derived from them; answers how many were missing."""
        connection = await asyncpg.connect(self._urls["reporting"])
        try:
            await connection.execute("SET jit = off; SET work_mem = '256MB'; SET synchronous_commit = on")
            places = await _places(connection, scenario)
            written = await self._facts(connection, scenario, places, progress)
            derived = await connection.fetchval(_TENANTS_DERIVED, places.campaign.id)
            if written or derived < len(places.units):
                # Without statistics of what has just come the rebuild takes ten times as long (November 2026).
                await connection.execute("ANALYZE fact, campaign_unit, campaign_closure")
                await self._derive(places.campaign.id, progress)
        finally:
            await connection.close()
        return written

    async def _facts(
        self, connection: asyncpg.Connection, scenario: Scenario, places: _Places, progress: Progress
    ) -> int:
        batches = await self._batches(connection, scenario, places)
        hamlets = {unit.code: unit for unit in scenario.hamlets}
        shared = (*_day_columns(scenario, places.campaign), *_columns(batches, 4))
        task = progress.add_task("facts by province", total=len(places.units))
        written = 0
        for tenant, ids in sorted(places.units.items()):
            if not await connection.fetchval(_HAS_FACTS, tenant, places.campaign.id):
                numbers = places.campaign.numbers
                series = [
                    (
                        ids[one.unit.code],
                        numbers.indicators[one.indicator.code],
                        places.sources[one.source],
                        OUTCOME_NO[Outcome(one.outcome)],
                        numbers.reasons[one.reason] if one.reason else 0,
                        one.total,
                        one.phase,
                        one.number,
                    )
                    for one in all_series(scenario, [hamlets[code] for code in sorted(ids)])
                ]
                told = await connection.execute(
                    _ADD_FACTS,
                    tenant,
                    places.campaign.id,
                    *shared,
                    *_columns(series, 8),
                    scenario.days[0],
                    timeout=None,
                )
                written += int(told.rpartition(" ")[2])
            progress.advance(task)
        return written

    async def _batches(
        self, connection: asyncpg.Connection, scenario: Scenario, places: _Places
    ) -> list[tuple[object, ...]]:
        """A batch for each source and day: source id, day number, moment of reception, acknowledgement."""
        wanted = [
            (uuid.uuid5(uuid.NAMESPACE_URL, f"{scenario.code}/{code}/{day}"), places.sources[code], code, day)
            for day in range(1, len(scenario.days) + 1)
            for code in sorted(places.sources)
        ]
        campaign_id = places.campaign.id
        found = await connection.fetch(_KNOWN_BATCHES, campaign_id, [one[0] for one in wanted])
        if not found:
            progress_side = await asyncpg.connect(self._urls["progress"])
            try:
                fetched = await progress_side.fetch(_ACKNOWLEDGEMENTS, len(wanted))
            finally:
                await progress_side.close()
            moments = [received_at(scenario, code, day) for _, _, code, day in wanted]
            await connection.execute(
                _ADD_BATCHES,
                campaign_id,
                [one[0] for one in wanted],
                [row[0] for row in fetched],
                [one[1] for one in wanted],
                moments,
            )
            found = await connection.fetch(_KNOWN_BATCHES, campaign_id, [one[0] for one in wanted])
        acknowledged = {(row["source_id"], row["received_at"]): row["acknowledgement"] for row in found}
        return [
            (source_id, day, moment, acknowledged[source_id, moment])
            for _, source_id, code, day in wanted
            for moment in [received_at(scenario, code, day)]
        ]

    async def _derive(self, campaign_id: int, progress: Progress) -> None:
        """What reporting shows follows from the log, in one transaction: readers see the old until then."""
        task = progress.add_task("roll-ups derived", total=1)
        database = Database(self._urls["reporting"], service="reporting", clock=SystemClock(), pool_size=1)
        try:
            async with database.unit_of_work(actor="simulator") as work:
                await rebuild_campaign(work.connection, campaign_id)
        finally:
            await database.close()
        progress.advance(task)


async def _places(connection: asyncpg.Connection, scenario: Scenario) -> _Places:
    campaign_id = await connection.fetchval(_FIND, scenario.code)
    campaign = (await known_campaigns(connection, [campaign_id]))[campaign_id]
    units: dict[int, dict[str, int]] = {}
    for row in await connection.fetch(_UNITS, campaign_id):
        units.setdefault(row["tenant"], {})[row["code"]] = row["unit_id"]
    codes = [scenario.register, scenario.field]
    found = await connection.fetch("SELECT code, id FROM source_copy WHERE code = ANY ($1::text[])", codes)
    return _Places(campaign, units, {row["code"]: row["id"] for row in found})


def _day_columns(scenario: Scenario, campaign: CampaignDefinition) -> list[list[object]]:
    due = set(cumulative_days(len(scenario.days)))
    rows: list[tuple[object, ...]] = []
    for indicator in INDICATORS:
        running = scenario.running_weights(indicator)
        number = campaign.numbers.indicators[indicator.code]
        whole = max(1, running[-1])
        rows += [
            (number, day, running[day], running[day - 1], whole, day in due) for day in range(1, len(scenario.days) + 1)
        ]
    return _columns(rows, 6)


def _columns(rows: Sequence[tuple[object, ...]], count: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]
