"""Rows under a header of known columns: the flat form of a table."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import msgspec

from services.chassis.problems import FieldError
from services.chassis.tabular.cells import Cell, CellFault, is_blank
from services.chassis.tabular.sheets import Sheet, SheetRow, UnreadableFile

Value = TypeVar("Value")


class Record(msgspec.Struct, frozen=True):
    """One row under the header. `place`: from 0, counted over the rows that hold anything."""

    place: int
    row: SheetRow
    columns: dict[str, int]
    sheet: Sheet

    def take(self, column: str, meaning: Callable[[Cell], Value]) -> Value | None:
        """What the cell of a column means; None where the file has no such column.

        Raises: CellFault, whose sentence begins with the place.
        """
        where = self.columns.get(column)
        if where is None:
            return None
        try:
            return meaning(self.row[where])
        except CellFault as fault:
            raise CellFault(fault.code, f"{self.where(column)}: {fault.detail}") from fault

    def where(self, column: str) -> str:
        """`Cell C5`, or `Line 5, column 3`."""
        said = self.sheet.where(self.row.number, self.columns.get(column, 0))
        return f"{said[0].upper()}{said[1:]}"


def records(sheet: Sheet, *, required: Sequence[str], optional: Collection[str] = ()) -> list[Record]:
    """The rows below the first one, which is the header: names of columns in any order and case.

    Raises: UnreadableFile where a column is missing, unknown or there twice, or a cell lies outside of them.
    """
    if not sheet.rows:
        raise UnreadableFile(reason=f"it is empty; its first row names the columns {', '.join(required)}")
    header, *rows = sheet.rows
    known = [*required, *optional]
    columns: dict[str, int] = {}
    faults: list[FieldError] = []
    for column, cell in enumerate(header.cells):
        if is_blank(cell):
            continue
        name = cell.strip().lower() if isinstance(cell, str) else ""
        if name not in known:
            detail = f"{str(cell)[:40]!r} is no column of this table; it has {', '.join(known)}."
            faults.append(sheet.fault(header.number, column, "column_unknown", detail))
        elif name in columns:
            faults.append(sheet.fault(header.number, column, "column_twice", f"The column {name} is there twice."))
        else:
            columns[name] = column
    if not faults:
        missing = [name for name in required if name not in columns]
        faults += [
            FieldError(f"/columns/{name}", "column_missing", f"The column {name} is missing.") for name in missing
        ]
    places = set(columns.values())
    for row in rows if not faults else []:
        for column, cell in enumerate(row.cells):
            if column not in places and not is_blank(cell):
                faults.append(sheet.fault(row.number, column, "cell_outside", "It stands under no column; delete it."))
    if faults:
        raise UnreadableFile(reason=faults[0].detail.rstrip("."), errors=faults[:100])
    return [Record(place, row, columns, sheet) for place, row in enumerate(rows)]
