"""What paths, headers and queries of the quota service have in common."""

import re
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import AfterValidator

from services.chassis.problems import NotFound
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
