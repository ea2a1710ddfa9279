"""A notice as a workbook: one sheet to read, one more for each table, whose numbers are numbers."""

import io
from collections.abc import Sequence

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.reporting.notices.document import Cell, Notice, Table

_PER_WIDTH = 1.1
"""Characters of a column to one hundredth of a table's width."""
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_format_properties": {"font_name": "Times New Roman", "font_size": 12},
}


def render(notice: Notice) -> bytes:
    """The workbook."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, _OPTIONS) as book:
        book.set_properties({"title": f"{notice.kind} – {notice.subject}", "author": " ".join(notice.issuer)})
        _cover(book, notice)
        for section in notice.sections:
            for table in section.tables:
                _sheet(book, table, notice.warning)
    return made.getvalue()


def _printed(page: Worksheet, *, landscape: bool) -> None:
    page.set_paper(9)
    if landscape:
        page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_margins(left=1.18, right=0.59, top=0.79, bottom=0.79)
    page.set_footer("&C&P/&N")


def _cover(book: xlsxwriter.Workbook, notice: Notice) -> None:
    page = book.add_worksheet("Thông báo")
    _printed(page, landscape=False)
    page.set_column(0, 0, 40)
    page.set_column(1, 1, 56)
    page.hide_gridlines(2)

    def look(**properties: object) -> Format:
        return book.add_format({"text_wrap": True, "valign": "top", "align": "center", **properties})

    bold, plain, italic = look(bold=True), look(), look(italic=True)
    text, strong = look(align="left"), look(align="left", bold=True)
    page.write_string(0, 0, "\n".join(notice.issuer), bold)
    page.write_string(0, 1, f"{notice.country}\n{notice.motto}", bold)
    page.write_string(1, 0, notice.number, plain)
    page.write_string(1, 1, notice.place_and_date, italic)
    page.set_row(0, 34)
    line = 3
    head = [("DỰ THẢO", bold)] if notice.draft else []
    head += [(notice.kind, bold), (notice.subject, bold)]
    head += [(notice.warning, bold)] if notice.warning else []
    body = [(one, text) for one in notice.opening]
    for section in notice.sections:
        body += [(section.heading, strong), *((one, text) for one in section.paragraphs)]
        body += [(f"{one.title}: xem trang “{one.sheet}”.", text) for one in section.tables]
    body += [(notice.closing, text)]
    for said, form in head + body:
        page.merge_range(line, 0, line, 1, "", form)
        page.write_string(line, 0, said, form)
        page.set_row(line, 16 * (1 + len(said) // 100))
        line += 1
    recipients = "\n".join(["Nơi nhận:", *(f"- {one}" for one in notice.recipients)])
    page.write_string(line + 1, 0, recipients, text)
    page.write_string(line + 1, 1, "\n".join(notice.signatory), bold)
    page.set_row(line + 1, 96)


def _sheet(book: xlsxwriter.Workbook, table: Table, warning: str) -> None:
    page = book.add_worksheet(table.sheet[:31])
    _printed(page, landscape=True)
    title = book.add_format({"bold": True, "font_size": 13})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
    for column, one in enumerate(table.columns):
        page.set_column(column, column, one.width * _PER_WIDTH)
    page.write_string(0, 0, table.title, title)
    if warning:
        page.write_string(1, 0, warning, book.add_format({"italic": True}))
    for column, one in enumerate(table.columns):
        page.write_string(2, column, one.title, head)
    page.set_row(2, 34)
    page.freeze_panes(3, 2)
    page.repeat_rows(2)
    line = 3
    for row in table.rows:
        _row(book, page, line, table, row, bold=False)
        line += 1
    if table.total is not None:
        _row(book, page, line, table, table.total, bold=True)
        line += 1
    if table.note:
        look = book.add_format({"italic": True, "text_wrap": True, "valign": "top"})
        page.merge_range(line, 0, line, len(table.columns) - 1, "", look)
        page.write_string(line, 0, table.note, look)
        page.set_row(line, 16 * (1 + len(table.note) // 100))


def _row(
    book: xlsxwriter.Workbook, page: Worksheet, line: int, table: Table, row: Sequence[Cell], *, bold: bool
) -> None:
    for column, (cell, head) in enumerate(zip(row, table.columns, strict=True)):
        look = {"border": 1, "bold": bold, "align": "right" if head.numeric else "left"}
        if cell.value is not None:
            page.write_number(line, column, cell.value, book.add_format({**look, "num_format": "#,##0"}))
        elif cell.decimal is not None:
            places = len(cell.decimal.partition(".")[2])
            form = "0." + "0" * places if places else "0"
            page.write_number(line, column, float(cell.decimal), book.add_format({**look, "num_format": form}))
        else:
            page.write_string(line, column, cell.text, book.add_format(look))
