"""Rows that pass straight through: logged, made live and summed up the tree in one statement.

Most rows are daily ones of whoever speaks. Where that holds for every anchor of a batch, nothing has to be reckoned in
Python: what a row changes at its unit follows from the row itself and from the one that it replaces, and climbs by
array look-ups, which no planner can get wrong. `recording` decides; `contributions.passed_through` says the same in
Python, and the law of `test_laws.py` holds for both.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg

from services.contracts.events import RowsRecorded
from services.reporting.projector import copies, ledger, rollups
from services.reporting.projector.climbing import Ancestry
from services.reporting.projector.columns import number_column
from services.reporting.projector.contributions import Anchor, Differences, may_pass_through, silent_from
from services.reporting.projector.counting import STOCK_NO, CountingRules, Place
from services.reporting.projector.rollups import ON_RECEIVED_BEFORE

STEPS_UP = 6
"""How far below its top unit a tree may reach for this way; a deeper one takes the other."""

_KEY = "indicator_no, cohort_no, outcome_no, reason_no, day_no"
_ARRIVALS = ("min(first_received_at) AS first_received_at", "max(received_at) AS received_at")
_SUMS = ("sum(delta)::bigint AS delta", "sum(known)::integer AS known", "sum(rows)::integer AS rows")


def _climbing(first: str, name: str, key: str, *sums: str) -> str:
    """CTEs `first` → `name`1, `name`2 …, each one step further up, then `name`: all of them, by place and key."""
    parts, below = [], first
    for step in range(1, STEPS_UP + 1):
        parts.append(
            f"{name}{step} AS (SELECT ($18::integer[])[place] AS place, {key}, {', '.join(sums)} FROM {below}"
            f" WHERE ($18::integer[])[place] > 0 GROUP BY 1, {key})"
        )
        below = f"{name}{step}"
    everything = " UNION ALL ".join(
        f"SELECT * FROM {one}" for one in (first, *(f"{name}{step}" for step in range(1, STEPS_UP + 1)))
    )
    parts.append(f"{name} AS (SELECT place, {key}, {', '.join(sums)} FROM ({everything}) AS one GROUP BY place, {key})")
    return ", ".join(parts)


# No sum comes to nothing here: every day that changes has a row that counts, and every series stays known.
# One look finds the row that is replaced, or the one before it: then the series has begun earlier and opens nothing.
_PASS = f"""
    WITH incoming AS MATERIALIZED (
        SELECT DISTINCT ON (
            tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day_no,
            received_at, acknowledgement)
            given.*, old.day_no IS NULL AS is_first, replaced.*
        FROM (
            SELECT one.*, ($16::bigint[])[place] AS tenant, ($17::bigint[])[place] AS unit_id,
                ($13::bigint[])[batch] AS source_id, ($14::timestamptz[])[batch] AS received_at,
                ($12::bigint[])[batch] AS acknowledgement
            FROM unnest(
                $2::text::integer[], $3::text::smallint[], $4::text::bigint[], $5::text::smallint[],
                $6::text::smallint[], $7::text::smallint[], $8::text::integer[], $9::text::integer[],
                $10::text::bigint[], $11::text::boolean[])
            AS one (place, indicator_no, anchor_id, outcome_no, cohort_no, reason_no, day_no, batch, value, about)
        ) AS given
        LEFT JOIN LATERAL (
            SELECT live.day - date '1970-01-01' AS day_no, live.value, live.received_at, live.acknowledgement FROM live
            WHERE live.tenant = given.tenant AND live.campaign_id = $1 AND live.indicator_no = given.indicator_no
                AND live.anchor_id = given.anchor_id AND live.outcome_no = given.outcome_no
                AND live.unit_id = given.unit_id AND live.source_id = given.source_id
                AND live.cohort_no = given.cohort_no AND live.reason_no = given.reason_no
                AND live.day <= date '1970-01-01' + given.day_no
            ORDER BY live.tenant DESC, live.campaign_id DESC, live.indicator_no DESC, live.anchor_id DESC,
                live.outcome_no DESC, live.unit_id DESC, live.source_id DESC, live.cohort_no DESC, live.reason_no DESC,
                live.day DESC
            LIMIT 1
        ) AS old ON true
        CROSS JOIN LATERAL (
            SELECT CASE WHEN old.day_no = given.day_no THEN old.value END AS old_value,
                CASE WHEN old.day_no = given.day_no THEN old.received_at END AS old_received_at,
                CASE WHEN old.day_no = given.day_no THEN old.acknowledgement END AS old_acknowledgement
        ) AS replaced
        ORDER BY tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day_no,
            received_at DESC, acknowledgement DESC
    ), logged AS (
        INSERT INTO fact (
            tenant, campaign_id, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no, day, received_at,
            acknowledgement, mode_no, value, about)
        SELECT tenant, $1, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no,
            date '1970-01-01' + day_no, received_at, acknowledgement, 0, value, about
        FROM incoming WHERE old_value IS NULL
    ), logged_again AS (
        INSERT INTO fact (
            tenant, campaign_id, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no, day, received_at,
            acknowledgement, mode_no, value, about)
        SELECT tenant, $1, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no,
            date '1970-01-01' + day_no, received_at, acknowledgement, 0, value, about
        FROM incoming WHERE old_value IS NOT NULL
        ON CONFLICT DO NOTHING
    ), numbered AS (
        SELECT *, row_number() OVER (
            PARTITION BY tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day_no
            ORDER BY received_at DESC, acknowledgement DESC) AS nth
        FROM incoming
    ), winner AS MATERIALIZED (
        SELECT *, is_first AND row_number() OVER (
            PARTITION BY tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no
            ORDER BY day_no) = 1 AS opens
        FROM numbered
        WHERE nth = 1 AND (old_value IS NULL OR (old_received_at, old_acknowledgement) < (received_at, acknowledgement))
    ), created AS (
        INSERT INTO live (
            tenant, campaign_id, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day,
            mode_no, value, received_at, acknowledgement, about)
        SELECT tenant, $1, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no,
            date '1970-01-01' + day_no, 0, value, received_at, acknowledgement, about
        FROM winner WHERE old_value IS NULL
    ), corrected AS (
        INSERT INTO live (
            tenant, campaign_id, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day,
            mode_no, value, received_at, acknowledgement, about)
        SELECT tenant, $1, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no,
            date '1970-01-01' + day_no, 0, value, received_at, acknowledgement, about
        FROM winner WHERE old_value IS NOT NULL
        ON CONFLICT (
            tenant, campaign_id, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day)
        DO UPDATE SET mode_no = excluded.mode_no, value = excluded.value, received_at = excluded.received_at,
            acknowledgement = excluded.acknowledgement, about = excluded.about
    ), counted AS (
        SELECT place, {_KEY}, value - coalesce(old_value, 0) AS delta, (old_value IS NULL)::integer AS rows,
            CASE WHEN opens THEN 1 ELSE 0 END AS opens,
            CASE WHEN opens THEN (
                SELECT live.day - date '1970-01-01' FROM live
                WHERE live.tenant = winner.tenant AND live.campaign_id = $1
                    AND live.indicator_no = winner.indicator_no AND live.anchor_id = winner.anchor_id
                    AND live.outcome_no = winner.outcome_no AND live.unit_id = winner.unit_id
                    AND live.source_id = winner.source_id AND live.cohort_no = winner.cohort_no
                    AND live.reason_no = winner.reason_no
                ORDER BY live.tenant, live.campaign_id, live.indicator_no, live.anchor_id, live.outcome_no,
                    live.unit_id, live.source_id, live.cohort_no, live.reason_no, live.day
                LIMIT 1) END AS first_day
        FROM winner
        WHERE outcome_no <> {STOCK_NO} AND indicator_no = ANY ($15::smallint[])
    ), changed AS MATERIALIZED (
        SELECT place, {_KEY}, {", ".join(_SUMS)}
        FROM (
            SELECT place, {_KEY}, delta,
                CASE WHEN first_day IS NULL OR day_no < first_day THEN opens ELSE 0 END AS known, rows
            FROM counted
            UNION ALL
            SELECT place, indicator_no, cohort_no, outcome_no, reason_no, first_day, 0, -1, 0
            FROM counted WHERE opens = 1 AND day_no < first_day
        ) AS one
        GROUP BY place, {_KEY}
    ), {_climbing("changed", "up", _KEY, *_SUMS)},
    change AS MATERIALIZED (
        SELECT ($16::bigint[])[place] AS tenant, ($17::bigint[])[place] AS unit_id, {_KEY}, delta, known, rows
        FROM up WHERE delta <> 0 OR known <> 0 OR rows <> 0
    ), by_day AS (
        INSERT INTO rollup_day (
            tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day, delta, known, rows)
        SELECT tenant, $1, unit_id, indicator_no, cohort_no, outcome_no, reason_no, date '1970-01-01' + day_no,
            delta, known, rows
        FROM change
        ORDER BY tenant, unit_id, {_KEY}
        ON CONFLICT (tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day)
        DO UPDATE SET delta = rollup_day.delta + excluded.delta, known = rollup_day.known + excluded.known,
            rows = rollup_day.rows + excluded.rows
    ), total AS (
        INSERT INTO rollup_total (
            tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no, value, known)
        SELECT tenant, $1, unit_id, indicator_no, cohort_no, outcome_no, reason_no, sum(delta), sum(known)
        FROM change
        GROUP BY tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no
        HAVING sum(delta) <> 0 OR sum(known) <> 0
        ORDER BY tenant, unit_id, indicator_no, cohort_no, outcome_no, reason_no
        ON CONFLICT (tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no)
        DO UPDATE SET value = rollup_total.value + excluded.value, known = rollup_total.known + excluded.known
    ), arrived AS MATERIALIZED (
        SELECT place, indicator_no, day_no, min(received_at) AS first_received_at, max(received_at) AS received_at
        FROM incoming GROUP BY place, indicator_no, day_no
    ), {_climbing("arrived", "arrival", "indicator_no, day_no", *_ARRIVALS)},
    received AS (
        INSERT INTO rollup_received (tenant, campaign_id, unit_id, indicator_no, day, received_at, first_received_at)
        SELECT ($16::bigint[])[place], $1, ($17::bigint[])[place], indicator_no, date '1970-01-01' + day_no,
            received_at, first_received_at
        FROM arrival ORDER BY 1, 3, 4, 5
        {ON_RECEIVED_BEFORE}
    )
    SELECT unit_id, indicator_no, day_no, acknowledgement, old_acknowledgement
    FROM winner
    WHERE outcome_no <> {STOCK_NO} AND indicator_no = ANY ($15::smallint[])
        AND ($19 OR EXISTS (
            SELECT FROM batch_copy AS old
            WHERE old.acknowledgement = winner.old_acknowledgement AND cardinality(old.labels) > 0))
