"""The log of facts, the live row of every key (rule 3), and which sources have rows at an anchor."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple

import asyncpg

from services.contracts.events import RowsRecorded
from services.reporting.projector.columns import number_column
from services.reporting.projector.contributions import Anchor, LiveRow, NewRow, Presence, Stretch
from services.reporting.projector.copies import renew_coverage
from services.reporting.projector.counting import CountingRules, Place

# One statement sees one state: `live` in it is what stood before, whatever it writes. A key that has no live row has no
# fact either; such rows are inserted plainly, at a third of what ON CONFLICT costs (nobody else writes meanwhile).
_RECORD = """
    WITH incoming AS MATERIALIZED (
        SELECT DISTINCT ON (
            tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day_no,
            batch.received_at, acknowledgement)
            given.*, batch.source_id, batch.received_at, old.mode_no AS old_mode_no, old.value AS old_value,
            old.received_at AS old_received_at, old.acknowledgement AS old_acknowledgement
        FROM unnest(
            $2::text::bigint[], $3::text::smallint[], $4::text::bigint[], $5::text::smallint[], $6::text::bigint[],
            $7::text::smallint[], $8::text::smallint[], $9::text::integer[], $10::text::bigint[],
            $11::text::smallint[], $12::text::bigint[], $13::text::boolean[])
        AS given (
            tenant, indicator_no, anchor_id, outcome_no, unit_id, cohort_no, reason_no, day_no, acknowledgement,
            mode_no, value, about)
        JOIN unnest($14::bigint[], $15::bigint[], $16::timestamptz[]) AS batch (acknowledgement, source_id, received_at)
            USING (acknowledgement)
        LEFT JOIN LATERAL (
            SELECT live.mode_no, live.value, live.received_at, live.acknowledgement FROM live
            WHERE live.tenant = given.tenant AND live.campaign_id = $1 AND live.indicator_no = given.indicator_no
                AND live.anchor_id = given.anchor_id AND live.outcome_no = given.outcome_no
                AND live.unit_id = given.unit_id AND live.source_id = batch.source_id
                AND live.cohort_no = given.cohort_no AND live.reason_no = given.reason_no
                AND live.day = date '1970-01-01' + given.day_no
            OFFSET 0
        ) AS old ON true
        ORDER BY tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day_no,
            batch.received_at DESC, acknowledgement DESC
    ), logged AS (
        INSERT INTO fact (
            tenant, campaign_id, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no, day, received_at,
            acknowledgement, mode_no, value, about)
        SELECT tenant, $1, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no,
            date '1970-01-01' + day_no, received_at, acknowledgement, mode_no, value, about
        FROM incoming WHERE old_value IS NULL
    ), logged_again AS (
        INSERT INTO fact (
            tenant, campaign_id, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no, day, received_at,
            acknowledgement, mode_no, value, about)
        SELECT tenant, $1, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no,
            date '1970-01-01' + day_no, received_at, acknowledgement, mode_no, value, about
        FROM incoming WHERE old_value IS NOT NULL
        ON CONFLICT DO NOTHING
    ), numbered AS (
        SELECT *, row_number() OVER (
            PARTITION BY tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day_no
            ORDER BY received_at DESC, acknowledgement DESC) AS place
        FROM incoming
    ), winner AS MATERIALIZED (
        SELECT *, old_value IS NULL AND row_number() OVER (
            PARTITION BY tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no
            ORDER BY day_no) = 1 AS opens
        FROM numbered
        WHERE place = 1
            AND (old_value IS NULL OR (old_received_at, old_acknowledgement) < (received_at, acknowledgement))
    ), created AS (
        INSERT INTO live (
            tenant, campaign_id, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day,
            mode_no, value, received_at, acknowledgement, about)
        SELECT tenant, $1, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no,
            date '1970-01-01' + day_no, mode_no, value, received_at, acknowledgement, about
        FROM winner WHERE old_value IS NULL
    ), corrected AS (
        INSERT INTO live (
            tenant, campaign_id, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day,
            mode_no, value, received_at, acknowledgement, about)
        SELECT tenant, $1, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no,
            date '1970-01-01' + day_no, mode_no, value, received_at, acknowledgement, about
        FROM winner WHERE old_value IS NOT NULL
        ON CONFLICT (
            tenant, campaign_id, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day)
        DO UPDATE SET mode_no = excluded.mode_no, value = excluded.value, received_at = excluded.received_at,
            acknowledgement = excluded.acknowledgement, about = excluded.about
    )
    SELECT tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day_no, mode_no,
        value, acknowledgement, old_mode_no, old_value, old_acknowledgement, opens,
        CASE WHEN opens THEN (
            SELECT live.day - date '1970-01-01' FROM live
            WHERE live.tenant = winner.tenant AND live.campaign_id = $1
                AND live.indicator_no = winner.indicator_no AND live.anchor_id = winner.anchor_id
                AND live.outcome_no = winner.outcome_no AND live.unit_id = winner.unit_id
                AND live.source_id = winner.source_id AND live.cohort_no = winner.cohort_no
                AND live.reason_no = winner.reason_no
            ORDER BY live.tenant, live.campaign_id, live.indicator_no, live.anchor_id, live.outcome_no, live.unit_id,
                live.source_id, live.cohort_no, live.reason_no, live.day
            LIMIT 1) END AS first_day
    FROM winner
    ORDER BY tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day_no
