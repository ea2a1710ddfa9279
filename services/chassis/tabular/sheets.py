"""A sheet as it was sent: its rows of cells with the numbers that people see, and why a file is refused."""

from typing import Literal

import msgspec

from services.chassis.problems import FieldError, Refusal
from services.chassis.tabular.cells import Cell

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""With one of these a text begins that a spreadsheet takes for a formula; in CSV out it gets an apostrophe before."""


class UnreadableFile(Refusal):
    """The file could not be read: {reason}."""

    status = 400
    code = "unreadable_file"
    title = "The file could not be read"
    remedy = "Send CSV in UTF-8, or XLSX without a password, one sheet with data; `errors` name the cells, if any."


class FileTooLarge(Refusal):
    """The file is too large: {reason}."""

    status = 413
    code = "file_too_large"
    title = "The file is too large"
    remedy = "Send it in several smaller files; delete empty rows, pictures and other sheets first."


class SheetLimits(msgspec.Struct, frozen=True):
    """The largest file that is read. `unpacked_bytes` and what follows it concern XLSX alone.

    `seconds`: of a processor, and twice as many of the clock. `memory_bytes`: address space of the reading process.
    """

    body_bytes: int = 32 * 1024 * 1024
    rows: int = 200_000
    columns: int = 1_000
    cells: int = 3_000_000
    cell_characters: int = 32_767
    unpacked_bytes: int = 256 * 1024 * 1024
    parts: int = 2_000
    seconds: int = 20
    memory_bytes: int = 1536 * 1024 * 1024


class SheetRow(msgspec.Struct, frozen=True):
    """One row. `number`: of the row in a spreadsheet, of the line where it begins in CSV, both from 1."""

    number: int
    cells: list[Cell]

    def __getitem__(self, column: int) -> Cell:
        """The cell of a column, from 0; what lies behind the last one is empty."""
        return self.cells[column] if column < len(self.cells) else None


class Sheet(msgspec.Struct, frozen=True):
    """The rows that hold anything, in order. Texts are in NFC and stripped."""

    medium: Literal["csv", "xlsx"]
    rows: list[SheetRow]

    def where(self, number: int, column: int) -> str:
        """How people call the cell of a column (from 0) in the row of that number."""
        if self.medium == "xlsx":
            return f"cell {cell_name(number, column)}"
        return f"line {number}, column {column + 1}"

    def fault(self, number: int, column: int, code: str, detail: str) -> FieldError:
        """A fault of one cell: pointer `/cells/C5` or `/lines/5/2`, and the sentence begins with the place."""
        place = f"/cells/{cell_name(number, column)}" if self.medium == "xlsx" else f"/lines/{number}/{column + 1}"
        said = self.where(number, column)
        return FieldError(place, code, f"{said[0].upper()}{said[1:]}: {detail}")


def cell_name(number: int, column: int) -> str:
    """`C5` of row 5 and column 2."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{number}"
