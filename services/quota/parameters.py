"""What paths, headers and queries of the quota service have in common."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Query
from fastapi.responses import Response
from pydantic import AfterValidator

from services.chassis.problems import NotFound
from services.chassis.tabular.sheets import CSV, XLSX
from services.chassis.tabular.writing import Value, write_csv, write_xlsx
from services.chassis.writes import encode

HOME_TIME_ZONE = "Asia/Ho_Chi_Minh"
"""The zone of a campaign that names none, and of "today" where no campaign is asked about."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _code_that_may_exist(code: str) -> str:
    if not _CODE.fullmatch(code):
        raise NotFound(path="this path")
    return code


CodeInPath = Annotated[str, AfterValidator(_code_that_may_exist)]
"""A code in a path; what cannot be a code is not found."""


def today(now: datetime, time_zone: str = HOME_TIME_ZONE) -> date:
    """The day that it is in that zone."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def json_response(body: object, *, headers: dict[str, str] | None = None) -> Response:
    """The body as JSON, status 200."""
    return Response(encode(body), media_type="application/json", headers=headers)


TableFormat = Annotated[
    Literal["json", "csv", "xlsx"], Query(description="csv and xlsx: a file, in the layout in which it is taken.")
]


async def file_response(
    table: Iterable[Sequence[Value]],
    form: Literal["csv", "xlsx"],
    *,
    name: str,
    widths: Sequence[int],
    frozen_rows: int = 1,
    headers: dict[str, str] | None = None,
) -> Response:
    """The table as a file of that name, written beside the event loop."""
    if form == "csv":
        content, media = await asyncio.to_thread(write_csv, table), CSV
    else:
        write = partial(write_xlsx, table, sheet=name[:31], widths=widths, frozen_rows=frozen_rows)
        content, media = await asyncio.to_thread(write), XLSX
    disposition = f'attachment; filename="{name}.{form}"'
    return Response(content, media_type=media, headers={"Content-Disposition": disposition, **(headers or {})})
