"""The worker that writes a file: `python -m services.reporting.exports.writing FORMAT SECONDS`.

Its input is a line of column names and kinds, then a JSON array a row; its output is the file.
"""

import csv
import io
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

import msgspec
import xlsxwriter

from services.chassis.short_lived import bound_this_process
from services.chassis.tabular.sheets import FORMULA_SIGNS

Header = list[tuple[str, str]]
Rows = Iterable[list[Any]]

MAX_SHEET_ROWS = 1_048_575
"""What a sheet of XLSX holds beside its header."""
_ROW_GROUP = 50_000
_WIDTHS = {"text": 16, "count": 13, "flag": 9, "day": 12, "moment": 22}


def as_csv(header: Header, rows: Rows, out: BinaryIO) -> None:
    """UTF-8 with a mark that says so, CRLF; a text that a spreadsheet takes for a formula gets an apostrophe."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([name for name, _ in header])
    writer.writerows([_plain(value) for value in row] for row in rows)
    text.detach()


def _plain(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() if value.startswith(FORMULA_SIGNS):
            return "'" + value
    return value


def as_xlsx(header: Header, rows: Rows, out: BinaryIO) -> None:
    """One sheet, a row at a time, so that memory does not grow with it. Texts are texts, days are days."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/export.xlsx"
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(path, {**options, "strings_to_numbers": False}) as book:
            page = book.add_worksheet("figures")
            bold = book.add_format({"bold": True})
            forms = {
                "count": book.add_format({"num_format": "#,##0"}),
                "day": book.add_format({"num_format": "dd/mm/yyyy", "align": "left"}),
                "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
            }
            for column, (name, kind) in enumerate(header):
                page.set_column(column, column, _WIDTHS[kind])
                page.write_string(0, column, name, bold)
            page.freeze_panes(1, 2)
            for place, row in enumerate(rows, 1):
                for column, (value, (_, kind)) in enumerate(zip(row, header, strict=True)):
                    if value is None:
                        continue
                    match kind:
                        case "count":
                            page.write_number(place, column, value, forms["count"])
                        case "flag":
                            page.write_boolean(place, column, value)
                        case "day":
                            page.write_datetime(place, column, date.fromisoformat(value), forms["day"])
                        case "moment":
                            utc = datetime.fromisoformat(value).replace(tzinfo=None)
                            page.write_datetime(place, column, utc, forms["moment"])
                        case _:
                            page.write_string(place, column, value)
        with open(path, "rb") as file:  # noqa: PTH123
            shutil.copyfileobj(file, out)


def as_parquet(header: Header, rows: Rows, out: BinaryIO) -> None:
    """Typed columns, moments in UTC, compressed by zstd."""
    import pyarrow
    import pyarrow.parquet

    types = {
        "text": pyarrow.string(),
        "count": pyarrow.int64(),
        "flag": pyarrow.bool_(),
        "day": pyarrow.date32(),
        "moment": pyarrow.timestamp("us", tz="UTC"),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in header])
    with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for part in _parts(rows):
            columns = [
                pyarrow.array([_typed(value, kind) for value in values], types[kind])
                for values, (_, kind) in zip(zip(*part, strict=True), header, strict=True)
            ]
            writer.write_table(pyarrow.table(columns, schema=schema))


def _typed(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "day":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if kind == "moment" else value


def _parts(rows: Rows) -> Iterator[list[list[Any]]]:
    part: list[list[Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == _ROW_GROUP:
            yield part
            part = []
    if part:
        yield part


WRITERS = {"csv": as_csv, "xlsx": as_xlsx, "parquet": as_parquet}


def main() -> None:
    """The file has been written to the output."""
    (_, form, seconds) = sys.argv
    bound_this_process(memory_bytes=8 * 1024**3, cpu_seconds=int(seconds))
    source = sys.stdin.buffer
    header = msgspec.json.decode(source.readline(), type=Header)
    WRITERS[form](header, (msgspec.json.decode(line) for line in source), sys.stdout.buffer)


if __name__ == "__main__":
    main()
