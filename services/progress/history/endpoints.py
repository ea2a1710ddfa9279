"""`GET /internal/history/…`: sources, closures, batches and rows for reporting, which fills its copies anew."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.chassis.identity import Caller, needs
from services.chassis.pagination import decode_cursor, encode_cursor
from services.chassis.problems import NotFound
from services.contracts.history import ROWS_A_PAGE, BatchesPage, ClosuresPage, LedgerPage, SourcesPage
from services.progress.history import queries
from services.progress.sources.queries import page as page_of_sources

router = APIRouter(include_in_schema=False)

SOURCES_A_PAGE = 1_000
CLOSURES_A_PAGE = 5_000
BATCHES_A_PAGE = 5_000

_needs_read = needs("progress:read")


async def _another_service(request: Request) -> Caller:
    """The caller: it reads everything, of whichever source.

    Raises: NotFound for whoever does not.
    """
    caller: Caller = await _needs_read(request)
    if not caller.sees_everything or caller.source is not None:
        raise NotFound(path=request.url.path)
    return caller


Service = Annotated[Caller, Depends(_another_service)]
After = Annotated[str | None, Query(max_length=1024)]
CampaignId = Annotated[int, Query(ge=1, lt=2**63)]
Acknowledgement = Annotated[int | None, Query(ge=1, lt=2**63)]
_Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Small = Annotated[int, msgspec.Meta(ge=0, lt=2**15)]
_Day = Annotated[int, msgspec.Meta(ge=-(2**20), lt=2**22)]
_CODE = Annotated[str, msgspec.Meta(max_length=64)]


@router.get("/internal/history/sources")
async def stream_sources(request: Request, caller: Service, after: After = None) -> Response:
    """A page of every source."""
    last = "" if after is None else decode_cursor(after, tuple[_CODE])[0]
    async with request.app.state.chassis.database.reading() as connection:
        found = await page_of_sources(connection, after=last, only=None, campaigns=None, limit=SOURCES_A_PAGE)
    more = encode_cursor([found[-1].definition.code]) if len(found) == SOURCES_A_PAGE else None
    return _answer(SourcesPage([one.definition for one in found], more))


@router.get("/internal/history/closures")
async def stream_closures(request: Request, caller: Service, after: After = None) -> Response:
    """A page of every closure, those too that a later one replaced."""
    last = (0, 0) if after is None else decode_cursor(after, tuple[_Id, _Id])
    async with request.app.state.chassis.database.reading() as connection:
        found = await queries.closures_after(connection, *last, most=CLOSURES_A_PAGE)
    full = len(found) == CLOSURES_A_PAGE
    return _answer(ClosuresPage(found, encode_cursor([found[-1].campaign_id, found[-1].revision]) if full else None))


@router.get("/internal/history/batches")
async def stream_batches(request: Request, caller: Service, campaign: CampaignId, after: After = None) -> Response:
    """A page of every batch of which rows were taken."""
    last = 0 if after is None else decode_cursor(after, tuple[_Id])[0]
    async with request.app.state.chassis.database.reading() as connection:
        found = await queries.batches_after(connection, campaign, last, most=BATCHES_A_PAGE)
    more = encode_cursor([found[-1].batch.acknowledgement]) if len(found) == BATCHES_A_PAGE else None
    return _answer(BatchesPage(found, more))


@router.get("/internal/history/rows")
async def stream_rows(
    request: Request,
    caller: Service,
    campaign: CampaignId,
    acknowledgement: Acknowledgement = None,
    after: After = None,
) -> Response:
    """A page of every row that was ever reported, those that repeat, are outdated or withdrawn too."""
    key = queries.BEFORE_ALL
    if after is not None:
        shape = tuple[_Id, _Id, _Small, _Id, _Small, _Small, _Small, _Day, _Id]
        key = queries.RowKey(*decode_cursor(after, shape))
    async with request.app.state.chassis.database.reading() as connection:
        columns, last = await queries.rows_after(
            connection, campaign, key, acknowledgement=acknowledgement, most=ROWS_A_PAGE
        )
    return _answer(LedgerPage(columns, None if last is None else encode_cursor(last)))


def _answer(page: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(page), media_type="application/json")
