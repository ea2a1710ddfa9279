"""`POST /v1/campaigns/{code}/apportionments`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.chassis.identity import Caller, needs
from services.chassis.strict_json import StrictRoute
from services.quota.apportionment.rules import Share
from services.quota.apportionment.shapes import Apportioned, ApportionmentInput
from services.quota.apportionment.splitting import Splitter
from services.quota.campaigns.queries import seen_campaign
from services.quota.parameters import CodeInPath, json_response

router = APIRouter(route_class=StrictRoute, tags=["plans"])

Reader = Annotated[Caller, Depends(needs("quota:read"))]


@router.post("/v1/campaigns/{code}/apportionments", summary="Preview a split", response_model=Apportioned)
async def post_apportionment(request: Request, body: ApportionmentInput, caller: Reader, code: CodeInPath) -> Response:
    """Exact lines that add up, beside their ideal shares. Nothing is stored; a plan may state what it was split by."""
    chassis = request.app.state.chassis
    async with chassis.database.reading() as connection:
        campaign, sight = await seen_campaign(connection, caller, code)
        shares, _ = await Splitter(connection, caller, campaign, sight, now=chassis.clock.now()).shares(body)
    return json_response({"lines": [_line(one) for one in shares], "total": sum(one.amount for one in shares)})


def _line(share: Share) -> dict[str, object]:
    return {
        "unit": share.unit,
        "amount": share.amount,
        "ideal": {"numerator": share.numerator, "denominator": share.denominator},
        "held": share.held,
    }
