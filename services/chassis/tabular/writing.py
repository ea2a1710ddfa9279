"""Tables out: CSV that spreadsheets of any country open, and XLSX whose sums are formulas and whose texts are none."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
import xlsxwriter

from services.chassis.tabular.sheets import FORMULA_SIGNS, cell_name


class Sum(msgspec.Struct, frozen=True):
    """The sum of the cells of its own column in these rows (from 1, both included), and its value."""

    first: int
    last: int
    value: int


Value = str | int | date | Sum | None


def write_csv(rows: Iterable[Sequence[Value]]) -> bytes:
    """UTF-8 with a mark that says so, CRLF; a text that a spreadsheet would take for a formula gets an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_plain(value) for value in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(value: Value) -> str | int:
    match value:
        case None:
            return ""
        case Sum():
            return value.value
        case date():
            return value.isoformat()
        case str() if value.startswith(FORMULA_SIGNS):
            return "'" + value
    return value


def write_xlsx(rows: Iterable[Sequence[Value]], *, sheet: str, widths: Sequence[int], frozen_rows: int = 1) -> bytes:
    """One sheet; dates as dates, whole numbers grouped by thousands, the rows above the frozen line bold."""
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(made, options) as book:
        page = book.add_worksheet(sheet)
        number = book.add_format({"num_format": "#,##0"})
        day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
        bold = book.add_format({"bold": True})
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        page.freeze_panes(frozen_rows, 0)
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                match value:
                    case None:
                        continue
                    case Sum():
                        area = f"{cell_name(value.first, column)}:{cell_name(value.last, column)}"
                        page.write_formula(place, column, f"=SUM({area})", number, value.value)
                    case date():
                        page.write_datetime(place, column, value, day)
                    case str():
                        page.write_string(place, column, value, bold if place < frozen_rows else None)
                    case _:
                        page.write_number(place, column, value, number)
    return made.getvalue()
