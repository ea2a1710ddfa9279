"""What paths, headers and queries of the quota service have in common."""

import re
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Header
from fastapi.responses import Response
from pydantic import AfterValidator

from services.chassis.problems import NotFound, PreconditionFailed, PreconditionRequired
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

IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=1000, description="The `ETag` that was read; `*` for whatever is.")
]


def etag(edition: int) -> str:
    """The entity tag of one edition of a resource."""
    return f'"{edition}"'


def check_if_match(given: str | None, current: str, *, thing: str) -> None:
    """The caller has seen the current edition.

    Raises: PreconditionRequired, PreconditionFailed.
    """
    if given is None:
        raise PreconditionRequired(thing=thing)
    tags = [tag.strip() for tag in given.split(",")]
    if current not in tags and "*" not in tags:
        raise PreconditionFailed(thing=thing, etag=current, headers={"ETag": current})


def today(now: datetime, time_zone: str = HOME_TIME_ZONE) -> date:
    """The day that it is in that zone."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def json_response(body: object, *, headers: dict[str, str] | None = None) -> Response:
    """The body as JSON, status 200."""
    return Response(encode(body), media_type="application/json", headers=headers)
