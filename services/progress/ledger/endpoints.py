"""`GET /v1/batches/{id}` and `GET /v1/campaigns/{code}/batches`."""

import uuid
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.chassis.pagination import DEFAULT_LIMIT, Cursor, CursorMalformed, Limit, decode_cursor, encode_cursor
from services.chassis.problems import NotFound
from services.contracts.words import MAX_COUNT
from services.progress.desk import desk_of
from services.progress.ingestion.receipts import Receipt, RowCounts, RowRemark, Status
from services.progress.ledger import batches, remarks
from services.progress.ledger.sight import Reader, batch_in_sight, only_source

router = APIRouter(tags=["batches"])


class BatchShape(BaseModel):
    """A batch without its errors and warnings."""

    batch: uuid.UUID
    source: str
    received_at: datetime
    status: Status
    rows: RowCounts
    labels: list[str]
    voided_at: datetime | None = Field(description="From then on it is as if the batch had never come.")
    void_reason: str | None
    amends: bool = Field(description="A row of it is of a day that was closed when it came, or so was one of its void.")


class BatchPage(BaseModel):
    """Batches, newest first."""

    items: list[BatchShape]
    next_cursor: str | None


class ErrorPage(BaseModel):
    """Errors of a batch, by row."""

    items: list[RowRemark]
    next_cursor: str | None


class _Counts(msgspec.Struct):
    rows: RowCounts


class _Errors(msgspec.Struct):
    errors: list[RowRemark]
    truncated: bool


_ERRORS = msgspec.json.Decoder(_Errors)
_COUNTS = msgspec.json.Decoder(_Counts)


@router.get("/v1/batches/{batch_id}", summary="A receipt again, to the byte", response_model=Receipt)
async def get_batch(request: Request, batch_id: Annotated[uuid.UUID, Path()], caller: Reader) -> Response:
    """The receipt as it was answered, to whoever may know what all its rows say.

    For a token without `reporting:sensitive`, of another's batch in a campaign with sensitive reasons, the warnings
    `jump` and `total_falls` are left out, which tell a row's value.
    """
    found = await batch_in_sight(request, batch_id, caller)
    return Response(found.receipt, media_type="application/json")


@router.get("/v1/batches/{batch_id}/errors", summary="Every error of a batch, by row", response_model=ErrorPage)
async def list_errors(
    request: Request,
    batch_id: Annotated[uuid.UUID, Path()],
    caller: Reader,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ErrorPage:
    """All of them, where the receipt shows the first 100 and says `truncated`."""
    after = decode_cursor(cursor, tuple[int, int]) if cursor else (-1, 0)
    if not all(-1 <= one < 2**31 for one in after):
        raise CursorMalformed
    found = await batch_in_sight(request, batch_id, caller)
    shown = _ERRORS.decode(found.receipt)
    async with request.app.state.chassis.database.reading() as connection:
        if shown.truncated and await remarks.has_any(connection, batch_id):
            errors = await remarks.page(connection, batch_id, after=after, limit=limit + 1)
        else:
            errors = [((one.row, at), one) for at, one in enumerate(shown.errors) if (one.row, at) > after]
    return ErrorPage(
        items=[one for _, one in errors[:limit]],
        next_cursor=encode_cursor(errors[limit - 1][0]) if len(errors) > limit else None,
    )


@router.get("/v1/campaigns/{code}/batches", summary="What came in, newest first", response_model=BatchPage)
async def list_batches(
    request: Request,
    code: Annotated[str, Path(max_length=64)],
    caller: Reader,
    source: Annotated[str | None, Query(max_length=64, description="Of this source only.")] = None,
    status: Annotated[Status | None, Query(description="With this status only.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> BatchPage:
    """A reporter sees its own; a token without all units those whose rows all lie in its subtrees."""
    before = decode_cursor(cursor, tuple[int])[0] if cursor else MAX_COUNT
    desk = desk_of(request)
    view = await desk.campaign_in_sight(code, caller.units)
    if view is None:
        raise NotFound(path=request.url.path)
    only = only_source(caller)
    if only is not None and source not in (None, only):
        return BatchPage(items=[], next_cursor=None)
    roots = view.roots(caller.units)
    async with request.app.state.chassis.database.reading() as connection:
        found = await batches.page(
            connection,
            campaign_id=view.id,
            before=before,
            source=only or source,
            status=status,
            roots=None if roots is None else sorted(roots),
            units=caller.units,
            limit=limit + 1,
        )
    more = len(found) > limit
    return BatchPage(
        items=[
            BatchShape(
                batch=one.id,
                source=one.source,
                received_at=one.received_at,
                status=one.status,
                rows=_COUNTS.decode(one.receipt).rows,
                labels=one.labels,
                voided_at=one.voided_at,
                void_reason=one.void_reason,
                amends=one.amends or one.void_amends,
            )
            for one in found[:limit]
        ],
        next_cursor=encode_cursor([found[limit - 1].acknowledgement]) if more else None,
    )
