"""NDJSON: a row a line. Blank lines are no rows; a line that cannot be read is a fault of its row alone."""

from collections.abc import Iterator
from typing import IO, Any

import msgspec

from services.chassis.problems import MalformedBody
from services.chassis.strict_json import parse
from services.progress.ingestion.reading import BLANK, Batch, Row, Unreadable

MAX_LINE_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_ROWS = msgspec.json.Decoder(Row)


def parts(file: IO[bytes], header: Batch, rows: int) -> Iterator[Batch]:
    """The batch in parts of at most `rows` rows, from the beginning of the file. `header`: a batch without rows."""
    file.seek(0)
    lines: list[bytes] = []
    offset = 0
    for line in _lines(file):
        lines.append(line)
        if len(lines) == rows:
            yield read_lines(header, lines, offset=offset)
            offset += rows
            lines = []
    if lines:
        yield read_lines(header, lines, offset=offset)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    first = True
    while line := file.readline(MAX_LINE_BYTES + 1):
        rest = line
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE_BYTES + 1)
        if first:
            line, first = line.removeprefix(_BOM), False
        if line := line.strip():
            yield line


def read_lines(header: Batch, lines: list[bytes], *, offset: int = 0) -> Batch:
    """The rows of these lines."""
    body = b"\n".join(lines)
    try:
        rows = _ROWS.decode_lines(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return read_line_by_line(header, lines, offset=offset)
    if len(rows) != len(lines):
        return read_line_by_line(header, lines, offset=offset)
    colons = -1 if b"\\" in body else body.count(b":")
    return msgspec.structs.replace(header, rows=rows, lines=lines, colons=colons, offset=offset)


def read_line_by_line(header: Batch, lines: list[bytes], *, offset: int = 0) -> Batch:
    """The same, slowly: what is wrong with a line is known, keys that stand twice in it too."""
    rows: list[Row] = []
    raw: dict[int, Any] = {}
    for place, line in enumerate(lines):
        try:
            value = _parsed(line)
            rows.append(msgspec.convert(value, Row))
        except MalformedBody as fault:
            raw[place] = [Unreadable("row_unreadable", f"The row cannot be read: {fault.facts['reason']}.")]
            rows.append(BLANK)
        except msgspec.ValidationError:
            raw[place] = value
            rows.append(BLANK)
    return msgspec.structs.replace(
        header, rows=rows, lines=lines, raw=raw, misshapen=frozenset(raw), colons=None, offset=offset
    )


def read_strictly(batch: Batch) -> Batch:
    """The same batch, in which no key stands twice in an object any more: such a line is a fault of its row.

    Raises: MalformedBody where the body is one JSON text.
    """
    if batch.lines:
        return read_line_by_line(batch, batch.lines, offset=batch.offset)
    parse(batch.body)
    return msgspec.structs.replace(batch, colons=None)


def _parsed(line: bytes) -> Any:
    if len(line) > MAX_LINE_BYTES:
        raise MalformedBody(reason=f"its line has more than {MAX_LINE_BYTES} bytes")
    return parse(line)
