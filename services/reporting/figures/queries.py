"""SQL behind figures: units of a page, and what the roll-ups say of them as of a day.

Results come as columns, in the order of the units given and, within a unit, of the subjects or indicators given.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from services.reporting.figures.rules import Counts
from services.reporting.figures.subjects import Subject
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.trees import remembered
from services.reporting.visibility.units import COLUMNS, TreeRow, tree_row

REASON_SPAN = 100_000
"""A subject and a reason as one number: place of the subject, from 1, × this + reason number."""

LABEL_BREAK = ","
"""What stands between labels, none of which holds it."""

_UNITS_UNDER = f"""
    SELECT {COLUMNS}
    FROM campaign_closure AS line
    JOIN campaign_unit AS unit
        ON unit.tenant = line.tenant AND unit.campaign_id = line.campaign_id AND unit.unit_id = line.descendant_id
    WHERE line.campaign_id = $1 AND line.ancestor_id = $2 AND ($3::int IS NULL OR line.distance <= $3)
        AND ($4::text IS NULL OR unit.level = $4)
        AND ($5 OR unit.path && $6::bigint[])
        AND ($7::int IS NULL OR unit.depth > $7 OR (unit.depth = $7 AND unit.code COLLATE "C" >= $8))
    ORDER BY unit.depth, unit.code COLLATE "C"
    LIMIT $9
"""
_CHILDREN = f"""
    SELECT {COLUMNS} FROM campaign_unit AS unit WHERE unit.campaign_id = $1 AND unit.parent_id = ANY ($2::bigint[])
"""


def _reported_later(indicator_nos: str, top: str, day: str) -> str:
    # Every row passes through the top unit, whose rows of one indicator are few.
    return f"""
        EXISTS (
            SELECT FROM unnest({indicator_nos}::smallint[]) AS indicator (no)
            JOIN rollup_received AS received ON received.tenant = {top} AND received.campaign_id = $1
                AND received.unit_id = {top} AND received.indicator_no = indicator.no AND received.day > {day}
        )
    """


REPORTED_LATER = f"SELECT {_reported_later('$2', '$3', '$4')}"

_UNIT = "tenant = unit.tenant AND campaign_id = $1 AND unit_id = unit.id"
_KEY = f"{_UNIT} AND indicator_no = indicator.no"
_OF_NEWEST = f"{_UNIT} AND indicator_no = unit.no"
_OF_SUBJECT = f"{_UNIT} AND indicator_no = subject.no AND (subject.cohort_no = 0 OR cohort_no = subject.cohort_no)"
_TOTAL = f"SELECT outcome_no, reason_no, value, known FROM rollup_total WHERE {_OF_SUBJECT} AND $5::date IS NOT NULL"
_FORWARD = f"SELECT outcome_no, reason_no, delta AS value, known FROM rollup_day WHERE {_OF_SUBJECT} AND day <= $5"
_BACKWARD = f"""
    SELECT outcome_no, reason_no, value, known FROM rollup_total WHERE {_OF_SUBJECT}
    UNION ALL
    SELECT outcome_no, reason_no, -delta, -known FROM rollup_day WHERE {_OF_SUBJECT} AND day > $5
"""
_UNITS = "unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS unit (tenant, id, place)"
_SUBJECTS = """
    unnest($4::smallint[], $7::smallint[], $8::date[]) WITH ORDINALITY AS subject (no, cohort_no, since, place)
"""
_RECENT = f"""
    SELECT coalesce(sum(delta), 0)::bigint FROM rollup_day
    WHERE {_OF_SUBJECT} AND outcome_no = 1 AND day >= subject.since AND day <= $5
"""
_QUOTA = f"""
    SELECT amount, baseline, basis FROM quota_step
    WHERE {_UNIT} AND indicator_no = subject.no AND cohort_no = subject.cohort_no AND from_day <= $5
    ORDER BY from_day DESC LIMIT 1
