"""`GET /v1/campaigns/{code}/exemptions`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.consistency import head_token
from services.chassis.consistency_tokens import HEADER
from services.contracts.figures import ExemptionCount
from services.reporting.exemptions.queries import fetch_exemptions
from services.reporting.figures.endpoints import AsOf, KnownAt
from services.reporting.reading import Reader, ReadingRoute, answer, described, moment_of, snapshot
from services.reporting.visibility.campaigns import campaign_in_sight
from services.reporting.visibility.units import known_unit

router = APIRouter(tags=["exemptions"], route_class=ReadingRoute)


@router.get(
    "/v1/campaigns/{code}/exemptions",
    summary="How many cases of a unit are exempt for which reason",
    responses=described(list[ExemptionCount]),
)
async def list_exemptions(
    request: Request,
    caller: Reader,
    code: str,
    indicator: Annotated[str, Query(description="The indicator whose exempt cases are listed.")],
    unit: Annotated[str | None, Query(description="The campaign's top unit unless given.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """The bare list; the `Consistency-Token` header names what it has seen."""
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, code, caller)
        asked = await known_unit(connection, campaign, unit, with_figures=True)
        view = campaign.view(as_of, moment_of(request), known_at)
        found = await fetch_exemptions(connection, campaign, [asked], campaign.counted(indicator), view)
        token = await head_token(connection)
    return answer(found[asked.code], headers={HEADER: token} if token else None)
