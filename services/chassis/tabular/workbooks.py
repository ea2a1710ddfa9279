"""XLSX into plain rows: `python -m services.chassis.tabular.workbooks LIMITS`, the file on its input.

Runs in a process of its own. calamine leaves out formulas and gives an error such as #REF! as an empty cell, so what
it reads is checked against the XML of the sheet.
"""

import io
import math
import posixpath
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

import msgspec
import python_calamine

from services.chassis.short_lived import bound_this_process
from services.chassis.tabular.cells import MOST, clean
from services.chassis.tabular.sheets import SheetLimits, cell_name

MOST_SPANNED = 5
"""How many times the cells of a file its table may span, empty ones included."""
MAX_MERGED = 10_000
_DOCTYPE = (b"<!DOCTYPE", b"<!ENTITY", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_SUSPECT = re.compile(rb"""<f[ />]|t=["']e["']""")
_NAMESPACED = re.compile(rb"<[A-Za-z0-9]+:worksheet\b")
_FILLED = re.compile(rb"""<(?:[A-Za-z0-9]+:)?c\b[^>]*?\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*(?<!/)>""")
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Break = tuple[int, int, str, str]
"""Row number from 1, column from 0, code, sentence."""


class Found(msgspec.Struct):
    """What the worker answers: a refusal (`too_large` or not), or rows `[number, cells]` and broken cells."""

    refusal: str = ""
    too_large: bool = False
    rows: list[tuple[int, list[Any]]] = []
    broken: list[Break] = []


class _Refused(Exception):
    def __init__(self, reason: str, *, too_large: bool = False) -> None:
        super().__init__(reason)
        self.found = Found(refusal=reason, too_large=too_large)


def read_workbook(body: bytes, limits: SheetLimits, sheet: str | None = None) -> Found:
    """The one sheet that holds anything, or the one of that name."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
        _check_parts(archive, limits)
        return _read(archive, body, limits, sheet)
    except _Refused as refused:
        return refused.found
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        return Found(refusal=f"its ZIP container is damaged or encrypted ({fault}); save it again as XLSX")
    except (ElementTree.ParseError, expat.ExpatError, KeyError, StopIteration, python_calamine.CalamineError) as fault:
        return Found(refusal=f"it is not a workbook of the form XLSX ({str(fault)[:200]}); save it again as XLSX")


def _check_parts(archive: zipfile.ZipFile, limits: SheetLimits) -> None:
    """Unpacks every part once, within bounds: sizes that a ZIP declares may be lies, and XML may hold entities."""
    entries = archive.infolist()
    if len(entries) > limits.parts:
        raise _Refused(f"it has {len(entries)} parts; at most {limits.parts} are read", too_large=True)
    if len({entry.filename for entry in entries}) != len(entries):
        raise _Refused("two of its parts have the same name")
    left = limits.unpacked_bytes
    for entry in entries:
        is_xml = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
        tail = b""
        with archive.open(entry) as part:
            while block := part.read(1 << 18):
                left -= len(block)
                if left < 0:
                    reason = f"it unpacks to more than {limits.unpacked_bytes} bytes"
                    raise _Refused(reason, too_large=True)
                if is_xml and any(mark in tail + block for mark in _DOCTYPE):
                    raise _Refused(f"its part {entry.filename[:100]} declares entities or a document type")
                tail = block[-32:]


def _read(archive: zipfile.ZipFile, body: bytes, limits: SheetLimits, wanted: str | None) -> Found:
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
    for name in _visible(workbook):
        _refuse_far_cells(archive.read(_part_of(archive, _root(archive), name)), limits)
    chosen = _choose(workbook, wanted)
    if chosen is None:
        return Found()
    rows: list[tuple[int, list[Any]]] = []
    cells = 0
    for number, values in enumerate(chosen.iter_rows(), start=1):
        row = [_cell(one, limits, number, column) for column, one in enumerate(values)]
        while row and row[-1] is None:
            row.pop()
        if len(row) > limits.columns:
            raise _Refused(f"row {number} has {len(row)} columns; at most {limits.columns} are read", too_large=True)
        cells += len(row)
        if row:
            rows.append((number, row))
        if len(rows) > limits.rows or cells > limits.cells:
            reason = f"at most {limits.rows} rows and {limits.cells} cells are read at once"
            raise _Refused(reason, too_large=True)
    broken = [*_merged(chosen, rows, limits), *_broken(archive, chosen.name)]
    return Found(rows=rows, broken=broken)


def _visible(workbook: python_calamine.CalamineWorkbook) -> list[str]:
    return [
        one.name
        for one in workbook.sheets_metadata
        if one.typ == python_calamine.SheetTypeEnum.WorkSheet
        and one.visible == python_calamine.SheetVisibleEnum.Visible
    ]


def _refuse_far_cells(xml: bytes, limits: SheetLimits) -> None:
    """One stray cell far down and far right makes a table of billions: it is named before memory is asked for."""
    down = right = (0, 0, "")
    for letters, digits in _FILLED.findall(xml):
        row, column, name = int(digits), _column_of(letters.decode()), (letters + digits).decode()
        down, right = max(down, (row, column, name)), max(right, (column, row, name))
    if down[0] * right[0] > MOST_SPANNED * limits.cells:
        far = " and ".join(dict.fromkeys((down[2], right[2])))
        reason = (
            f"with what stands in {far} its table has {down[0]} rows and {right[0]} columns; empty what is far away"
        )
        raise _Refused(reason, too_large=True)


def _column_of(letters: str) -> int:
    """1 of A, 27 of AA."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


def _choose(workbook: python_calamine.CalamineWorkbook, wanted: str | None) -> python_calamine.CalamineSheet | None:
    visible = _visible(workbook)
    if wanted is not None:
        if wanted not in visible:
            raise _Refused(f"it has no visible sheet named {wanted[:100]!r}")
        return workbook.get_sheet_by_name(wanted)
    filled = [sheet for name in visible if (sheet := workbook.get_sheet_by_name(name)).end is not None]
    if len(filled) > 1:
        names = ", ".join(repr(one.name) for one in filled[:5])
        raise _Refused(f"several of its sheets hold data ({names}); send one sheet per file")
    return filled[0] if filled else None


def _cell(value: Any, limits: SheetLimits, number: int, column: int) -> Any:
    if isinstance(value, str):
        if len(value) > limits.cell_characters:
            raise _Refused(f"cell {cell_name(number, column)} has {len(value)} characters", too_large=True)
        return clean(value) or None
    if isinstance(value, float) and math.isfinite(value):
        return int(value) if value.is_integer() and abs(value) <= MOST else value
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value if isinstance(value, bool | int) else str(value)


def _merged(
    sheet: python_calamine.CalamineSheet, rows: list[tuple[int, list[Any]]], limits: SheetLimits
) -> Iterator[Break]:
    """The cells that a merged area covers, but for its first: whether its value is meant for them nobody knows."""
    areas = sheet.merged_cell_ranges or []
    if len(areas) > MAX_MERGED:
        raise _Refused(f"it has {len(areas)} merged areas; at most {MAX_MERGED} are read", too_large=True)
    width = max((len(cells) for _, cells in rows), default=0)
    last = rows[-1][0] if rows else 0
    covered = 0
    for (top, left), (bottom, right) in areas:
        name = f"{cell_name(top + 1, left)}:{cell_name(bottom + 1, right)}"
        detail = f"is part of the merged cells {name}. Unmerge them and write the value into each cell that it is for."
        for row in range(top, min(bottom + 1, last)):
            for column in range(left, min(right + 1, width)):
                covered += 1
                if covered > limits.cells:
                    raise _Refused("its merged areas cover too many cells", too_large=True)
                if (row, column) != (top, left):
                    yield row + 1, column, "cell_merged", detail


def _broken(archive: zipfile.ZipFile, sheet: str) -> list[Break]:
    """Cells with an error, and formulas whose value was never worked out."""
    root = _root(archive)
    xml = archive.read(_part_of(archive, root, sheet))
    if (
        not _SUSPECT.search(xml)
        and not _NAMESPACED.search(xml[:4096])
        and not xml.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        return []
    stale = any(one.tag.endswith("}calcPr") and one.get("fullCalcOnLoad") in ("1", "true") for one in root)
    return _Cells(stale).broken_in(xml)


def _root(archive: zipfile.ZipFile) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  (document types were refused)


def _part_of(archive: zipfile.ZipFile, workbook: ElementTree.Element, sheet: str) -> str:
    for one in workbook.iter():
        if one.tag.endswith("}sheet") and one.get("name") == sheet:
            relation = next(value for name, value in one.attrib.items() if name.endswith("}id"))
            links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
            target = next(link.get("Target", "") for link in links if link.get("Id") == relation)
            return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    raise KeyError(sheet)


class _Cells:
    """Walks through the cells of a sheet's XML and keeps the broken ones."""

    def __init__(self, stale: bool) -> None:
        self._stale = stale
        self._broken: list[Break] = []
        self._name = ""
        self._is_error = self._has_formula = self._has_value = self._in_value = False

    def broken_in(self, xml: bytes) -> list[Break]:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(xml, True)
        return self._broken

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition("}")[2]:
            case "c":
                self._name = attributes.get("r", "")
                self._is_error = attributes.get("t") == "e"
                self._has_formula = self._has_value = False
            case "f":
                self._has_formula = True
            case "v":
                self._in_value = True

    def _text(self, _: str) -> None:
        if self._in_value:
            self._has_value = True

    def _end(self, tag: str) -> None:
        kind = tag.rpartition("}")[2]
        if kind == "v":
            self._in_value = False
        if kind != "c" or not (place := _CELL.fullmatch(self._name)):
            return
        column = _column_of(place[1])
        if self._is_error:
            detail = "holds an error of the spreadsheet, not a value. Correct the formula or write the value."
            self._broken.append((int(place[2]), column - 1, "cell_error", detail))
        elif self._has_formula and (self._stale or not self._has_value):
            detail = (
                "holds a formula whose result was never worked out. Open the file in a spreadsheet program and save it,"
                " or write the value in its place."
            )
            self._broken.append((int(place[2]), column - 1, "formula_without_value", detail))


def main() -> None:
    """One workbook, from input to output."""
    limits = msgspec.json.decode(sys.argv[1], type=SheetLimits)
    bound_this_process(memory_bytes=limits.memory_bytes, cpu_seconds=limits.seconds)
    sheet = sys.argv[2] if len(sys.argv) > 2 else None
    found = read_workbook(sys.stdin.buffer.read(), limits, sheet)
    sys.stdout.buffer.write(msgspec.msgpack.encode(found))


if __name__ == "__main__":
    main()