"""
# Rows of a batch that was withdrawn before they came, or came again: nothing of them is ever live.
_LOG = """
    INSERT INTO fact (
        tenant, campaign_id, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no, day, received_at,
        acknowledgement, mode_no, value, about)
    SELECT tenant, $1, indicator_no, unit_id, $2, cohort_no, outcome_no, reason_no, date '1970-01-01' + day_no, $3, $4,
        mode_no, value, about
    FROM unnest(
        $5::bigint[], $6::bigint[], $7::smallint[], $8::smallint[], $9::smallint[], $10::smallint[], $11::integer[],
        $12::smallint[], $13::bigint[], $14::boolean[])
    AS given (tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day_no, mode_no, value, about)
    ORDER BY tenant, indicator_no, unit_id, cohort_no, outcome_no, reason_no, day_no
    ON CONFLICT DO NOTHING
"""
_PRESENCES = """
    SELECT tenant, indicator_no, anchor_id, outcome_no, source_id, first_day - date '1970-01-01' AS first_day,
        has_cumulative
    FROM unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::smallint[])
        AS anchor (tenant, indicator_no, anchor_id, outcome_no)
    JOIN anchor_source USING (tenant, indicator_no, anchor_id, outcome_no)
    WHERE anchor_source.campaign_id = $1
"""
_STORE_PRESENCES = """
    INSERT INTO anchor_source (
        tenant, campaign_id, indicator_no, anchor_id, outcome_no, source_id, first_day, has_cumulative)
    SELECT tenant, $1, indicator_no, anchor_id, outcome_no, source_id, date '1970-01-01' + day_no, has_cumulative
    FROM unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::smallint[], $6::bigint[], $7::integer[], $8::boolean[])
        AS presence (tenant, indicator_no, anchor_id, outcome_no, source_id, day_no, has_cumulative)
    ORDER BY tenant, indicator_no, anchor_id, outcome_no, source_id
    ON CONFLICT (tenant, campaign_id, indicator_no, anchor_id, outcome_no, source_id)
    DO UPDATE SET first_day = excluded.first_day, has_cumulative = excluded.has_cumulative
"""
_STORE_REPORTED = """
    INSERT INTO anchor_reported (tenant, campaign_id, indicator_no, anchor_id, first_day)
    SELECT tenant, $1, indicator_no, anchor_id, date '1970-01-01' + min(day_no)
    FROM unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::integer[])
        AS presence (tenant, indicator_no, anchor_id, day_no)
    GROUP BY tenant, indicator_no, anchor_id
    ORDER BY tenant, indicator_no, anchor_id
    ON CONFLICT (tenant, campaign_id, indicator_no, anchor_id) DO UPDATE SET first_day = excluded.first_day
        WHERE anchor_reported.first_day > excluded.first_day
"""
_LIVE_ROWS = """
    SELECT live.tenant, live.indicator_no, live.anchor_id, live.outcome_no, unit_id, source_id, cohort_no, reason_no,
        day - date '1970-01-01', mode_no, value, acknowledgement
    FROM unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::smallint[])
        AS anchor (tenant, indicator_no, anchor_id, outcome_no)
    JOIN live USING (tenant, indicator_no, anchor_id, outcome_no)
    WHERE live.campaign_id = $1
"""
_OF_SERIES = """
    live.tenant = series.tenant AND live.campaign_id = $1 AND live.indicator_no = series.indicator_no
    AND live.anchor_id = series.anchor_id AND live.outcome_no = series.outcome_no AND live.unit_id = series.unit_id
    AND live.source_id = series.source_id AND live.cohort_no = series.cohort_no AND live.reason_no = series.reason_no
