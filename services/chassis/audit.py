"""`GET /v1/audit`: who changed what, when, from what to what. The database writes it, by triggers, and never erases."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.chassis.identity import Caller, needs
from services.chassis.moments import Moment
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor

router = APIRouter(tags=["audit"])

Admin = Annotated[Caller, Depends(needs("admin"))]

_PAGE = """
    SELECT id, moment, actor, request, subject, key, change, before, after FROM audit
    WHERE ($1::text IS NULL OR subject = $1) AND ($2::text IS NULL OR actor = $2)
        AND ($3::timestamptz IS NULL OR moment >= $3) AND ($4::timestamptz IS NULL OR moment < $4)
        AND ($5::bigint IS NULL OR id < $5)
    ORDER BY id DESC LIMIT $6
"""


class AuditEntry(BaseModel):
    """One change. Of a change `before` and `after` hold only what differs."""

    moment: datetime
    actor: str = Field(description="The subject of the token; the database role where it was done by hand.")
    request_id: str | None
    subject: str = Field(description="What kind of thing was changed.")
    key: dict[str, Any] = Field(description="Which of them.")
    change: Literal["created", "changed", "deleted"]
    before: Any
    after: Any


class AuditPage(BaseModel):
    """A page of changes, newest first."""

    items: list[AuditEntry]
    next_cursor: str | None


@router.get("/v1/audit", summary="Who changed what, when, from what to what", response_model=AuditPage)
async def get_audit(
    request: Request,
    caller: Admin,
    subject: Annotated[str | None, Query(max_length=64, pattern="^[a-z_]+$", description="Only this kind.")] = None,
    actor: Annotated[str | None, Query(max_length=255, pattern="^[^\\x00]*$", description="Only by them.")] = None,
    since: Annotated[Moment | None, Query(description="From this moment on.")] = None,
    until: Annotated[Moment | None, Query(description="Before this moment.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Newest first. It belongs to no unit: a token that does not see every unit finds it empty."""
    after = decode_cursor(cursor, tuple[int])[0] if cursor else None
    rows = []
    if caller.sees_everything:
        async with request.app.state.chassis.database.reading() as connection:
            rows = await connection.fetch(_PAGE, subject, actor, _utc(since), _utc(until), after, limit + 1)
    page = rows[:limit]
    body = {
        "items": [
            {
                "moment": row["moment"],
                "actor": row["actor"],
                "request_id": row["request"],
                **{name: row[name] for name in ("subject", "key", "change", "before", "after")},
            }
            for row in page
        ],
        "next_cursor": encode_cursor((page[-1]["id"],)) if len(rows) > limit else None,
    }
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), media_type="application/json")


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
