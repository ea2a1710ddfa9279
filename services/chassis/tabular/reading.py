"""A request's body as a sheet, whichever of the two media it is."""

import asyncio

import msgspec

from services.chassis.problems import UnsupportedMedia
from services.chassis.short_lived import WorkerEnded, in_worker
from services.chassis.tabular.cells import BrokenCell
from services.chassis.tabular.comma_separated import read_csv, refuse_garbled
from services.chassis.tabular.sheets import CSV, XLSX, FileTooLarge, Sheet, SheetLimits, SheetRow, UnreadableFile
from services.chassis.tabular.workbooks import Found

_OLD_CONTAINER = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_SMALL = 256 * 1024
_FOUND = msgspec.msgpack.Decoder(Found)


def media_type(content_type: str) -> tuple[str, str]:
    """The media type in lower case, and the charset that it declares."""
    media, *parameters = content_type.split(";")
    charset = ""
    for one in parameters:
        name, _, value = one.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"')
    return media.strip().lower(), charset


async def read_sheet(
    body: bytes, content_type: str, *, limits: SheetLimits | None = None, sheet: str | None = None
) -> Sheet:
    """The sheet in the body. `sheet`: the name of one of several.

    Raises: UnreadableFile, FileTooLarge, UnsupportedMedia.
    """
    limits = limits or SheetLimits()
    media, charset = media_type(content_type)
    if media not in (CSV, XLSX):
        raise UnsupportedMedia(media=content_type[:100] or "(none given)", accepted=f"{CSV} or {XLSX}")
    if len(body) > limits.body_bytes:
        raise FileTooLarge(reason=f"it has {len(body)} bytes; at most {limits.body_bytes} are read")
    if body.startswith(_OLD_CONTAINER):
        raise UnreadableFile(reason="it is protected by a password, or an old .xls; save it as XLSX without a password")
    if (media == XLSX) != body.startswith(_ZIP):
        named = "XLSX" if media == XLSX else "CSV"
        raise UnreadableFile(reason=f"it was sent as {named}, which it is not")
    if media == CSV:
        if len(body) < _SMALL:
            return read_csv(body, charset=charset, limits=limits)
        return await asyncio.to_thread(read_csv, body, charset=charset, limits=limits)
    return await _read_xlsx(body, limits, sheet)


async def _read_xlsx(body: bytes, limits: SheetLimits, sheet: str | None) -> Sheet:
    arguments = (msgspec.json.encode(limits).decode(), *([] if sheet is None else [sheet]))
    try:
        answer = await in_worker(
            "services.chassis.tabular.workbooks", body, arguments=arguments, seconds=2 * limits.seconds
        )
    except WorkerEnded as fault:
        raise FileTooLarge(reason="reading it takes more time or memory than one file may") from fault
    found = _FOUND.decode(answer)
    if found.refusal:
        raise (FileTooLarge if found.too_large else UnreadableFile)(reason=found.refusal)
    rows = dict(found.rows)
    for number, column, code, detail in found.broken:
        if number in rows:
            cells = rows[number]
            cells.extend([None] * (column + 1 - len(cells)))
            cells[column] = BrokenCell(code, detail)
    read = Sheet("xlsx", [SheetRow(number, cells) for number, cells in rows.items()])
    refuse_garbled(read)
    return read