"""


async def pass_straight(
    connection: asyncpg.Connection, rules: CountingRules, events: Sequence[RowsRecorded], places: Mapping[int, Place]
) -> bool:
    """Log, live rows and roll-ups hold the rows of the events; False where they do not pass straight through.

    Then nothing has been written. `places`: where their units stand. The batches are known already.
    """
    ancestry = Ancestry(places.values())
    if not _is_plain(rules, events) or max(ancestry.depth.values(), default=0) > STEPS_UP:
        return False
    anchor_ids: dict[tuple[int, int], int] = {}
    first_days: defaultdict[Anchor, dict[int, int]] = defaultdict(dict)
    for event in events:
        _note_anchors(rules, event, places, anchor_ids, first_days)
    before = await ledger.presences_of(connection, rules.campaign_id, first_days)
    after = {anchor: ledger.with_days(before[anchor], days) for anchor, days in first_days.items()}
    for anchor, days in first_days.items():
        groups = rules.groups[anchor.indicator_no]
        silent = silent_from(after[anchor], groups)
        if any(silent[groups[source_id]] is not None for source_id in days):
            return False
        if not may_pass_through(before[anchor], after[anchor], groups):
            return False
    await ledger.store_presences(connection, rules.campaign_id, before, after)
    rows = await connection.fetch(_PASS, rules.campaign_id, *_parameters(rules, events, anchor_ids, ancestry))
    if rows:
        await _relabel(connection, rules, events, rows, places)
    return True


def _is_plain(rules: CountingRules, events: Iterable[RowsRecorded]) -> bool:
    """Whether all rows are daily, of sources that stand in a group."""
    return all(
        not any(event.rows.mode_no)
        and all(event.batch.source_id in rules.groups[number] for number in set(event.rows.indicator_no))
        for event in events
    )


def _note_anchors(
    rules: CountingRules,
    event: RowsRecorded,
    places: Mapping[int, Place],
    anchor_ids: dict[tuple[int, int], int],
    first_days: dict[Anchor, dict[int, int]],
) -> None:
    rows, source_id = event.rows, event.batch.source_id
    for unit_id, number in set(zip(rows.unit_id, rows.indicator_no, strict=True)) - anchor_ids.keys():
        anchor_ids[unit_id, number] = rules.anchor(places[unit_id], number)
    kinds = set(zip(rows.unit_id, rows.indicator_no, rows.outcome_no, rows.day, strict=True))
    for unit_id, number, outcome_no, day in kinds:
        anchor = Anchor(places[unit_id].tenant, number, anchor_ids[unit_id, number], outcome_no)
        days = first_days[anchor]
        if day < days.get(source_id, day + 1):
            days[source_id] = day


def _parameters(
    rules: CountingRules,
    events: Sequence[RowsRecorded],
    anchor_ids: Mapping[tuple[int, int], int],
    ancestry: Ancestry,
) -> list[Any]:
    """From $2 on. Units and batches are numbered from 1, as PostgreSQL counts the elements of an array."""
    units = list(ancestry.depth)
    number_of = {unit_id: number for number, unit_id in enumerate(units, start=1)}
    columns: list[list[Any]] = [[] for _ in range(10)]
    for number, event in enumerate(events, start=1):
        rows = event.rows
        count = len(rows.unit_id)
        about = [False] * count
        for position in rows.about:
            about[position] = True
        values = (
            [number_of[unit_id] for unit_id in rows.unit_id],
            rows.indicator_no,
            [anchor_ids[key] for key in zip(rows.unit_id, rows.indicator_no, strict=True)],
            rows.outcome_no,
            rows.cohort_no,
            rows.reason_no,
            rows.day,
            [number] * count,
            rows.value,
            about,
        )
        for column, more in zip(columns, values, strict=True):
            column.extend(more)
    batches = [event.batch for event in events]
    return [
        *map(number_column, columns),
        [batch.acknowledgement for batch in batches],
        [batch.source_id for batch in batches],
        [batch.received_at for batch in batches],
        [number for number in rules.groups if rules.is_summed(number, 0)],
        [ancestry.tenant[unit_id] for unit_id in units],
        units,
        [0 if ancestry.depth[unit_id] == 0 else number_of[ancestry.parent[unit_id]] for unit_id in units],
        any(batch.labels for batch in batches),
    ]


async def _relabel(
    connection: asyncpg.Connection,
    rules: CountingRules,
    events: Iterable[RowsRecorded],
    rows: Sequence[asyncpg.Record],
    places: Mapping[int, Place],
) -> None:
    """Labels follow the rows that carry them."""
    labels = {event.batch.acknowledgement: event.batch.labels for event in events}
    old = {row["old_acknowledgement"] for row in rows} - labels.keys() - {None}
    known = await copies.labels_of(connection, rules.campaign_id, old)
    found = Differences()
    for unit_id, indicator_no, day, acknowledgement, old_acknowledgement in map(tuple, rows):
        gained = labels.get(acknowledgement, ())
        lost = labels.get(old_acknowledgement) or known.get(old_acknowledgement, ())
        for sign, names in ((1, gained), (-1, lost)):
            found.labels.extend(((unit_id, indicator_no, name, day), sign) for name in names)
    await rollups.pass_up(connection, rules.campaign_id, found, places)
