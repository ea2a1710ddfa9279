"""`POST /v1/campaigns/{code}/reports`."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller, needs
from services.chassis.problems import NotFound
from services.chassis.writes import Answer, Writing
from services.contracts.fields import Label
from services.contracts.words import Mode
from services.progress.copies.views import CampaignView
from services.progress.desk import Desk, desk_of
from services.progress.holds import name_of_campaign, name_of_source
from services.progress.ingestion.bulk import ROWS_A_PART, take_large
from services.progress.ingestion.commands import take_batch
from services.progress.ingestion.media import Incoming, incoming
from services.progress.ingestion.openapi import REQUEST_BODY
from services.progress.ingestion.reading import Envelope
from services.progress.ingestion.receipts import DryReceipt, Receipt
from services.progress.ingestion.setting import Way

router = APIRouter(prefix="/v1/campaigns/{code}", tags=["reports"])

CampaignCode = Annotated[str, Path(max_length=64, description="The campaign's code.")]


@router.post(
    "/reports",
    summary="Report what became of cases: a batch of counts",
    response_model=Receipt | DryReceipt,
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
    source: Annotated[str | None, Query(max_length=64, description="Who reports; not with JSON.")] = None,
    mode: Annotated[Mode | None, Query(description="Of rows that say none; not with JSON.")] = None,
    labels: Annotated[list[Label] | None, Query(max_length=16, description="Not with JSON.")] = None,
    received_at: Annotated[
        str | None, Query(max_length=64, description="With the scope `admin`: of a historical load; not with JSON.")
    ] = None,
) -> Response:
    """The receipt says what became of every row.

    NDJSON, CSV and XLSX have the fields of a row as keys or columns; of the envelope the query tells.
    """
    way = Way(atomic=atomic, dry_run=dry_run)
    envelope = Envelope(source or "", rows=[], mode=mode, labels=labels, received_at=received_at)
    desk = desk_of(request)
    view = await desk.campaign_at_hand(code, caller.units)
    async with incoming(request, envelope) as given:
        if view is None:
            raise NotFound(path=request.url.path)
        header, whole, parts = given.header, given.whole, given.parts
        await _know_units(desk, view, given, caller)

        async def command(work: UnitOfWork) -> Answer:
            if whole is not None:
                return await take_batch(work, desk, caller, code, whole, way)
            assert parts is not None
            return await take_large(work, desk, caller, code, header, partial(parts, ROWS_A_PART), way)

        shares = (name_of_campaign(code), name_of_source(header.source))
        return await write(caller, command, shares=shares, fingerprint=given.fingerprint)


async def _know_units(desk: Desk, view: CampaignView, given: Incoming, caller: Caller) -> None:
    missing = given.units() - view.seen_units(caller.units).keys()
    if missing:
        aliases = await desk.aliases(given.header.source)
        await desk.know_units(view, {aliases.get(code, code) for code in missing}, caller.units)