"""


def _sum(what: str, outcome_no: int, also: str = "") -> str:
    return f"coalesce(sum({what}) FILTER (WHERE outcome_no = {outcome_no} {also}), 0)::bigint"


_LEAVING = f"AND subject.place * {REASON_SPAN} + reason_no = ANY ($6::int[])"
_SUMS = f"""
    {_sum("value", 1)} AS added, {_sum("known", 1)} AS added_known, {_sum("value", 2)} AS exempt,
    {_sum("known", 2)} AS exempt_known, {_sum("value", 2, _LEAVING)} AS leaving, {_sum("value", 3)} AS declined,
    {_sum("known", 3)} AS declined_known
"""


def _known(what: str, known: str) -> str:
    return f"CASE WHEN {known} > 0 THEN {what} END"


def _columns(names: str) -> str:
    return ", ".join(f"coalesce(array_agg({name}), '{{}}')" for name in names.split())


def _of_each(rows: str, without_recent: str = "false") -> str:
    return f"""
        SELECT unit.id AS unit_id, unit.place AS unit_place, subject.place, subject.no, subject.cohort_no, summed.*,
            CASE WHEN subject.since IS NULL OR {without_recent} THEN 0 ELSE ({_RECENT}) END AS recent,
            quota.amount, quota.baseline, quota.basis
        FROM {_UNITS} CROSS JOIN {_SUBJECTS}
        LEFT JOIN LATERAL ({_QUOTA}) AS quota ON true
        CROSS JOIN LATERAL (SELECT {_SUMS} FROM ({rows}) AS row) AS summed
    """


def _counts_sql(rows: str, without_recent: str = "false") -> str:
    return f"""
        SELECT {_columns("basis amount baseline added exempt leaving declined recent")}
        FROM (
            SELECT basis, amount, baseline, {_known("added", "added_known")} AS added,
                {_known("exempt", "exempt_known")} AS exempt, {_known("leaving", "exempt_known")} AS leaving,
                {_known("declined", "declined_known")} AS declined, recent
            FROM ({_of_each(rows, without_recent)}) AS one ORDER BY unit_place, place
        ) AS one
    """


def _sums_sql(rows: str) -> str:
    return f"""
        SELECT {_columns("added added_known exempt exempt_known leaving declined declined_known recent")}
        FROM ({
        _of_each(rows)
        .replace(f"LEFT JOIN LATERAL ({_QUOTA}) AS quota ON true", "")
        .replace("quota.amount, quota.baseline, quota.basis", "0")
    } ORDER BY unit.place, subject.place) AS one
    """


_ROWS = {"of total": _TOTAL, "forward": _FORWARD, "backward": _BACKWARD}
_COUNTS = {way: _counts_sql(rows) for way, rows in _ROWS.items()}
_SUMS_ALONE = {way: _sums_sql(rows) for way, rows in _ROWS.items()}

_MORE_DAYS = 16
"""Days by indicator, at most, that are looked up one by one."""


def _marks_sql(indicator_nos: str, top: str, shown: str) -> str:
    # Every day with a row that counts has been received, and most days that were received have such a row: days are
    # tried from the newest on. OFFSET 0 keeps the planner from reading the rows of all days first. What no row at the
    # top unit has, none has anywhere: its labels, and days of which anything was received after what a unit received of
    # its newest one. Those are few, and only they are looked up; where they are many, all days of a unit are read.
    return f"""
        WITH label AS MATERIALIZED (
            SELECT indicator_no, label FROM rollup_label
            WHERE tenant = {top} AND campaign_id = $1 AND unit_id = {top} AND day <= $5
                AND indicator_no = ANY ({indicator_nos}::smallint[])
            GROUP BY 1, 2 HAVING sum(rows) > 0 ORDER BY 2
        ), newest AS MATERIALIZED (
            SELECT unit.place AS unit_place, unit.tenant, unit.id, indicator.place, indicator.no, received.day,
                received.received_at
            FROM {_UNITS} CROSS JOIN unnest({indicator_nos}::smallint[]) WITH ORDINALITY AS indicator (no, place)
            LEFT JOIN LATERAL (
                SELECT day, received_at FROM rollup_received WHERE {_KEY} AND day <= $5 ORDER BY day DESC LIMIT 1
            ) AS received ON true
            WHERE unit.place <= {shown}
        ), more AS MATERIALIZED (
            SELECT indicator_no, day, received_at FROM rollup_received
            WHERE tenant = {top} AND campaign_id = $1 AND unit_id = {top} AND day <= $5
                AND indicator_no = ANY ({indicator_nos}::smallint[])
                AND received_at > (SELECT min(received_at) FROM newest)
        )
        SELECT coalesce(array_agg(last_day), '{{}}'), coalesce(array_agg(received_at), '{{}}'),
            coalesce(array_agg(labels), '{{}}')
        FROM (
            SELECT
                CASE
                    WHEN EXISTS (SELECT FROM rollup_day WHERE {_OF_NEWEST} AND day = unit.day AND rows > 0)
                    THEN unit.day
                    ELSE (
                        SELECT day FROM rollup_received AS received
                        WHERE {_OF_NEWEST} AND day < unit.day AND EXISTS (
                            SELECT FROM rollup_day WHERE {_OF_NEWEST} AND day = received.day AND rows > 0 OFFSET 0
                        )
                        ORDER BY day DESC LIMIT 1
                    )
                END AS last_day,
                CASE WHEN (SELECT count(*) FROM more) <= {_MORE_DAYS} * cardinality({indicator_nos}::smallint[])
                    THEN greatest(unit.received_at, (
                        SELECT max(received.received_at) FROM more CROSS JOIN LATERAL (
                            SELECT received_at FROM rollup_received WHERE {_OF_NEWEST} AND day = more.day
                        ) AS received
                        WHERE more.indicator_no = unit.no AND more.received_at > unit.received_at
                    ))
                    ELSE (SELECT max(received_at) FROM rollup_received WHERE {_OF_NEWEST} AND day <= $5)
                END AS received_at,
                (
                    SELECT string_agg(label.label, '{LABEL_BREAK}') FROM label
                    WHERE label.indicator_no = unit.no AND (
                        SELECT sum(rows) FROM rollup_label
                        WHERE {_OF_NEWEST} AND rollup_label.label = label.label AND day <= $5
                    ) > 0
                ) AS labels
            FROM newest AS unit ORDER BY unit.unit_place, unit.place
        ) AS one
    """


_MARKS = _marks_sql("$4", "$6", "cardinality($2)")
# Counts of all units given and marks of the first $11 of them, where nothing is of a later day.
_PRESENT = f"""
    SELECT {_reported_later("$10", "$9", "$5")}, marks.*, counts.*
    FROM ({_marks_sql("$10", "$9", "$11")}) AS marks, ({_counts_sql(_TOTAL, "unit.place > $11")}) AS counts
