"""The first difference between what is here and what should be: of copies in Python, of tables in SQL."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import asyncpg
import msgspec

from services.contracts.definitions import CampaignDefinition, SourceDefinition, UnitDefinition
from services.contracts.events import PeriodClosed, PlanIssued
from services.contracts.history import RecordedBatch
from services.contracts.names import search_key, sort_key
from services.reporting.upkeep.told import KEY, VALUES

Key = TypeVar("Key")
Shape = TypeVar("Shape")

_UNITS = """
    SELECT id, code, level, kind, parent_code, name, valid_from, valid_to, revision, sort_key, search_key FROM unit_copy
"""
_SUCCESSIONS = """
    SELECT id, day, relation, predecessor_id, successor_id, weight, weights_total, is_main FROM succession_copy
"""
_CAMPAIGNS = """
    SELECT id, code, unit_id, first_day, last_day, hierarchy_day, revision, definition::text FROM campaign_copy
"""
_SOURCES = "SELECT id, code, name, kind, revision, definition::text FROM source_copy"
_PLANS = """
    SELECT id, campaign_id, family, revision, unit_id, document_number, document_date, issued_at, lines_total,
        lines_received
    FROM plan_copy
"""
_LINES = "SELECT plan_id, unit_id, indicator_no, cohort_no, amount, baseline, held FROM plan_line_copy"
_CLOSURES = """
    SELECT campaign_id, revision, through, decision_number, decision_date, closed_at FROM closure_copy
"""
_BATCHES = """
    SELECT id, acknowledgement, campaign_id, source_id, received_at, labels, amends, voided_at
    FROM batch_copy WHERE campaign_id = $1
"""
_PRIMARY_KEY = """
    SELECT attribute.attname FROM pg_index AS index
    JOIN pg_attribute AS attribute ON attribute.attrelid = index.indrelid AND attribute.attnum = ANY (index.indkey)
    WHERE index.indrelid = ($1 || '.' || $2)::regclass AND index.indisprimary
    ORDER BY array_position(index.indkey::int[], attribute.attnum::int)
