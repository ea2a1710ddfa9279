"""`POST /v1/batches/{id}/void`."""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller, authenticate
from services.chassis.problems import ScopeMissing
from services.chassis.strict_json import StrictRoute
from services.chassis.writes import Writing
from services.contracts.fields import Input, Name
from services.progress.holds import name_of_campaign
from services.progress.ledger.sight import batch_in_sight
from services.progress.withdrawal.commands import void_batch

router = APIRouter(tags=["batches"], route_class=StrictRoute)


class VoidInput(Input):
    """Why the batch is withdrawn."""

    reason: Name = Field(description="Kept beside the batch, for whoever asks later.")


class WithdrawnRows(BaseModel):
    """taken = restored + withdrawn + superseded."""

    taken: int = Field(description="Rows of the batch that were taken.")
    restored: int = Field(description="An earlier value of the same key speaks again.")
    withdrawn: int = Field(description="No earlier value: nothing is known of the key any more.")
    superseded: int = Field(description="A later value had replaced the row already; it goes on.")


class VoidShape(BaseModel):
    """A withdrawn batch."""

    batch: uuid.UUID
    source: str
    voided_at: datetime
    reason: str
    rows: WithdrawnRows


async def withdrawer(request: Request) -> Caller:
    """A caller who may withdraw: with `progress:amend`, or a reporter (`progress:write`) its own batches."""
    caller = await authenticate(request)
    if not caller.may("progress:amend") and not (caller.source and caller.may("progress:write")):
        raise ScopeMissing(scope="progress:amend")
    return caller


@router.post("/v1/batches/{batch_id}/void", summary="Withdraw a batch", response_model=VoidShape)
async def post_void(
    request: Request,
    batch_id: Annotated[uuid.UUID, Path()],
    given: VoidInput,
    write: Writing,
    caller: Annotated[Caller, Depends(withdrawer)],
) -> Response:
    """From now on it is as if the batch had never come: earlier values speak again, later ones go on.

    Figures as known before this moment stay what they were.
    """
    found = await batch_in_sight(request, batch_id, caller)

    async def command(work: UnitOfWork) -> VoidShape:
        batch, done = await void_batch(work, caller, batch_id, source=found.source, reason=given.reason)
        return VoidShape(
            batch=batch.id,
            source=batch.source,
            voided_at=work.moment,
            reason=given.reason,
            rows=WithdrawnRows(
                taken=done.taken,
                restored=done.restored,
                withdrawn=done.withdrawn,
                superseded=done.taken - done.restored - done.withdrawn,
            ),
        )

    return await write(caller, command, shares=(name_of_campaign(found.campaign),))
