"""CSV as spreadsheet programs of all countries write it: UTF-8 or UTF-16, and comma, semicolon or tab."""

import codecs
import csv
import io
import re

from services.chassis.problems import FieldError
from services.chassis.tabular.cells import Cell, clean
from services.chassis.tabular.sheets import (
    FORMULA_SIGNS,
    FileTooLarge,
    Sheet,
    SheetLimits,
    SheetRow,
    UnreadableFile,
)

_DECLARABLE = {
    "utf-8": "utf-8-sig",
    "us-ascii": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "windows-1258": "cp1258",
}
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n')
_GARBLED = re.compile("á[º»]|\ufffd")
"""UTF-8 that was read as Latin, as in `Tá»‰nh`, or letters lost on the way: no Vietnamese word has these."""


def read_csv(body: bytes, *, charset: str = "", limits: SheetLimits | None = None) -> Sheet:
    """The rows of a CSV text. `charset`: as the sender declared it, UTF-8 where it did not.

    Raises: UnreadableFile, FileTooLarge.
    """
    limits = limits or SheetLimits()
    text = _decoded(body, charset)
    if "\x00" in text:
        raise UnreadableFile(reason="it holds NUL characters, which no CSV has; save it again as CSV UTF-8")
    separator, skipped = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[SheetRow] = []
    cells = line = 0
    try:
        for record in reader:
            number, line = line + 1, reader.line_num
            if number <= skipped or not any(record):
                continue
            row: list[Cell] = [
                clean(one.removeprefix("'") if one[1:2] in FORMULA_SIGNS else one) or None for one in record
            ]
            while row and row[-1] is None:
                row.pop()
            if not row:
                continue
            if len(row) > limits.columns:
                raise FileTooLarge(reason=f"line {number} has {len(row)} columns; at most {limits.columns} are read")
            cells += len(row)
            if len(rows) >= limits.rows or cells > limits.cells:
                reason = f"at most {limits.rows} rows and {limits.cells} cells are read at once"
                raise FileTooLarge(reason=reason)
            rows.append(SheetRow(number, row))
    except csv.Error as fault:
        reason = f"line {reader.line_num} is not CSV ({fault}); check its quotation marks"
        raise UnreadableFile(reason=reason) from fault
    sheet = Sheet("csv", rows)
    refuse_garbled(sheet)
    return sheet


def refuse_garbled(sheet: Sheet) -> None:
    """Raises UnreadableFile where texts show that an encoding was mistaken for another, naming the first cells."""
    faults: list[FieldError] = []
    for row in sheet.rows:
        for column, cell in enumerate(row.cells):
            if isinstance(cell, str) and _GARBLED.search(cell):
                detail = f"{cell[:40]!r} has lost its letters to a wrong encoding. Write it again, in UTF-8."
                faults.append(sheet.fault(row.number, column, "text_garbled", detail))
                if len(faults) == 20:
                    break
    if faults:
        raise UnreadableFile(reason="some texts were garbled by a wrong encoding", errors=faults[:20])


def _decoded(body: bytes, charset: str) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        codec = "utf-16"
    elif charset.lower() in ("", "utf-16") and (found := _marked_by_nothing(body)):
        codec = found
    elif not charset:
        codec = "utf-8-sig"
    elif charset.lower() in _DECLARABLE:
        codec = _DECLARABLE[charset.lower()]
    else:
        known = ", ".join(_DECLARABLE)
        raise UnreadableFile(reason=f"the charset {charset[:40]!r} is not one of {known}")
    try:
        return body.decode(codec)
    except UnicodeDecodeError as fault:
        line = body.count(b"\n", 0, fault.start) + 1
        reason = (
            f"line {line} is not in the encoding of the rest ({codec.removesuffix('-sig')}; byte"
            f" 0x{body[fault.start]:02X} at {fault.start}); save the file as CSV UTF-8"
        )
        error = FieldError(f"/lines/{line}", "encoding_mixed", f"Line {line} is not {codec.removesuffix('-sig')}.")
        raise UnreadableFile(reason=reason, errors=[error]) from fault


def _marked_by_nothing(body: bytes) -> str:
    """Which UTF-16 a body without a byte order mark is; empty where it is none.

    Separators, digits and ends of lines have a zero byte in UTF-16, behind or before the other one.
    """
    behind, before = body[1::2].count(0), body[::2].count(0)
    if 4 * max(behind, before) < len(body):
        return ""
    if len(body) % 2 or 4 * min(behind, before) > max(behind, before):
        raise UnreadableFile(
            reason="it looks like UTF-16 without a byte order mark, and which of the two kinds cannot be told; save it"
            " as CSV UTF-8, or declare charset=utf-16le or charset=utf-16be"
        )
    return "utf-16-le" if behind > before else "utf-16-be"


def _separator(text: str) -> tuple[str, int]:
    """The separator, and how many lines say nothing but it."""
    if told := _SEPARATOR_LINE.match(text):
        return told[1], 1
    header = next((line for line in text[:100_000].splitlines() if line.strip(" \t,;")), "")
    outside = re.sub(r'"[^"]*"', "", header)
    return max(",;\t", key=outside.count), 0
