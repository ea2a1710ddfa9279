"""CSV and XLSX: a header that names the fields of a row, and a row a line."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from services.chassis.tabular.cells import Cell, CellFault, day_of, text_of, whole_number_of
from services.chassis.tabular.reading import read_sheet
from services.chassis.tabular.records import Record, records
from services.chassis.tabular.sheets import CSV
from services.progress.ingestion.reading import BLANK, REQUIRED_FIELDS, ROW_FIELDS, Batch, Row, Unreadable

OPTIONAL_FIELDS = tuple(name for name in ROW_FIELDS if name not in REQUIRED_FIELDS)
_MEANINGS: dict[str, Callable[[Cell], Any]] = dict.fromkeys(ROW_FIELDS, text_of) | {
    "day": day_of,
    "value": whole_number_of,
}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


async def read_table(header: Batch, body: bytes, content_type: str) -> Batch:
    """The rows of the file. `header`: a batch without rows.

    Raises: UnreadableFile, FileTooLarge, UnsupportedMedia.
    """
    sheet = await read_sheet(body, recognised(body, content_type))
    found = records(sheet, required=REQUIRED_FIELDS, optional=OPTIONAL_FIELDS)
    rows: list[Row] = []
    raw: dict[int, Any] = {}
    for record in found:
        row = _row(record)
        if isinstance(row, list):
            raw[record.place] = row
        rows.append(BLANK if isinstance(row, list) else row)

    def where(place: int, field: str) -> str:
        record = found[place]
        if field not in record.columns:
            return f"{'Row' if sheet.medium == 'xlsx' else 'Line'} {record.row.number}"
        return record.where(field)

    return msgspec.structs.replace(header, rows=rows, raw=raw, misshapen=frozenset(raw), colons=None, where=where)


def recognised(body: bytes, content_type: str) -> str:
    """The media type, with the charset that the bytes of a CSV show where nobody declared one.

    What is no UTF-8 is Windows-1258, in which older Vietnamese programs save; UTF-16, which has zero bytes where it
    has no mark, is known by whoever reads it.
    """
    media, _, parameters = content_type.partition(";")
    if media.strip().lower() != CSV or "charset" in parameters.lower():
        return content_type
    if body[:2] in _UTF_16 or b"\x00" in body:
        return content_type
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return f"{CSV}; charset=windows-1258"
    return content_type


def _row(record: Record) -> Row | list[Unreadable]:
    values: dict[str, Any] = {}
    faults: list[Unreadable] = []
    for name in record.columns:
        try:
            value = _MEANINGS[name](record.row[record.columns[name]])
        except CellFault as fault:
            faults.append(Unreadable(fault.code, fault.detail, name))
            continue
        if value is not None:
            values[name] = value.isoformat() if isinstance(value, date) else value
        elif name in REQUIRED_FIELDS:
            faults.append(Unreadable("field_missing", f"A row has a `{name}`; fill the cell.", name))
    return faults or Row(**values)
