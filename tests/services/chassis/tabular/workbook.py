"""Workbooks for tests, made by a real writer, and their parts changed by hand."""

import io
import zipfile
from collections.abc import Callable, Sequence

import xlsxwriter
from xlsxwriter.worksheet import Worksheet


def workbook(fill: Callable[[Worksheet], object], *, more: tuple[str, ...] = (), calculated: bool = False) -> bytes:
    """An XLSX file whose sheet `fill` wrote. `calculated`: as a program saves it that works formulas out."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        fill(book.add_worksheet("Trang 1"))
        for name in more:
            book.add_worksheet(name).write(0, 0, name)
    if calculated:
        return changed(made.getvalue(), "xl/workbook.xml", lambda xml: xml.replace(b' fullCalcOnLoad="1"', b""))
    return made.getvalue()


def rows(*lines: Sequence[object]) -> Callable[[Worksheet], None]:
    def fill(sheet: Worksheet) -> None:
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)

    return fill


def changed(body: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The file with one of its parts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry.filename, change(content) if entry.filename == part else content)
    return made.getvalue()
