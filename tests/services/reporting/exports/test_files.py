"""Large files pass through, and take no memory of the service."""

import io
import tempfile
import tracemalloc
from collections.abc import Iterator
from typing import BinaryIO

import msgspec
import pytest

from services.reporting.exports.columns import HEADER
from services.reporting.exports.files import ExportNotWritten, in_pieces, size_of, written

LINES = 40_000


@pytest.fixture
def lines() -> Iterator[BinaryIO]:
    """As `gathered` leaves them: every count is 7, everything else unknown."""
    row = [7 if kind == "count" else None for _, kind in HEADER]
    with tempfile.TemporaryFile() as file:
        file.write(msgspec.json.encode(HEADER) + b"\n")
        file.write((msgspec.json.encode(row) + b"\n") * LINES)
        yield file


async def test_the_service_holds_neither_the_lines_nor_the_file(lines: BinaryIO) -> None:
    tracemalloc.start()
    try:
        file = await written(lines, "csv", figures=LINES, seconds=60)
        size, read = size_of(file), 0
        for piece in in_pieces(file):
            read += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == size > 2_000_000
    assert peak < size / 2
    assert file.closed


async def test_every_line_is_in_the_file(lines: BinaryIO) -> None:
    file = await written(lines, "csv", figures=LINES, seconds=60)
    text = b"".join(in_pieces(file)).decode("utf-8-sig")
    assert len(text.splitlines()) == LINES + 1


async def test_lines_that_cannot_be_read_make_no_file() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"nothing")
        with pytest.raises(ExportNotWritten):
            await written(file, "csv", figures=1, seconds=60)


async def test_a_file_that_takes_too_long_is_given_up(lines: BinaryIO) -> None:
    with pytest.raises(ExportNotWritten, match="no answer within"):
        await written(lines, "xlsx", figures=LINES, seconds=0)


def test_what_is_read_to_its_end_is_closed() -> None:
    file = io.BytesIO(b"x")
    assert b"".join(in_pieces(file)) == b"x"
    assert file.closed