"""


class CountColumns(NamedTuple):
    """`counts` and the quota's basis (1 received, 2 derived), one per unit × subject."""

    counts: list[Counts]
    basis: list[int | None]


class Sums(NamedTuple):
    """What counts are made of: totals, and from how many series each is known (0: unknown)."""

    added: int = 0
    added_known: int = 0
    exempt: int = 0
    exempt_known: int = 0
    leaving: int = 0
    declined: int = 0
    declined_known: int = 0
    recent: int = 0


class Marks(NamedTuple):
    """Last day with a row, newest reception, labels of rows joined by `LABEL_BREAK`: one each per unit × indicator."""

    last_day: list[date | None]
    received_at: list[datetime | None]
    labels: list[str | None]


async def units_under(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    *,
    ancestor_id: int,
    depth: int | None,
    level: str | None,
    beginning: tuple[int, str] | None,
    limit: int | None,
) -> list[TreeRow]:
    """Units whose figures are seen, at or under the ancestor, by depth and code, from `beginning` (included) on."""
    from_depth, from_code = beginning or (None, None)
    sight = campaign.sight

    async def fetch() -> list[TreeRow]:
        rows = await connection.fetch(
            _UNITS_UNDER,
            campaign.definition.id,
            ancestor_id,
            depth,
            level,
            sight.everything,
            list(sight.roots),
            from_depth,
            from_code,
            limit,
        )
        return [tree_row(row) for row in rows]

    if beginning is not None:
        return await fetch()
    asked = ("under", ancestor_id, depth, level, sight.everything, sight.roots, limit)
    return await remembered(campaign, asked, fetch)


