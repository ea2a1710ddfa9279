"""Changing the hierarchy."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import asyncpg
import msgspec

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput
from services.contracts.definitions import UnitDefinition
from services.contracts.events import UnitsChanged, in_events
from services.contracts.names import search_key, sort_key
from services.quota.hierarchy import queries, rules
from services.quota.hierarchy.forest import Row
from services.quota.hierarchy.shapes import UnitInput, UnitsLoaded

MAX_ERRORS = 1_000
MAX_EVENT_BYTES = 500_000
MANY = 1_000
"""Units after whose load the table's statistics are taken anew."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('quota: hierarchy', 0))"
_HOLD = "SELECT pg_advisory_xact_lock_shared(hashtextextended('quota: hierarchy', 0))"
_UPDATE = f"""
    UPDATE unit SET level = new.level, kind = new.kind, parent_code = new.parent_code, name = new.name,
        sort_key = new.sort_key, search_key = new.search_key, valid_to = new.valid_to, revision = unit.revision + 1
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::date[],
        $9::date[]) AS new (code, level, kind, parent_code, name, sort_key, search_key, valid_from, valid_to)
    WHERE unit.code = new.code AND unit.valid_from IS NOT DISTINCT FROM new.valid_from
    RETURNING {", ".join(f"unit.{column}" for column in queries.COLUMNS.split(", "))}
"""
_IDS = "SELECT nextval('unit_id_seq') FROM generate_series(1, $1)"
_INSERTED = (
    *("id", "revision", "code", "level", "kind", "parent_code", "name"),
    *("sort_key", "search_key", "valid_from", "valid_to"),
)


async def hold_hierarchy(work: UnitOfWork) -> None:
    """Until this unit of work ends nobody loads units."""
    await work.connection.execute(_HOLD)


async def load_units(
    work: UnitOfWork, caller: Caller, units: Sequence[UnitInput], *, dry_run: bool = False
) -> UnitsLoaded:
    """The hierarchy holds these units, or, where one row is wrong, what it held before.

    Raises: InvalidInput, with every row's own error.
    """
    await work.connection.execute(_LOCK)
    rows = [_row(position, unit) for position, unit in enumerate(units)]
    codes, parents = {row.code for row in rows}, {row.parent_code for row in rows if row.parent_code}
    known = [_known(unit) for unit in await queries.units_concerned(work.connection, codes, parents)]
    if not caller.sees_everything:
        _refuse(rules.uncovered(rows, known, frozenset(caller.units)))
    _refuse(rules.row_faults(rows, known))
    by_identity = {row.identity: row for row in known}
    created = [row for row in rows if row.identity not in by_identity]
    changed = [
        row for row in rows if row.identity in by_identity and not row.says_the_same_as(by_identity[row.identity])
    ]
    _refuse(await _moved_in_campaigns(work.connection, changed, by_identity))
    if not dry_run:
        # A validity that ends makes room for one that begins: changes go first.
        written = [*await _change(work.connection, changed), *await _create(work.connection, created)]
        if len(written) >= MANY:
            # Until autovacuum comes round, searches would go through the table, or a list of what is not indexed yet.
            await work.connection.execute("SELECT gin_clean_pending_list('unit_search')")
            await work.connection.execute("ANALYZE unit")
        for event in _events(written):
            work.record(event)
    return UnitsLoaded(created=len(created), changed=len(changed), unchanged=len(rows) - len(created) - len(changed))


async def _moved_in_campaigns(
    connection: asyncpg.Connection, changed: list[Row], before: Mapping[tuple[str, date], Row]
) -> list[FieldError]:
    """A campaign's tree stays as it is once plans or reports stand on it; units may be added."""
    found: dict[int | None, FieldError] = {}
    for campaign, top_id, day in await queries.campaigns_at_work(connection) if changed else ():
        moved = [
            row
            for row in changed
            if before[row.identity].is_valid_on(day) and not before[row.identity].keeps_its_place(row, day)
        ]
        places = await queries.places(connection, [row.code for row in moved], day=day) if moved else {}
        for row in moved:
            if places[row.code].is_below(top_id) or (places[row.code].id == top_id and not row.is_valid_on(day)):
                found.setdefault(row.position, rules.moved_in_campaign(row, campaign=campaign, day=day))
    return list(found.values())


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise InvalidInput(count=len(errors), errors=errors[:MAX_ERRORS])


def _row(position: int, unit: UnitInput) -> Row:
    return Row(
        position,
        unit.code,
        unit.level,
        unit.kind,
        unit.parent_code,
        unit.name,
        unit.valid_from or date.min,
        unit.valid_to or date.max,
    )


def _known(unit: UnitDefinition) -> Row:
    return Row(
        None,
        unit.code,
        unit.level,
        unit.kind,
        unit.parent_code,
        unit.name,
        unit.valid_from or date.min,
        unit.valid_to or date.max,
    )


async def _change(connection: asyncpg.Connection, rows: list[Row]) -> list[UnitDefinition]:
    if not rows:
        return []
    written = await connection.fetch(_UPDATE, *_columns(sorted(rows, key=_by_identity)))
    return [queries.definition_of(row) for row in written]


async def _create(connection: asyncpg.Connection, rows: list[Row]) -> list[UnitDefinition]:
    if not rows:
        return []
    code, level, kind, parent_code, name, _, _, first, last = columns = _columns(sorted(rows, key=_by_identity))
    ids = [row[0] for row in await connection.fetch(_IDS, len(rows))]
    revisions = [1] * len(rows)
    # As fast as rows come in; triggers and constraints hold for them as for any.
    await connection.copy_records_to_table(
        "unit", records=zip(ids, revisions, *columns, strict=True), columns=_INSERTED
    )
    return list(map(UnitDefinition, ids, code, level, kind, parent_code, name, first, last, revisions))


def _by_identity(row: Row) -> tuple[str, date]:
    return row.identity


def _columns(rows: list[Row]) -> list[list[Any]]:
    """code, level, kind, parent_code, name, sort_key, search_key, valid_from, valid_to."""
    return [
        [row.code for row in rows],
        [row.level for row in rows],
        [row.kind for row in rows],
        [row.parent_code for row in rows],
        [row.name for row in rows],
        [sort_key(row.name) for row in rows],
        [search_key(row.name) for row in rows],
        [None if row.first == date.min else row.first for row in rows],
        [None if row.last == date.max else row.last for row in rows],
    ]


def _events(units: list[UnitDefinition]) -> Iterator[UnitsChanged]:
    """As few events as carry them, none above the size that the bus takes."""
    for part in in_events(units) if units else ():
        open_ = [list(part)]
        while open_:
            units_here = open_.pop(0)
            if len(units_here) > 1 and len(msgspec.json.encode(units_here)) > MAX_EVENT_BYTES:
                middle = len(units_here) // 2
                open_[:0] = [units_here[:middle], units_here[middle:]]
                continue
            yield UnitsChanged(units_here)
