"""SQL of the ledger. Rows come sorted by key and are written in that order, so that writers never deadlock."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import asyncpg
import msgspec

from services.chassis.identity import Caller
from services.progress.ledger.rows import Form, LedgerRows

# One question for all that a batch is judged against; what it names by version is kept in memory.
_STATE = """
    SELECT nextval('batch_acknowledgement') AS acknowledgement, c.version, c.quota_version, s.revision,
           (SELECT through FROM closure WHERE campaign_id = c.id ORDER BY revision DESC LIMIT 1) AS closed_through,
           f.numbers, f.levels, f.by_cohorts, f.has_cumulative
    FROM campaign_copy c
    LEFT JOIN source s ON s.code = $2
    LEFT JOIN LATERAL (
        SELECT array_agg(indicator_no) AS numbers, array_agg(level) AS levels,
               array_agg(by_cohorts) AS by_cohorts, array_agg(has_cumulative) AS has_cumulative
        FROM source_indicator i WHERE i.campaign_id = c.id AND i.source_id = s.id
    ) f ON true
    WHERE c.code = $1
"""
_LOCK_SOURCE = "SELECT id FROM source WHERE code = $1 FOR NO KEY UPDATE"
_PUT_FORMS = """
    INSERT INTO source_indicator (campaign_id, source_id, indicator_no, level, by_cohorts, has_cumulative)
    SELECT $1, $2, * FROM unnest($3::smallint[], $4::text[], $5::boolean[], $6::boolean[])
    ON CONFLICT (campaign_id, source_id, indicator_no) DO UPDATE
        SET has_cumulative = source_indicator.has_cumulative OR excluded.has_cumulative
"""
_FIRST_REPORTED = """
    INSERT INTO indicator_reported (campaign_id, indicator_no)
    SELECT $1, * FROM unnest($2::smallint[]) ON CONFLICT DO NOTHING RETURNING indicator_no
"""
# Three columns a row; the rest is looked up in what the heads say. The columns travel as array literals: asyncpg asks
# of each element of an array whether it is a sequence, which cost more than all else here (10 columns: 2 ms a 1,000
# rows, 2026-11).
_ROWS = """
    SELECT one.unit_id, one.value, one.place, ({0}::bigint[])[one.head] AS tenant,
           ({1}::smallint[])[one.head] AS indicator_no, ({2}::smallint[])[one.head] AS cohort_no,
           ({3}::smallint[])[one.head] AS outcome_no, ({4}::smallint[])[one.head] AS reason_no,
           date '1970-01-01' + ({5}::integer[])[one.head] AS day, ({6}::smallint[])[one.head] AS mode_no,
           ({7}::boolean[])[one.head] AS about
    FROM unnest({8}::text::bigint[], {9}::text::bigint[], {10}::text::integer[], {11}::text::integer[])
        AS one (unit_id, value, head, place)
"""
SUMMARIZE = "SELECT brin_summarize_new_values('ledger_acknowledgement')"
"""The block index by acknowledgement knows all blocks: what came since the last time is read whole by who asks it."""
SAME_SERIES = """
    l.tenant = r.tenant AND l.campaign_id = $1 AND l.unit_id = r.unit_id AND l.indicator_no = r.indicator_no
    AND l.source_id = $2 AND l.cohort_no = r.cohort_no AND l.outcome_no = r.outcome_no AND l.reason_no = r.reason_no
"""
# The ledger takes every row; of the live rows those change that are older by rule 3, and say how.
_APPEND = """
    WITH r AS ({rows}), appended AS (
        INSERT INTO ledger (
            tenant, campaign_id, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day,
            acknowledgement, received_at, mode_no, value, about
        )
        SELECT tenant, $1, unit_id, indicator_no, $2, cohort_no, outcome_no, reason_no, day, $3, {received},
               mode_no, value, about
        FROM r
    ), live AS (
        INSERT INTO latest AS l (
            tenant, campaign_id, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day,
            acknowledgement, received_at, mode_no, value, about
        )
        SELECT tenant, $1, unit_id, indicator_no, $2, cohort_no, outcome_no, reason_no, day, $3, {received},
               mode_no, value, about
        FROM r
        ON CONFLICT (tenant, campaign_id, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day)
        DO UPDATE SET
            acknowledgement = excluded.acknowledgement, received_at = excluded.received_at,
            mode_no = excluded.mode_no, value = excluded.value, about = excluded.about, previous_value = l.value,
            repeats = (l.value, l.mode_no, l.about) = (excluded.value, excluded.mode_no, excluded.about)
        WHERE (l.received_at, l.acknowledgement) < (excluded.received_at, excluded.acknowledgement)
        RETURNING previous_value, repeats
    )
    SELECT count(*) FILTER (WHERE previous_value IS NULL) AS created,
           count(*) FILTER (WHERE previous_value IS NOT NULL AND NOT repeats) AS corrected,
           count(*) FILTER (WHERE repeats) AS repeated
    FROM live
