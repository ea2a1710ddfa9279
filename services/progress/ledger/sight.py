"""Who sees which batches."""

import dataclasses
import uuid
from typing import Annotated

import msgspec
from fastapi import Depends, Request

from services.chassis.identity import Caller, authenticate
from services.chassis.problems import NotFound, ScopeMissing
from services.contracts.definitions import CampaignDefinition
from services.contracts.disclosure import guarded
from services.progress.desk import desk_of
from services.progress.ingestion.receipts import Receipt
from services.progress.ledger import batches

TELLING = frozenset({"jump", "total_falls"})
"""Warnings that tell what one row says, of whatever reason."""

_RECEIPT = msgspec.json.Decoder(Receipt)


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


def kept_back(campaign: CampaignDefinition, caller: Caller) -> list[tuple[int, int]]:
    """By their numbers, indicator and reason whose rows the caller may not read (rule 14, ADR 0011).

    A reporter knows what it sent itself. Everybody else needs `reporting:sensitive` for the reasons that reporting
    tells of together: a row is of one reason, and how many rows there are tells how many reasons.
    """
    if only_source(caller) is not None or caller.may("reporting:sensitive"):
        return []
    numbers, found = campaign.numbers, []
    for indicator in campaign.indicators:
        disclosure = guarded(indicator, campaign.small_count)
        told = {one[0] for one in disclosure.entries if len(one) == 1 and disclosure.tells_exempt}
        kept = [numbers.reasons[one.code] for one in indicator.reasons if one.code not in told]
        found += [(numbers.indicators[indicator.code], number) for number in kept]
    return found


async def batch_in_sight(request: Request, batch_id: uuid.UUID, caller: Caller) -> batches.KeptBatch:
    """The batch, where its rows all lie in the caller's subtrees or it was sent for some of them.

    Where rows are kept back from the caller, its receipt is without the warnings that tell what a row says.

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
    return _discreet(found) if kept_back(campaign.definition, caller) else found


def _discreet(found: batches.KeptBatch) -> batches.KeptBatch:
    receipt = _RECEIPT.decode(found.receipt)
    warnings = [one for one in receipt.warnings if one.code not in TELLING]
    if len(warnings) == len(receipt.warnings):
        return found
    return msgspec.structs.replace(found, receipt=dataclasses.replace(receipt, warnings=warnings).encode())
