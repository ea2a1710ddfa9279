"""Who sees which batches."""

import uuid
from typing import Annotated

from fastapi import Depends, Request

from services.chassis.identity import Caller, authenticate
from services.chassis.problems import NotFound, ScopeMissing
from services.progress.desk import desk_of
from services.progress.ledger import batches


async def reader(request: Request) -> Caller:
    """A caller who may read batches: with `progress:read`, or a reporter (`progress:write`) its own."""
    caller = await authenticate(request)
    if not caller.may("progress:read") and not (caller.source and caller.may("progress:write")):
        raise ScopeMissing(scope="progress:read")
    return caller


Reader = Annotated[Caller, Depends(reader)]


def only_source(caller: Caller) -> str | None:
    """The source that the caller is confined to: a reporter sees its own batches only."""
    return None if caller.source is None or (caller.may("admin") and caller.may("progress:read")) else caller.source


async def batch_in_sight(request: Request, batch_id: uuid.UUID, caller: Caller) -> batches.KeptBatch:
    """The batch, where its rows all lie in the caller's subtrees or it was sent for some of them.

    Raises: NotFound.
    """
    desk = desk_of(request)
    async with request.app.state.chassis.database.reading() as connection:
        found = await batches.find(connection, batch_id)
        campaign = None if found is None else await desk.campaigns.current(connection, found.campaign)
    if found is None or campaign is None or only_source(caller) not in (None, found.source):
        raise NotFound(path=request.url.path)
    roots = campaign.roots(caller.units)
    if roots is not None and roots.isdisjoint(found.path) and not set(found.sender_units) <= set(caller.units):
        raise NotFound(path=request.url.path)
    return found
