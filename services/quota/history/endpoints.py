"""`GET /internal/history/…`: units, campaigns and issued plans for services that fill their copies anew."""

import uuid
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.chassis.identity import Caller
from services.chassis.pagination import decode_cursor, encode_cursor
from services.contracts.history import ROWS_A_PAGE, CampaignsPage, PlansPage, SuccessionsPage, UnitsPage
from services.quota.access import another_service
from services.quota.history import queries
from services.quota.parameters import json_response

router = APIRouter(include_in_schema=False)

Service = Annotated[Caller, Depends(another_service)]
After = Annotated[str | None, Query(max_length=1024)]
Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]

CAMPAIGNS_A_PAGE = 100


@router.get("/internal/history/units")
async def stream_units(request: Request, caller: Service, after: After = None) -> Response:
    """A page of every unit there ever was."""
    async with request.app.state.chassis.database.reading() as connection:
        units = await queries.units_after(connection, _id(after), most=ROWS_A_PAGE)
    last = encode_cursor([units[-1].id]) if len(units) == ROWS_A_PAGE else None
    return json_response(UnitsPage(units, last))


@router.get("/internal/history/successions")
async def stream_successions(request: Request, caller: Service, after: After = None) -> Response:
    """A page of what ever became of a unit."""
    async with request.app.state.chassis.database.reading() as connection:
        edges = await queries.successions_after(connection, _id(after), most=ROWS_A_PAGE)
    last = encode_cursor([edges[-1].id]) if len(edges) == ROWS_A_PAGE else None
    return json_response(SuccessionsPage(edges, last))


@router.get("/internal/history/campaigns")
async def stream_campaigns(request: Request, caller: Service, after: After = None) -> Response:
    """A page of every campaign."""
    async with request.app.state.chassis.database.reading() as connection:
        campaigns = await queries.campaigns_after(connection, _id(after), most=CAMPAIGNS_A_PAGE)
    last = encode_cursor([campaigns[-1].id]) if len(campaigns) == CAMPAIGNS_A_PAGE else None
    return json_response(CampaignsPage(campaigns, last))


@router.get("/internal/history/plans")
async def stream_plans(request: Request, caller: Service, after: After = None) -> Response:
    """A page of every plan that was issued."""
    last = None if after is None else decode_cursor(after, tuple[uuid.UUID])[0]
    async with request.app.state.chassis.database.reading() as connection:
        plans = await queries.plans_after(connection, last, most_lines=ROWS_A_PAGE)
    return json_response(PlansPage(plans, encode_cursor([str(plans[-1].plan.id)]) if plans else None))


def _id(after: str | None) -> int:
    return 0 if after is None else decode_cursor(after, tuple[Id])[0]
