"""The hierarchy as a flat table: CSV or XLSX with a row per unit and validity."""

from collections.abc import Iterable

from fastapi import Request

from services.chassis.problems import FieldError, InvalidInput
from services.chassis.tabular.cells import CellFault, day_of, text_of
from services.chassis.tabular.records import Record, records
from services.chassis.tabular.routes import Converted
from services.chassis.tabular.sheets import Sheet
from services.chassis.tabular.writing import Value
from services.contracts.definitions import UnitDefinition

COLUMNS = ("code", "level", "kind", "parent_code", "name", "valid_from", "valid_to")
REQUIRED = ("code", "level", "kind", "name")
MAX_ERRORS = 1_000


def units_from_sheet(sheet: Sheet, _: Request) -> Converted:
    """The body of a load. A code that a spreadsheet has made a number keeps its digits, and lost its zeros.

    Raises: UnreadableFile, InvalidInput with each cell that cannot be read.
    """
    rows = records(sheet, required=REQUIRED, optional=COLUMNS)
    faults: list[FieldError] = []
    units = [_unit(record, faults) for record in rows]
    if faults:
        raise InvalidInput(count=len(faults), errors=faults[:MAX_ERRORS])

    def where(pointer: str) -> str | None:
        _, _, *rest = pointer.split("/")
        if not pointer.startswith("/units/") or not rest[0].isdigit() or int(rest[0]) >= len(rows):
            return None
        record = rows[int(rest[0])]
        if len(rest) > 1 and rest[1] in record.columns:
            return record.where(rest[1])
        return f"Row {record.row.number}"

    return Converted({"units": units}, where)


def _unit(record: Record, faults: list[FieldError]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for column in COLUMNS:
        try:
            if column.startswith("valid_"):
                day = record.take(column, day_of)
                found[column] = None if day is None else day.isoformat()
            else:
                found[column] = record.take(column, text_of)
        except CellFault as fault:
            faults.append(FieldError(f"/units/{record.place}/{column}", fault.code, fault.detail))
    return found


def table_of_units(units: Iterable[UnitDefinition]) -> Iterable[list[Value]]:
    """The table that `units_from_sheet` reads."""
    yield list(COLUMNS)
    for unit in units:
        yield [unit.code, unit.level.value, unit.kind, unit.parent_code, unit.name, unit.valid_from, unit.valid_to]
