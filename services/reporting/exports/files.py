"""Figures of many units as one file, made in parts and written by a process of its own within a time limit."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import BinaryIO, Literal

import asyncpg
import msgspec

from services.chassis.problems import Refusal
from services.chassis.short_lived import WorkerEnded, in_worker_by_files
from services.reporting.exports.columns import HEADER, lines_of
from services.reporting.figures.assembly import figures_of
from services.reporting.figures.subjects import Subject
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

Format = Literal["csv", "xlsx", "parquet"]

MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_UNITS_AT_ONCE = 1_000
_BYTES_AT_ONCE = 256 * 1024


class ExportTooLarge(Refusal):
    """The export would have {figures} figures; at most {most} are exported at once."""

    status = 422
    code = "export_too_large"
    title = "Too many figures for one file"
    remedy = "Ask for parts of it: one unit, one level or one indicator at a time."


class ExportNotWritten(Refusal):
    """{figures} figures could not be written as {form} within {seconds} seconds: {reason}."""

    status = 503
    code = "export_not_written"
    title = "The file could not be made in time"
    remedy = "Ask again after `Retry-After` seconds, or for less: one unit, one level or one indicator."


class ParquetNotInstalled(Refusal):
    """This installation cannot write Parquet: the package pyarrow is not installed."""

    status = 501
    code = "parquet_not_installed"
    title = "Parquet is not installed"
    remedy = (
        "Ask for `csv` or `xlsx`, or have the extra installed where reporting runs: `pip install 'bonphu[parquet]'`."
    )


def check_format(form: Format) -> None:
    """Whether this installation writes that format. Raises: ParquetNotInstalled."""
    if form == "parquet" and find_spec("pyarrow") is None:
        raise ParquetNotInstalled


async def gathered(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    *,
    most: int,
    lines: BinaryIO,
) -> int:
    """`lines` holds all these figures, a line each, behind the one that names the columns; how many they are.

    Raises: ExportTooLarge.
    """
    count = len(units) * len(subjects)
    if count > most:
        raise ExportTooLarge(figures=f"{count:,}", most=f"{most:,}")
    lines.write(msgspec.json.encode(HEADER) + b"\n")
    for start in range(0, len(units), _UNITS_AT_ONCE):
        some = units[start : start + _UNITS_AT_ONCE]
        lines.write(lines_of(await figures_of(connection, campaign, some, subjects, view), some))
    return count


async def written(lines: BinaryIO, form: Format, *, figures: int, seconds: int) -> BinaryIO:
    """The file of these lines, open at its beginning; it is gone once it is closed. Raises: ExportNotWritten."""
    with contextlib.ExitStack() as unless_written:
        file = unless_written.enter_context(tempfile.TemporaryFile())
        try:
            await in_worker_by_files(
                "services.reporting.exports.writing", lines, file, arguments=(form, str(seconds)), seconds=seconds
            )
        except WorkerEnded as fault:
            raise ExportNotWritten(
                figures=f"{figures:,}",
                form=form,
                seconds=seconds,
                reason=fault,
                headers={"Retry-After": "5"},
            ) from fault
        file.seek(0)
        unless_written.pop_all()
        return file


def in_pieces(file: BinaryIO) -> Iterator[bytes]:
    """Its bytes; then it is closed."""
    with file:
        while piece := file.read(_BYTES_AT_ONCE):
            yield piece


def size_of(file: BinaryIO) -> int:
    """How many bytes it has."""
    return os.fstat(file.fileno()).st_size
