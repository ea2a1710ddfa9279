import io
import unicodedata
import zipfile
from datetime import UTC, date, datetime

import pytest
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from services.chassis.problems import UnsupportedMedia
from services.chassis.tabular.cells import BrokenCell, CellFault, text_of, whole_number_of
from services.chassis.tabular.reading import read_sheet
from services.chassis.tabular.sheets import CSV, XLSX, FileTooLarge, Sheet, SheetLimits, UnreadableFile
from tests.services.chassis.tabular.workbook import changed, rows, workbook

SHEET = "xl/worksheets/sheet1.xml"


async def cells(body: bytes) -> list[list[object]]:
    return [list(row.cells) for row in (await read_sheet(body, XLSX)).rows]


async def test_texts_numbers_and_dates_are_told_apart() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.write_row(2, 1, ["00001", 12, 59.1, "59.100", True, unicodedata.normalize("NFD", " Lộc Thạnh ")])
        sheet.write(4, 0, "x")

    read = await read_sheet(workbook(fill), XLSX)
    assert [row.number for row in read.rows] == [3, 5]
    assert read.rows[0].cells == [None, "00001", 12, 59.1, "59.100", True, "Lộc Thạnh"]


async def test_a_date_cell_is_a_day() -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        book.add_worksheet().write_datetime(0, 0, date(2024, 5, 1), book.add_format({"num_format": "dd/mm/yyyy"}))
    assert await cells(made.getvalue()) == [[datetime(2024, 5, 1, tzinfo=UTC)]]


async def test_a_formula_counts_with_the_value_that_people_saw() -> None:
    body = workbook(lambda sheet: sheet.write_formula(0, 0, "=1+2", None, 3), calculated=True)
    assert await cells(body) == [[3]]


@pytest.mark.parametrize("value", ["", 0])
async def test_a_formula_that_was_never_worked_out_is_refused_with_its_cell(value: object) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write_formula(1, 2, "=1+2", None, value)
        sheet.write(1, 0, 1)

    sheet = await read_sheet(workbook(fill, calculated=value == ""), XLSX)
    cell = sheet.rows[1][2]
    assert isinstance(cell, BrokenCell)
    assert cell.code == "formula_without_value"
    with pytest.raises(CellFault, match="save it"):
        whole_number_of(cell)


async def test_an_error_of_the_spreadsheet_is_not_an_empty_cell() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(0, 1, "=1/0", None, "#DIV/0!")

    cell = (await read_sheet(workbook(fill, calculated=True), XLSX)).rows[0][1]
    assert isinstance(cell, BrokenCell)
    assert cell.code == "cell_error"


async def test_merged_cells_hold_their_value_once_and_nothing_to_rely_on_otherwise() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.merge_range(0, 0, 0, 1, "Kế hoạch")
        sheet.merge_range(1, 0, 2, 0, "Lộc Thạnh")
        sheet.write(1, 1, 5)
        sheet.write(2, 1, 6)

    sheet = await read_sheet(workbook(fill), XLSX)
    assert sheet.rows[0][0] == "Kế hoạch"
    with pytest.raises(CellFault, match="merged cells A2:A3"):
        text_of(sheet.rows[2][0])
    assert sheet.rows[2][1] == 6


async def test_hidden_sheets_are_not_read_and_two_with_data_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="several of its sheets hold data"):
        await read_sheet(workbook(rows(["a"]), more=("b",)), XLSX)
    assert (await read_sheet(workbook(rows(["a"]), more=("b",)), XLSX, sheet="b")).rows[0].cells == ["b"]
    hidden = changed(
        workbook(rows(["a"]), more=("b",)),
        "xl/workbook.xml",
        lambda xml: xml.replace(b'name="b" ', b'name="b" state="hidden" '),
    )
    assert await cells(hidden) == [["a"]]


async def test_entities_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    body = changed(workbook(rows(["a"])), SHEET, lambda xml: bomb + xml[xml.index(b"?>") + 2 :])
    with pytest.raises(UnreadableFile, match="declares entities"):
        await read_sheet(body, XLSX)


async def test_a_zip_bomb_is_refused_before_it_is_unpacked_whole() -> None:
    body = changed(workbook(rows(["a"])), "docProps/app.xml", lambda _: b" " * 40_000_000)
    assert len(body) < 100_000
    with pytest.raises(FileTooLarge, match="unpacks to more than 1000000 bytes"):
        await read_sheet(body, XLSX, limits=SheetLimits(unpacked_bytes=1_000_000))


async def test_a_zip_that_lies_about_its_sizes_is_refused() -> None:
    body = workbook(rows(["a"]))
    at = body.rindex(b"PK\x01\x02")
    lying = body[: at + 24] + b"\x01\x00\x00\x00" + body[at + 28 :]
    with pytest.raises(UnreadableFile):
        await read_sheet(lying, XLSX)


async def test_a_sheet_that_spans_more_than_memory_is_refused() -> None:
    body = workbook(lambda sheet: (sheet.write(0, 0, 1), sheet.write(1_048_575, 16_383, 1)))
    with pytest.raises(FileTooLarge, match="XFD1048576") as refused:
        await read_sheet(body, XLSX, limits=SheetLimits(seconds=5))
    assert "1048576 rows and 16384 columns" in str(refused.value)


async def test_formats_of_empty_cells_far_away_do_not_matter() -> None:
    far = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    body = changed(workbook(rows([1])), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", far))
    assert [row.cells for row in (await read_sheet(body, XLSX)).rows] == [[1]]


async def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(FileTooLarge, match="at most 10 are read"):
        await read_sheet(b"a" * 11, CSV, limits=SheetLimits(body_bytes=10))


@pytest.mark.parametrize(
    "body",
    [
        b"PK\x03\x04rubbish",
        b"\xd0\xcf\x11\xe0 old or encrypted",
        b"a,b\n1,2\n",
        workbook(rows(["a"]))[:-40],
        changed(workbook(rows(["a"])), SHEET, lambda xml: xml[:-30]),
    ],
)
async def test_what_is_no_workbook_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableFile):
        await read_sheet(body, XLSX)


async def test_a_zip_of_something_else_is_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(UnreadableFile):
        await read_sheet(made.getvalue(), XLSX)


async def test_a_workbook_that_is_called_csv_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="sent as CSV, which it is not"):
        await read_sheet(workbook(rows(["a"])), CSV)
    with pytest.raises(UnsupportedMedia):
        await read_sheet(b"a", "text/plain")


async def test_an_empty_workbook_has_no_rows() -> None:
    assert await read_sheet(workbook(lambda _: None), XLSX) == Sheet("xlsx", [])
