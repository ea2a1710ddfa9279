"""`/v1/campaigns/{code}/snapshots` and `/v1/snapshots/{id}`."""

import uuid
from itertools import islice
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.chassis.problems import FieldError
from services.chassis.strict_json import StrictRoute
from services.chassis.writes import Answer, Writing
from services.reporting.notices.wording import Issue
from services.reporting.reading import Reader, ReadingRoute, answer, caller_with, described, snapshot
from services.reporting.snapshots.commands import freeze, refuse_taken_number
from services.reporting.snapshots.content import Content
from services.reporting.snapshots.freezing import as_everybody, gather
from services.reporting.snapshots.inputs import batches_among, input_comparisons, input_differences, with_batch
from services.reporting.snapshots.queries import fetch_content, fetch_inputs, fetch_named_batches, fetch_page
from services.reporting.snapshots.rules import figure_differences, rule_differences
from services.reporting.snapshots.shapes import (
    DifferencesPage,
    InputDifferencesPage,
    SnapshotInput,
    SnapshotPage,
    SnapshotShown,
    shown,
)
from services.reporting.snapshots.visibility import ledgers_in_sight, snapshot_in_sight
from services.reporting.visibility.campaigns import AsOfOutsideCampaign, campaign_in_sight
from services.reporting.visibility.units import UnitNotFound


class PublishingRoute(ReadingRoute, StrictRoute):
    """A route that asks the owner of what it does not know, and reads JSON strictly."""


router = APIRouter(tags=["snapshots"], route_class=PublishingRoute)

Publisher = Annotated[Caller, Depends(caller_with("reporting:publish"))]
_Position = Annotated[int, msgspec.Meta(ge=0)]
Other = Annotated[str, Query(alias="with", description="The id of the other snapshot.")]


@router.post(
    "/v1/campaigns/{code}/snapshots",
    summary="Freeze an issue",
    status_code=201,
    responses={201: described(SnapshotShown)[200]},
)
async def publish_snapshot(
    request: Request, caller: Publisher, write: Writing, code: str, body: SnapshotInput
) -> Response:
    """Figures, rules and the notice in every format as they are known now; nothing changes them any more.

    Whoever may see the top unit's figures may read it, the published too; to freeze one takes the top unit in the
    token's own units.
    """
    everybody = as_everybody(caller)
    seconds = request.app.state.settings.document_seconds
    async with snapshot(request) as connection:
        campaign = (await campaign_in_sight(connection, code, everybody)).unpublished
        if not campaign.top_visible:
            raise UnitNotFound(unit=campaign.definition.unit, campaign=campaign.definition.code)

    async def publish(work: UnitOfWork) -> Answer:
        await refuse_taken_number(work, campaign.definition, body.number)
        async with snapshot(request) as connection:
            seen = (await campaign_in_sight(connection, code, everybody)).unpublished
            try:
                view = seen.view(body.as_of, work.moment)
            except AsOfOutsideCampaign as fault:
                fault.errors = [FieldError("/as_of", one.code, one.detail) for one in fault.errors]
                raise
            printing = body.printing.over(seen.definition.rounding)
            gathered = await gather(connection, seen, view, Issue(body.number, body.date), printing)
        kept = await freeze(work, caller, gathered, seconds=seconds)
        return Answer(shown(kept), 201, {"Location": f"/v1/snapshots/{kept.id}"})

    async with request.app.state.freezing:
        return await write(caller, publish)


@router.get("/v1/campaigns/{code}/snapshots", summary="Frozen issues of a campaign", responses=described(SnapshotPage))
async def list_snapshots(
    request: Request, caller: Reader, code: str, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Newest first; none for a token that may not see the top unit's figures."""
    before = decode_cursor(cursor, tuple[uuid.UUID])[0] if cursor else None
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, code, caller)
        found = await fetch_page(connection, campaign.definition.id, before=before, limit=limit + 1)
    items = [shown(one) for one in found[:limit]] if campaign.top_visible else []
    more = campaign.top_visible and len(found) > limit
    return answer(SnapshotPage(items, encode_cursor([items[-1].id]) if more else None))


@router.get("/v1/snapshots/{id}", summary="One frozen issue", responses=described(SnapshotShown))
async def get_snapshot(request: Request, caller: Reader, id: str) -> Response:  # noqa: A002
    """What it is and which documents it holds."""
    async with snapshot(request) as connection:
        return answer(shown(await snapshot_in_sight(connection, id, caller)))


@router.get("/v1/snapshots/{id}/content", summary="All that is frozen", responses=described(Content))
async def get_content(request: Request, caller: Reader, id: str) -> Response:  # noqa: A002
    """The canonical bytes: their SHA-256 is the snapshot's `hash`."""
    async with snapshot(request) as connection:
        kept = await snapshot_in_sight(connection, id, caller)
        content = await fetch_content(connection, kept.id)
    return Response(content, media_type="application/json")


@router.get(
    "/v1/snapshots/{id}/differences", summary="What another issue has otherwise", responses=described(DifferencesPage)
)
async def compare_snapshots(
    request: Request,
    caller: Reader,
    id: str,  # noqa: A002
    with_: Other,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Figures that changed, came or went, rules and inputs that differ, from this snapshot (`before`) to the other."""
    start = decode_cursor(cursor, tuple[_Position])[0] if cursor else 0
    async with snapshot(request) as connection:
        before = await snapshot_in_sight(connection, id, caller)
        after = await snapshot_in_sight(connection, with_, caller)
        old, new = [await fetch_inputs(connection, one.id) for one in (before, after)]
    figures = figure_differences(old.content.figures, new.content.figures)
    found = list(islice(figures, start, start + limit + 1))
    return answer(
        DifferencesPage(
            before=shown(before),
            after=shown(after),
            rules=rule_differences(old.content.campaign, new.content.campaign),
            inputs=input_comparisons(old, new),
            items=found[:limit],
            next_cursor=encode_cursor([start + limit]) if len(found) > limit else None,
        )
    )


@router.get(
    "/v1/snapshots/{id}/differences/inputs",
    summary="Which inputs another issue has otherwise",
    responses=described(InputDifferencesPage),
)
async def compare_inputs(
    request: Request,
    caller: Reader,
    id: str,  # noqa: A002
    with_: Other,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Plans, successions, closures, units and batches that only one of both follows from, each by its name.

    A publication opens figures and plans, not the ledger: batches are named to whoever holds the top unit itself.
    """
    start = decode_cursor(cursor, tuple[_Position])[0] if cursor else 0
    async with snapshot(request) as connection:
        kept = [await snapshot_in_sight(connection, one, caller) for one in (id, with_)]
        old, new = [await fetch_inputs(connection, one.id) for one in kept]
        if not await ledgers_in_sight(connection, kept, caller):
            old, new = old._replace(batches=None), new._replace(batches=None)
        found = list(islice(input_differences(old, new), start, start + limit + 1))
        known = await fetch_named_batches(connection, [one.campaign_id for one in kept], batches_among(found[:limit]))
    return answer(
        InputDifferencesPage(
            before=shown(kept[0]),
            after=shown(kept[1]),
            items=[with_batch(one, known) for one in found[:limit]],
            next_cursor=encode_cursor([start + limit]) if len(found) > limit else None,
        )
    )