"""
_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = ($1 || '.' || $2)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


class Difference(NamedTuple):
    """In `where`, `which` should be `expected` and is `found`; None: not there at all.

    `may_be_under_way`: an event that has not come yet would explain it.
    """

    where: str
    which: str
    expected: str | None
    found: str | None
    may_be_under_way: bool = False

    def __str__(self) -> str:
        if self.found is None:
            return f"{self.where}: {self.which} is missing; it should be {self.expected}"
        if self.expected is None:
            return f"{self.where}: {self.which} should not be there; it is {self.found}"
        return f"{self.where}: {self.which} is {self.found}; it should be {self.expected}"


class Copies(NamedTuple):
    """What the copies say, by id: each as a tuple or struct that equals what the owner tells."""

    units: dict[Any, Any]
    successions: dict[Any, Any]
    campaigns: dict[Any, Any]
    sources: dict[Any, Any]
    plans: dict[Any, Any]
    closures: dict[Any, Any]


async def read_copies(connection: asyncpg.Connection) -> Copies:
    """All copies but those of batches."""
    units = {row["id"]: tuple(row) for row in await connection.fetch(_UNITS)}
    campaigns = {
        row["id"]: (*tuple(row)[1:-1], _read(row["definition"], CampaignDefinition))
        for row in await connection.fetch(_CAMPAIGNS)
    }
    sources = {
        row["id"]: (*tuple(row)[1:-1], _read(row["definition"], SourceDefinition))
        for row in await connection.fetch(_SOURCES)
    }
    lines: dict[Any, list[tuple[Any, ...]]] = {}
    for plan_id, *line in await connection.fetch(_LINES):
        lines.setdefault(plan_id, []).append(tuple(line))
    plans = {row["id"]: (*tuple(row)[1:], sorted(lines.get(row["id"], []))) for row in await connection.fetch(_PLANS)}
    successions = {row["id"]: tuple(row) for row in await connection.fetch(_SUCCESSIONS)}
    closures = {tuple(row)[:2]: tuple(row) for row in await connection.fetch(_CLOSURES)}
    return Copies(units, successions, campaigns, sources, plans, closures)


def _read(definition: str, shape: type[Shape]) -> Shape | str:
    """The definition, or its text where that is none."""
    try:
        return msgspec.json.decode(definition, type=shape)
    except msgspec.MsgspecError:
        return definition


def told_unit(one: UnitDefinition) -> tuple[Any, ...]:
    """A unit as its copy holds it."""
    return (
        *(one.id, one.code, str(one.level), one.kind, one.parent_code, one.name, one.valid_from, one.valid_to),
        *(one.revision, sort_key(one.name), search_key(one.name)),
    )


def told_campaign(one: CampaignDefinition) -> tuple[Any, ...]:
    """A campaign as its copy holds it."""
    return one.code, one.unit_id, one.first_day, one.last_day, one.hierarchy_day, one.revision, one


def told_source(one: SourceDefinition) -> tuple[Any, ...]:
    """A source as its copy holds it."""
    return one.code, one.name, str(one.kind), one.revision, one


def told_plan(one: PlanIssued) -> tuple[Any, ...]:
    """A plan with its lines as its copy holds it."""
    plan = one.plan
    return (
        *(plan.campaign_id, plan.family, plan.revision, plan.unit_id, plan.document.number, plan.document.date),
        *(plan.issued_at, plan.lines_total, plan.lines_total),
        sorted(
            (line.unit_id, line.indicator_no, line.cohort_no, line.amount, line.baseline, line.held)
            for line in one.lines
        ),
    )


def told_closure(one: PeriodClosed) -> tuple[Any, ...]:
    """A closure as its copy holds it."""
    return one.campaign_id, one.revision, one.through, one.decision.number, one.decision.date, one.closed_at


async def read_batches(connection: asyncpg.Connection, campaign_id: int) -> dict[int, tuple[Any, ...]]:
    """The copies of a campaign's batches, by acknowledgement."""
    rows = await connection.fetch(_BATCHES, campaign_id)
    return {row["acknowledgement"]: tuple(row) for row in rows}


def told_batch(one: RecordedBatch) -> tuple[Any, ...]:
    """A batch as its copy holds it."""
    batch = one.batch
    return (
        *(batch.id, batch.acknowledgement, batch.campaign_id, batch.source_id, batch.received_at),
        *(list(batch.labels), batch.amends, one.voided_at),
    )


def differing(expected: Mapping[Key, Any], found: Mapping[Key, Any]) -> list[Key]:
    """The keys under which the two say something else, in order."""
    keys = expected.keys() | found.keys()
    return sorted((key for key in keys if expected.get(key) != found.get(key)), key=str)


def first_of(where: str, expected: Mapping[Any, Any], found: Mapping[Any, Any], *, newer_by: int) -> Difference | None:
    """The first difference of copies; `newer_by`: the place of the part in which a newer one differs for sure.

    An event under way explains a copy that is older, or newer than what was told a moment before, or not there yet.
    """
    keys = differing(expected, found)
    if not keys:
        return None
    key = keys[0]
    if key in expected and key in found:
        pairs = zip(expected[key], found[key], strict=True)
        should, is_ = next((one, other) for one, other in pairs if one != other)
        under_way = expected[key][newer_by] != found[key][newer_by]
        return Difference(
            where, f"a part of {key} ({_short(expected[key][:2])})", _short(should), _short(is_), under_way
        )
    return Difference(where, str(key), _maybe(expected.get(key)), _maybe(found.get(key)), True)


def _maybe(value: Any) -> str | None:
    return None if value is None else _short(value)


