"""What the other services ask: definitions with the ids that events carry."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput, NotFound
from services.contracts.fields import Day
from services.quota.access import another_service
from services.quota.campaigns.queries import campaign_by_code
from services.quota.hierarchy.queries import places, units_by_id
from services.quota.parameters import CodeInPath, json_response

router = APIRouter(include_in_schema=False)

Service = Annotated[Caller, Depends(another_service)]
MAX_CODES = 5_000


@router.get("/internal/campaigns/{code}")
async def get_campaign(request: Request, caller: Service, code: CodeInPath) -> Response:
    """The campaign's definition."""
    async with request.app.state.chassis.database.reading() as connection:
        campaign = await campaign_by_code(connection, code)
    if campaign is None:
        raise NotFound(path=f"the campaign {code}")
    return json_response(campaign)


@router.get("/internal/units")
async def get_units(request: Request, caller: Service, codes: Annotated[str, Query()], on: Day) -> Response:
    """The units that bear these codes on the day, and their ancestors on that day."""
    named = {code for code in codes.replace("\x00", "").split(",") if code}
    if len(named) > MAX_CODES:
        error = FieldError("/query/codes", "too_many", f"name at most {MAX_CODES} codes")
        raise InvalidInput(count=1, errors=[error])
    async with request.app.state.chassis.database.reading() as connection:
        found = await places(connection, named, day=on)
        units = await units_by_id(connection, {one for place in found.values() for one in place.ids})
    body = msgspec.json.encode({"units": sorted(units.values(), key=lambda unit: unit.id)})
    return json_response(body)