"""
_OUTDATED = """
    WITH r AS ({rows})
    SELECT r.place, l.received_at FROM r JOIN latest l ON {same_series} AND l.day = r.day
    WHERE l.acknowledgement <> $3
    ORDER BY r.place LIMIT {most}
"""
# A row bears on two days: its own, where it is a running total, and the next day that has one.
_FALLS = """
    WITH r AS ({rows}), changed AS (
        SELECT r.* FROM r JOIN latest l ON {same_series} AND l.day = r.day
        WHERE l.acknowledgement = $3 AND NOT l.repeats
    )
    SELECT max(r.place) AS place, c.day, c.value, eve.total
    FROM changed r
    CROSS JOIN LATERAL (
        SELECT l.day, l.value FROM latest l WHERE {same_series} AND l.day >= r.day AND l.mode_no = 1
        ORDER BY l.day LIMIT 1 + r.mode_no
    ) c
    LEFT JOIN LATERAL (
        SELECT l.day, l.value FROM latest l WHERE {same_series} AND l.day < c.day AND l.mode_no = 1
        ORDER BY l.day DESC LIMIT 1
    ) b ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(b.value, 0) + coalesce(sum(l.value), 0) AS total FROM latest l
        WHERE {same_series} AND l.day < c.day AND (b.day IS NULL OR l.day > b.day) AND l.mode_no = 0
    ) eve
    WHERE c.value < eve.total
    GROUP BY r.tenant, r.unit_id, r.indicator_no, r.cohort_no, r.outcome_no, r.reason_no, c.day, c.value, eve.total
    ORDER BY place, c.day LIMIT {most}
"""


def rows_sql(first: int) -> str:
    """The rows of `arguments`, which are the twelve parameters from that number on."""
    return _ROWS.format(*(f"${first + place}" for place in range(12)))


def append_sql(rows: str, *, received: str) -> str:
    """The rows of a query enter ledger and live rows. $1 to $3: campaign, source, acknowledgement."""
    return _APPEND.format(rows=rows, received=received)


def outdated_sql(rows: str, *, most: str) -> str:
    """Which of the rows of a query did not become live."""
    return _OUTDATED.format(rows=rows, same_series=SAME_SERIES, most=most)


def falls_sql(rows: str, *, most: str) -> str:
    """On which days the totals fall that the rows of a query bear on."""
    return _FALLS.format(rows=rows, same_series=SAME_SERIES, most=most)


_APPEND_ROWS = append_sql(rows_sql(4), received="$16")
_OUTDATED_ROWS = outdated_sql(rows_sql(4), most="$16")
_FALLS_ROWS = falls_sql(rows_sql(4), most="$16")
_KEEP_BATCH = """
    INSERT INTO batch (
        id, acknowledgement, campaign_id, source_id, received_at, subject, sender_units, status, within_id, labels,
        amends, amends_through, receipt
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::date IS NOT NULL, $11, $12)
"""


class State(msgspec.Struct, frozen=True):
    """What a batch is judged against, as this transaction sees it.

    `quota_version` moves with plans and voids. `source_revision`: None for an unknown source. `closed_through`: the
    last closed day, None where none is.
    """

    acknowledgement: int
    campaign_version: int
    quota_version: int
    source_revision: int | None
    closed_through: date | None
    forms: dict[int, Form]


class Appended(msgspec.Struct, frozen=True):
    """What rows did to the live ones; those that did nothing are older than what is live."""

    created: int
    corrected: int
    repeated: int


class Outdated(msgspec.Struct, frozen=True):
    """A row that did not become live, and when the live one was received."""

    place: int
    received_at: datetime


class Fall(msgspec.Struct, frozen=True):
    """On `day` the total is `total`, below the `before` of its eve; the row at `place` has to do with it."""

    place: int
    day: str
    before: int
    total: int


async def state(connection: asyncpg.Connection, campaign: str, source: str, *, lock: bool) -> State | None:
    """The state for one batch, None without the campaign; with `lock` no other first row of the source comes by."""
    if lock:
        await connection.execute(_LOCK_SOURCE, source)
    row = await connection.fetchrow(_STATE, campaign, source)
    if row is None:
        return None
    forms: dict[int, Form] = {}
    if row["numbers"]:
        columns = zip(row["numbers"], row["levels"], row["by_cohorts"], row["has_cumulative"], strict=True)
        forms = {number: Form(level, by_cohorts, cumulative) for number, level, by_cohorts, cumulative in columns}
    return State(
        acknowledgement=row["acknowledgement"],
        campaign_version=row["version"],
        quota_version=row["quota_version"],
        source_revision=row["revision"],
        closed_through=row["closed_through"],
        forms=forms,
    )


async def keep_forms(
    connection: asyncpg.Connection, *, campaign_id: int, source_id: int, forms: Mapping[int, Form]
) -> list[int]:
    """How the source reports these indicators is on record; answers those that nobody had reported before."""
    numbers = sorted(forms)
    await connection.execute(
        _PUT_FORMS,
        campaign_id,
        source_id,
        numbers,
        [forms[number].level for number in numbers],
        [forms[number].by_cohorts for number in numbers],
        [forms[number].has_cumulative for number in numbers],
    )
    rows = await connection.fetch(_FIRST_REPORTED, campaign_id, numbers)
    return sorted(row["indicator_no"] for row in rows)


def arguments(rows: LedgerRows) -> list[object]:
    """The parameters of `rows_sql`. A head is one of the batch's heads, of one tenant."""
    if rows.tenant and rows.tenant[0] == rows.tenant[-1]:
        tenants, heads, places = [rows.tenant[0]] * len(rows.heads), rows.heads, rows.head
    else:
        pairs = list(zip(rows.tenant, rows.head, strict=True))
        numbers = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
        tenants, heads = [tenant for tenant, _ in numbers], [rows.heads[head] for _, head in numbers]
        places = [numbers[pair] for pair in pairs]
    indicators, cohorts, outcomes, reasons, days, modes, abouts = map(list, zip(*heads, strict=True))
    return [
        *(tenants, indicators, cohorts, outcomes, reasons, days, modes, abouts),
        _literal(rows.unit_id),
        _literal(rows.value),
        _literal([place + 1 for place in places]),
        _literal(rows.place),
    ]