def _short(value: Any) -> str:
    def plain(one: Any) -> str:
        if isinstance(one, datetime.date | datetime.datetime):
            return one.isoformat()
        if isinstance(one, tuple | list):
            return "(" + ", ".join(map(plain, one)) + ")"
        return str(one)

    text = plain(value)
    return text if len(text) <= 300 else text[:297] + "…"


async def first_in_log(
    connection: asyncpg.Connection, campaign_id: int, *, compared: Collection[int], known: Collection[int]
) -> Difference | None:
    """The first row of these batches in which the log and `told` differ, or one of a batch that is not `known`."""
    same = " AND ".join(f"log.{column} = told.{column}" for column in KEY)
    row = await connection.fetchrow(
        f"""
        SELECT {", ".join(f"coalesce(told.{column}, log.{column}) AS {column}" for column in KEY)},
            told.unit_id IS NOT NULL AS is_told, log.unit_id IS NOT NULL AS is_logged,
            {", ".join(f"told.{column} AS told_{column}, log.{column} AS log_{column}" for column in VALUES)}
        FROM (SELECT * FROM fact WHERE campaign_id = $1 AND NOT acknowledgement = ANY ($2::bigint[])) AS log
        FULL JOIN told ON {same}
        WHERE told.unit_id IS NULL OR log.unit_id IS NULL
            OR ({_list("told", VALUES)}) IS DISTINCT FROM ({_list("log", VALUES)})
        ORDER BY {", ".join(KEY)} LIMIT 1
        """,
        campaign_id,
        sorted(set(known) - set(compared)),
    )
    if row is None:
        return None
    where = f"log of campaign {campaign_id}"
    which = "the row (" + ", ".join(f"{column} {_short(row[column])}" for column in KEY) + ")"
    told = _pairs(row, "told") if row["is_told"] else None
    logged = _pairs(row, "log") if row["is_logged"] else None
    if told is None and row["acknowledgement"] not in known:
        which += " of a batch that progress does not know"
    return Difference(where, which, told, logged, may_be_under_way=logged is None)


def _pairs(row: asyncpg.Record, side: str) -> str:
    return ", ".join(f"{column} {_short(row[f'{side}_{column}'])}" for column in VALUES)


def _list(alias: str, columns: Sequence[str]) -> str:
    return "ROW(" + ", ".join(f"{alias}.{column}" for column in columns) + ")"


async def first_in_derived(
    connection: asyncpg.Connection, schema: str, table: str, campaign_id: int
) -> Difference | None:
    """The first row in which the table differs from the temporary one of the same name, which holds what should be."""
    keys = [row[0] for row in await connection.fetch(_PRIMARY_KEY, schema, table)]
    columns = [row[0] for row in await connection.fetch(_COLUMNS, schema, table)]
    same = " AND ".join(f"here.{column} = should.{column}" for column in keys)
    row = await connection.fetchrow(
        f"""
        SELECT {", ".join(f"coalesce(should.{column}, here.{column}) AS key_{column}" for column in keys)},
            to_jsonb(should)::text AS should, to_jsonb(here)::text AS here
        FROM (SELECT * FROM {schema}.{table} WHERE campaign_id = $1) AS here
        FULL JOIN pg_temp.{table} AS should ON {same}
        WHERE {_list("should", columns)} IS DISTINCT FROM {_list("here", columns)}
        ORDER BY {", ".join(f"key_{column}" for column in keys)} LIMIT 1
        """,
        campaign_id,
    )
    if row is None:
        return None
    which = "the row (" + ", ".join(f"{column} {_short(row[f'key_{column}'])}" for column in keys) + ")"
    should, here = (None if row[side] is None else msgspec.json.decode(row[side]) for side in ("should", "here"))
    rest = [column for column in columns if column not in keys]
    return Difference(f"{table} of campaign {campaign_id}", which, _rest(should, rest), _rest(here, rest))


def _rest(row: dict[str, Any] | None, columns: Sequence[str]) -> str | None:
    if row is None:
        return None
    return ", ".join(f"{column} {row[column]}" for column in columns) or "there"