"""
_KEY = (
    *("tenant", "campaign_id", "indicator_no", "anchor_id", "outcome_no", "unit_id", "source_id", "cohort_no"),
    *("reason_no", "day"),
)
# Look-ups in the order of the key, which statistics that know nothing of what has just come cannot turn into a scan.
_STRETCHES = f"""
    SELECT series.tenant, series.indicator_no, series.anchor_id, series.outcome_no, series.unit_id, series.source_id,
        series.cohort_no, series.reason_no, row.day - date '1970-01-01', row.mode_no, row.value, row.acknowledgement
    FROM unnest(
        $2::bigint[], $3::smallint[], $4::bigint[], $5::smallint[], $6::bigint[], $7::bigint[], $8::smallint[],
        $9::smallint[], $10::integer[], $11::integer[])
    AS series (
        tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, first_day, last_day)
    CROSS JOIN LATERAL (
        SELECT coalesce((
            SELECT live.day FROM live
            WHERE {_OF_SERIES} AND live.day < date '1970-01-01' + series.first_day AND live.mode_no = 1
            ORDER BY {", ".join(f"live.{one} DESC" for one in _KEY)} LIMIT 1
        ), date '-infinity') AS begins, coalesce((
            SELECT live.day FROM live
            WHERE {_OF_SERIES} AND live.day > date '1970-01-01' + series.last_day AND live.mode_no = 1
            ORDER BY {", ".join(f"live.{one}" for one in _KEY)} LIMIT 1
        ), date 'infinity') AS ends
        OFFSET 0
    ) AS around
    CROSS JOIN LATERAL (
        SELECT live.day, live.mode_no, live.value, live.acknowledgement FROM live
        WHERE {_OF_SERIES} AND live.day BETWEEN around.begins AND around.ends
        OFFSET 0
    ) AS row