async def children_of(
    connection: asyncpg.Connection, campaign: CampaignInSight, parent_ids: Sequence[int]
) -> list[TreeRow]:
    """All units directly under these, whoever asks."""

    async def fetch() -> list[TreeRow]:
        return [tree_row(row) for row in await connection.fetch(_CHILDREN, campaign.definition.id, parent_ids)]

    return await remembered(campaign, ("children", *sorted(parent_ids)), fetch)


async def fetch_counts(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[tuple[int, int]],
    subjects: Sequence[Subject],
    view: View,
    *,
    windows: Sequence[date | None],
) -> CountColumns:
    """Counts of units (tenant, id) × subjects. `windows`: since when `recent` counts, by subject; None: never asked."""
    basis, *columns = await _fetch(connection, campaign, _COUNTS, units, subjects, view, windows)
    return CountColumns(list(map(Counts, *columns)), basis)


async def fetch_sums(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[tuple[int, int]],
    subjects: Sequence[Subject],
    view: View,
    *,
    windows: Sequence[date | None],
) -> list[Sums]:
    """What the roll-ups hold of units (tenant, id) × subjects, so that it may be added up with more."""
    columns = await _fetch(connection, campaign, _SUMS_ALONE, units, subjects, view, windows)
    return [Sums(*one) for one in zip(*columns, strict=True)]


async def _fetch(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    statements: Mapping[str, str],
    units: Sequence[tuple[int, int]],
    subjects: Sequence[Subject],
    view: View,
    windows: Sequence[date | None],
) -> asyncpg.Record:
    """By the statement that adds up the fewest days: none, those up to the view's day, or those after it."""
    definition, day = campaign.definition, view.as_of
    indicator_nos = list(dict.fromkeys(one.number for one in subjects))
    later = await connection.fetchval(REPORTED_LATER, definition.id, indicator_nos, definition.unit_id, day)
    if not later:
        way = "of total"
    elif campaign.default_day(view.now) - day < day - definition.first_day:
        way = "backward"
    else:
        way = "forward"
    tenants, ids = zip(*units, strict=True) if units else ((), ())
    found = await connection.fetchrow(statements[way], *_asked(campaign, tenants, ids, subjects, view, windows))
    assert found is not None
    return found


def _asked(
    campaign: CampaignInSight,
    tenants: Sequence[int],
    ids: Sequence[int],
    subjects: Sequence[Subject],
    view: View,
    windows: Sequence[date | None],
) -> tuple[object, ...]:
    """$1 to $8 of the statements of counts."""
    return (
        campaign.definition.id,
        tenants,
        ids,
        [one.number for one in subjects],
        view.as_of,
        [place * REASON_SPAN + reason for place, one in enumerate(subjects, 1) for reason in one.leaving],
        [one.cohort_no for one in subjects],
        windows,
    )


async def fetch_counts_and_marks(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[tuple[int, int]],
    subjects: Sequence[Subject],
    indicator_nos: Sequence[int],
    view: View,
    *,
    windows: Sequence[date | None],
    shown: int,
) -> tuple[CountColumns | None, Marks]:
    """In one statement, counts of units (tenant, id) × subjects, and marks of the first `shown` of them × indicators.

    `recent` is of the first ones too, else 0. No counts where anything was reported of a later day.
    """
    tenants, ids = zip(*units, strict=True) if units else ((), ())
    definition = campaign.definition
    found = await connection.fetchrow(
        _PRESENT, *_asked(campaign, tenants, ids, subjects, view, windows), definition.unit_id, indicator_nos, shown
    )
    assert found is not None
    later, last_day, received_at, labels, basis, *columns = found
    counts = None if later else CountColumns(list(map(Counts, *columns)), basis)
    return counts, Marks(last_day, received_at, labels)


async def fetch_marks(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[tuple[int, int]],
    indicator_nos: Sequence[int],
    view: View,
) -> Marks:
    """Marks of units (tenant, id) × indicators up to the day."""
    tenants, ids = zip(*units, strict=True) if units else ((), ())
    definition = campaign.definition
    found = await connection.fetchrow(
        _MARKS, definition.id, tenants, ids, indicator_nos, view.as_of, definition.unit_id
    )
    assert found is not None
    return Marks(*found)