def _literal(numbers: list[int]) -> str:
    return "{" + str(numbers)[1:-1] + "}"


class LedgerSlot(msgspec.Struct, frozen=True):
    """Where rows of one batch go: the campaign and source that all of them are of, and what orders them (rule 3)."""

    campaign_id: int
    source_id: int
    acknowledgement: int
    received_at: datetime


async def append(connection: asyncpg.Connection, slot: LedgerSlot, rows: LedgerRows) -> Appended:
    """The rows are in the ledger, and live where none that is live is newer (rule 3)."""
    row = await connection.fetchrow(
        _APPEND_ROWS, slot.campaign_id, slot.source_id, slot.acknowledgement, *arguments(rows), slot.received_at
    )
    assert row is not None
    return Appended(row["created"], row["corrected"], row["repeated"])


async def outdated(connection: asyncpg.Connection, slot: LedgerSlot, rows: LedgerRows, *, most: int) -> list[Outdated]:
    """Of rows that were just appended, those that did not become live, by place."""
    found = await connection.fetch(
        _OUTDATED_ROWS, slot.campaign_id, slot.source_id, slot.acknowledgement, *arguments(rows), most
    )
    return outdated_of(found)


async def falls(connection: asyncpg.Connection, slot: LedgerSlot, rows: LedgerRows, *, most: int) -> list[Fall]:
    """Days on which a total falls and on which rows that were just appended bear, by place."""
    found = await connection.fetch(
        _FALLS_ROWS, slot.campaign_id, slot.source_id, slot.acknowledgement, *arguments(rows), most
    )
    return falls_of(found)


def outdated_of(rows: Sequence[asyncpg.Record]) -> list[Outdated]:
    """What `outdated_sql` found."""
    return [Outdated(row["place"], row["received_at"]) for row in rows]


def falls_of(rows: Sequence[asyncpg.Record]) -> list[Fall]:
    """What `falls_sql` found."""
    return [Fall(row["place"], row["day"].isoformat(), int(row["total"]), row["value"]) for row in rows]


async def keep_batch(
    connection: asyncpg.Connection,
    slot: LedgerSlot,
    *,
    batch_id: uuid.UUID,
    sender: Caller,
    status: str,
    within_id: int | None,
    labels: tuple[str, ...],
    amends_through: date | None,
    receipt: bytes,
) -> None:
    """The batch is on record with its receipt. `amends_through`: closed days up to which its rows amend."""
    await connection.execute(
        _KEEP_BATCH,
        batch_id,
        slot.acknowledgement,
        slot.campaign_id,
        slot.source_id,
        slot.received_at,
        sender.subject,
        list(sender.units),
        status,
        within_id,
        list(labels),
        amends_through,
        receipt,
    )
