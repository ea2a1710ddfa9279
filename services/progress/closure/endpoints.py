"""`/v1/campaigns/{code}/closure`."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.chassis.database import UnitOfWork
from services.chassis.editions import IfMatch, etag
from services.chassis.identity import Caller, needs
from services.chassis.problems import NotFound
from services.chassis.strict_json import StrictRoute
from services.chassis.writes import Answer, Writing, encode
from services.contracts.fields import Day, Input, Name
from services.progress.closure import queries
from services.progress.closure.commands import close_period
from services.progress.closure.refusals import TopUnitNeeded
from services.progress.desk import desk_of
from services.progress.ledger.sight import Reader

router = APIRouter(prefix="/v1/campaigns/{code}/closure", tags=["closure"], route_class=StrictRoute)

CampaignCode = Annotated[str, Path(max_length=64, description="The campaign's code.")]


class DecisionInput(Input):
    """The document that orders it."""

    number: Annotated[Name, Field(max_length=200)]
    date: Day


class ClosureInput(Input):
    """What is closed from now on."""

    through: Day | None = Field(description="The last closed day; null opens the whole campaign again.")
    decision: DecisionInput


class DecisionShape(BaseModel):
    """The document that orders it."""

    number: str
    date: date


class ClosureShape(BaseModel):
    """What is closed. Rows of days up to `through` need the scope `progress:amend`."""

    campaign: str
    through: date | None
    decision: DecisionShape
    closed_at: datetime


def _shape(code: str, closure: queries.Closure) -> ClosureShape:
    return ClosureShape(
        campaign=code,
        through=closure.through,
        decision=DecisionShape(number=closure.decision_number, date=closure.decision_date),
        closed_at=closure.closed_at,
    )


@router.put(
    "",
    summary="Close a period by decision",
    response_model=ClosureShape,
    responses={201: {"model": ClosureShape, "description": "The first closure of the campaign."}},
)
async def put_closure(
    request: Request,
    code: CampaignCode,
    given: ClosureInput,
    write: Writing,
    caller: Annotated[Caller, Depends(needs("progress:amend"))],
    if_match: IfMatch = None,
) -> Response:
    """From now on rows of the closed days are refused unless their sender may amend, and then marked for ever."""
    view = await desk_of(request).campaign_in_sight(code, caller.units)
    if view is None:
        raise NotFound(path=request.url.path)
    if view.roots(caller.units) is not None:
        raise TopUnitNeeded(unit=view.definition.unit)

    async def command(work: UnitOfWork) -> Answer:
        closure, is_first = await close_period(
            work,
            caller,
            view,
            through=given.through,
            decision_number=given.decision.number,
            decision_date=given.decision.date,
            if_match=if_match,
        )
        return Answer(_shape(code, closure), 201 if is_first else 200, {"ETag": etag(closure.revision)})

    return await write(caller, command)


@router.get("", summary="What is closed", response_model=ClosureShape)
async def get_closure(request: Request, code: CampaignCode, caller: Reader) -> Response:
    """The newest closure with its `ETag`; 404 where the campaign never had one."""
    view = await desk_of(request).campaign_in_sight(code, caller.units)
    closure = None
    if view is not None:
        async with request.app.state.chassis.database.reading() as connection:
            closure = await queries.newest(connection, view.id)
    if closure is None:
        raise NotFound(path=request.url.path)
    headers = {"ETag": etag(closure.revision)}
    return Response(encode(_shape(code, closure)), media_type="application/json", headers=headers)
