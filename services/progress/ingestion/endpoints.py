"""`POST /v1/campaigns/{code}/reports`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller, needs
from services.chassis.problems import NotFound, UnsupportedMedia
from services.chassis.writes import Answer, Writing
from services.progress.copies.views import CampaignView
from services.progress.desk import Desk, desk_of
from services.progress.holds import name_of_campaign, name_of_source
from services.progress.ingestion.commands import Way, take_batch
from services.progress.ingestion.openapi import REQUEST_BODY
from services.progress.ingestion.reading import Batch, read
from services.progress.ingestion.receipts import Receipt

router = APIRouter(prefix="/v1/campaigns/{code}", tags=["reports"])
TAKEN = "application/json"

CampaignCode = Annotated[str, Path(max_length=64, description="The campaign's code.")]


@router.post(
    "/reports",
    summary="Report what became of cases: a batch of counts",
    response_model=Receipt,
    openapi_extra=REQUEST_BODY,
    responses={422: {"model": Receipt, "description": "Nothing was taken; the receipt says why, row by row."}},
)
async def post_reports(
    request: Request,
    code: CampaignCode,
    write: Writing,
    caller: Annotated[Caller, Depends(needs("progress:write"))],
    atomic: Annotated[bool, Query(description="All rows or none; false takes the good ones.")] = True,
    dry_run: Annotated[bool, Query(description="Changes nothing and says what would happen.")] = False,
) -> Response:
    """The receipt says what became of every row."""
    media = request.headers.get("content-type", "")
    if media.partition(";")[0].strip().lower() != TAKEN:
        raise UnsupportedMedia(media=media[:100] or "(none given)", accepted=TAKEN)
    batch = read(await request.body())
    desk = desk_of(request)
    view = await desk.campaign_at_hand(code, caller.units)
    if view is None:
        raise NotFound(path=request.url.path)
    await _know_units(desk, view, batch, caller)
    way = Way(atomic=atomic, dry_run=dry_run)

    async def command(work: UnitOfWork) -> Answer:
        return await take_batch(work, desk, caller, code, batch, way)

    return await write(caller, command, shares=(name_of_campaign(code), name_of_source(batch.source)))


async def _know_units(desk: Desk, view: CampaignView, batch: Batch, caller: Caller) -> None:
    missing = {row.unit for row in batch.rows} - view.seen_units(caller.units).keys() - {""}
    if missing:
        aliases = await desk.aliases(batch.source)
        await desk.know_units(view, {aliases.get(code, code) for code in missing}, caller.units)