"""

Presences = dict[Anchor, dict[int, Presence]]
"""By anchor and source."""


class Recorded(NamedTuple):
    """What a batch brought: the rows that became live, by anchor, and who sent cumulative rows there."""

    new_rows: dict[Anchor, list[NewRow]]
    cumulative: dict[Anchor, set[int]]

    def rows(self) -> Iterable[NewRow]:
        """All rows that became live."""
        return chain.from_iterable(self.new_rows.values())


async def record(
    connection: asyncpg.Connection, rules: CountingRules, events: Sequence[RowsRecorded], places: Mapping[int, Place]
) -> Recorded:
    """Every row is in the log, the latest of each key is live."""
    anchors: dict[tuple[int, int], int] = {}
    cumulative: defaultdict[Anchor, set[int]] = defaultdict(set)
    columns: list[list[Any]] = [[] for _ in range(12)]
    for event in events:
        rows, batch = event.rows, event.batch
        where = list(zip(rows.unit_id, rows.indicator_no, strict=True))
        for unit_id, indicator_no in set(where) - anchors.keys():
            anchors[unit_id, indicator_no] = rules.anchor(places[unit_id], indicator_no)
        count = len(where)
        tenants = [places[unit_id].tenant for unit_id in rows.unit_id]
        anchor_ids = [anchors[key] for key in where]
        about = [False] * count
        for position in rows.about:
            about[position] = True
        if any(rows.mode_no):
            for *anchor, mode_no in zip(
                tenants, rows.indicator_no, anchor_ids, rows.outcome_no, rows.mode_no, strict=True
            ):
                if mode_no:
                    cumulative[Anchor(*anchor)].add(batch.source_id)
        values = (
            tenants,
            rows.indicator_no,
            anchor_ids,
            rows.outcome_no,
            rows.unit_id,
            rows.cohort_no,
            rows.reason_no,
            rows.day,
            [batch.acknowledgement] * count,
            rows.mode_no,
            rows.value,
            about,
        )
        for column, more in zip(columns, values, strict=True):
            column.extend(more)
    batches = {event.batch.acknowledgement: event.batch for event in events}.values()
    found = await connection.fetch(
        _RECORD,
        rules.campaign_id,
        *map(number_column, columns),
        [batch.acknowledgement for batch in batches],
        [batch.source_id for batch in batches],
        [batch.received_at for batch in batches],
    )
    new_rows = {Anchor(*anchor): [NewRow(*row) for row in rows] for anchor, rows in groupby(found, _ANCHOR_OF)}
    return Recorded(new_rows, cumulative)


async def log(
    connection: asyncpg.Connection, campaign_id: int, event: RowsRecorded, places: Mapping[int, Place]
) -> None:
    """The rows are in the log and count nowhere: their batch is withdrawn."""
    rows, batch = event.rows, event.batch
    about = set(rows.about)
    await connection.execute(
        _LOG,
        campaign_id,
        batch.source_id,
        batch.received_at,
        batch.acknowledgement,
        [places[unit_id].tenant for unit_id in rows.unit_id],
        rows.unit_id,
        rows.indicator_no,
        rows.cohort_no,
        rows.outcome_no,
        rows.reason_no,
        rows.day,
        rows.mode_no,
        rows.value,
        [place in about for place in range(len(rows.unit_id))],
    )


_ANCHOR_OF = itemgetter(0, 1, 2, 3)


async def note_presences(
    connection: asyncpg.Connection, campaign_id: int, recorded: Recorded
) -> tuple[Presences, Presences]:
    """It is known from which day on each source has rows at each anchor; answers that before and after the batch."""
    anchors = recorded.new_rows.keys() | recorded.cumulative.keys()
    if not anchors:
        return {}, {}
    before = await presences_of(connection, campaign_id, anchors)
    after = {anchor: dict(presences) for anchor, presences in before.items()}
    for anchor, rows in recorded.new_rows.items():
        for row in rows:
            _note(after[anchor], row.source_id, row.day, has_cumulative=False)
    # A row that lost against a later one counts here too: the answer must not depend on the order in which they came.
    for anchor, sources in recorded.cumulative.items():
        for source_id in sources:
            _note(after[anchor], source_id, after[anchor][source_id].first_day, has_cumulative=True)
    await store_presences(connection, campaign_id, before, after)
    return before, after


async def presences_of(connection: asyncpg.Connection, campaign_id: int, anchors: Iterable[Anchor]) -> Presences:
    """Which sources have rows at each of the anchors, at least one."""
    found: Presences = {anchor: {} for anchor in anchors}
    for row in await connection.fetch(_PRESENCES, campaign_id, *zip(*found, strict=True)):
        *anchor, source_id, first_day, has_cumulative = row
        found[Anchor(*anchor)][source_id] = Presence(first_day, has_cumulative)
    return found


async def store_presences(
    connection: asyncpg.Connection, campaign_id: int, before: Presences, after: Presences
) -> None:
    """Those that have changed are stored, and coverage follows."""
    changed = [
        (*anchor, source_id, *presence)
        for anchor, presences in after.items()
        for source_id, presence in presences.items()
        if before[anchor].get(source_id) != presence
    ]
    if changed:
        tenants, indicators, anchor_ids, outcomes, sources, days, flags = zip(*changed, strict=True)
        await connection.execute(
            _STORE_PRESENCES, campaign_id, tenants, indicators, anchor_ids, outcomes, sources, days, flags
        )
        await connection.execute(_STORE_REPORTED, campaign_id, tenants, indicators, anchor_ids, days)
        await renew_coverage(connection, campaign_id)


def with_days(presences: Mapping[int, Presence], first_days: Mapping[int, int]) -> dict[int, Presence]:
    """The presences, once daily rows of these sources have come, of these days at the earliest."""
    found = dict(presences)
    for source_id, day in first_days.items():
        _note(found, source_id, day, has_cumulative=False)
    return found


def _note(presences: dict[int, Presence], source_id: int, day: int, *, has_cumulative: bool) -> None:
    old = presences.get(source_id)
    if old is None:
        presences[source_id] = Presence(day, has_cumulative)
    elif day < old.first_day or has_cumulative > old.has_cumulative:
        presences[source_id] = Presence(min(day, old.first_day), has_cumulative or old.has_cumulative)


async def live_stretches(
    connection: asyncpg.Connection, campaign_id: int, wanted: Mapping[Anchor, Iterable[Stretch]]
) -> dict[Anchor, list[LiveRow]]:
    """The live rows of each stretch, from the last cumulative row before it to the first one behind it."""
    found: defaultdict[Anchor, list[LiveRow]] = defaultdict(list)
    asked = [(*anchor, *one.series, *one[1:]) for anchor, some in wanted.items() for one in some]
    if asked:
        for row in map(tuple, await connection.fetch(_STRETCHES, campaign_id, *zip(*asked, strict=True))):
            found[Anchor(*row[:4])].append(LiveRow(*row[4:]))
    return found


async def live_rows(
    connection: asyncpg.Connection, campaign_id: int, anchors: Iterable[Anchor]
) -> dict[Anchor, list[LiveRow]]:
    """All live rows of each of the anchors."""
    found: defaultdict[Anchor, list[LiveRow]] = defaultdict(list)
    wanted = list(anchors)
    if wanted:
        for row in map(tuple, await connection.fetch(_LIVE_ROWS, campaign_id, *zip(*wanted, strict=True))):
            found[Anchor(*row[:4])].append(LiveRow(*row[4:]))
    return found
