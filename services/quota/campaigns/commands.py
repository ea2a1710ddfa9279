"""Creating and changing campaigns."""

from typing import Any

import msgspec
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert

from services.chassis.database import UnitOfWork
from services.chassis.editions import check_if_match, etag
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput, Refusal, pointer
from services.contracts.definitions import CampaignDefinition, Document
from services.contracts.events import CampaignChanged
from services.quota.access import OutsideToken, covers
from services.quota.campaigns import queries, rules
from services.quota.campaigns.shapes import CampaignInput
from services.quota.hierarchy.places import Place
from services.quota.hierarchy.queries import places
from services.quota.parameters import today
from services.quota.tables import Campaign, CampaignRevision

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('quota: campaign ' || $1, 0))"
_LOCK_NESTING = "SELECT pg_advisory_xact_lock(hashtextextended('quota: nesting of campaigns', 0))"
MAX_NESTING = 20


class CampaignCodeTaken(Refusal):
    """A campaign of the code {campaign} exists already."""

    status = 409
    code = "campaign_code_taken"
    title = "The code is taken"
    remedy = "Choose another code, or change the existing campaign with PATCH."


class DefinitionLocked(Refusal):
    """Plans or reports stand on what would change; `errors` names each part with the reason."""

    status = 409
    code = "definition_locked"
    title = "This may no longer change"
    remedy = "Leave these parts as they are; add new ones beside them."


class CampaignClosed(Refusal):
    """The campaign {campaign} was closed by {number} of {date}; its definition and plans stay as they are."""

    status = 409
    code = "campaign_closed"
    title = "The campaign is closed"
    remedy = "Only its publication may change. To change anything else, open it again by a decision."


class CampaignOpen(Refusal):
    """The campaign {campaign} is open."""

    status = 409
    code = "campaign_open"
    title = "The campaign is open"
    remedy = "Nothing has to be done."


PUBLICATION = frozenset({"published_to"})
"""What of a closed campaign may change."""


def refuse_closed(campaign: CampaignDefinition) -> None:
    """Raises CampaignClosed."""
    if campaign.closed is not None:
        document = campaign.closed
        raise CampaignClosed(campaign=campaign.code, number=document.number, date=document.date)


async def lock_campaign(work: UnitOfWork, code: str) -> None:
    """Until this unit of work ends nobody else writes to the campaign or its plans."""
    await work.connection.execute(_LOCK, code)


async def create_campaign(work: UnitOfWork, caller: Caller, campaign: CampaignInput) -> CampaignDefinition:
    """The campaign exists, in its first revision.

    Raises: InvalidInput, CampaignCodeTaken.
    """
    await lock_campaign(work, campaign.code)
    top = await _checked(work, caller, campaign)
    if await queries.campaign_by_code(work.connection, campaign.code) is not None:
        raise CampaignCodeTaken(campaign=campaign.code)
    campaign_id: int = await work.connection.fetchval("SELECT nextval(pg_get_serial_sequence('campaign', 'id'))")
    definition = rules.defined(
        campaign, campaign_id=campaign_id, unit_id=top.id, numbers=rules.numbered(campaign), revision=1
    )
    await _write(work, definition)
    return definition


async def change_campaign(
    work: UnitOfWork, caller: Caller, code: str, changes: dict[str, Any], *, if_match: str | None
) -> CampaignDefinition:
    """The fields that `changes` gives are as it says; numbers that codes had, they keep.

    Raises: NotFound, OutsideToken, PreconditionRequired, PreconditionFailed, InvalidInput, DefinitionLocked.
    """
    await lock_campaign(work, code)
    old, sight = await queries.seen_campaign(work.connection, caller, code)
    if not sight.covers_top:
        raise OutsideToken(unit=old.unit)
    check_if_match(if_match, etag(old.revision), thing="A campaign")
    new = _merged(old, changes)
    if set(changes) - PUBLICATION:
        refuse_closed(old)
    top = await _checked(work, caller, new)
    day = today(work.moment, old.time_zone)
    locked = rules.locked(old, new, await queries.in_use(work.connection, old.id), today=day)
    if locked:
        raise DefinitionLocked(errors=locked)
    numbers = rules.numbered(new, old.numbers)
    made = rules.defined(
        new, campaign_id=old.id, unit_id=top.id, numbers=numbers, revision=old.revision, closed=old.closed
    )
    if made == old:
        return old
    definition = msgspec.structs.replace(made, revision=old.revision + 1)
    await _write(work, definition)
    return definition


async def close_campaign(work: UnitOfWork, caller: Caller, code: str, decision: Document) -> CampaignDefinition:
    """Definition and plans stay as they are from now on; drafts are kept and cannot be issued.

    Raises: NotFound, OutsideToken, CampaignClosed.
    """
    campaign = await _covered(work, caller, code)
    refuse_closed(campaign)
    return await _written_as_next(work, campaign, decision)


async def reopen_campaign(work: UnitOfWork, caller: Caller, code: str) -> CampaignDefinition:
    """The campaign may change again.

    Raises: NotFound, OutsideToken, CampaignOpen.
    """
    campaign = await _covered(work, caller, code)
    if campaign.closed is None:
        raise CampaignOpen(campaign=code)
    return await _written_as_next(work, campaign, None)


async def _covered(work: UnitOfWork, caller: Caller, code: str) -> CampaignDefinition:
    await lock_campaign(work, code)
    campaign, sight = await queries.seen_campaign(work.connection, caller, code)
    if not sight.covers_top:
        raise OutsideToken(unit=campaign.unit)
    return campaign


async def _written_as_next(
    work: UnitOfWork, campaign: CampaignDefinition, closed: Document | None
) -> CampaignDefinition:
    definition = msgspec.structs.replace(campaign, closed=closed, revision=campaign.revision + 1)
    await _write(work, definition)
    return definition


def _merged(old: CampaignDefinition, changes: dict[str, Any]) -> CampaignInput:
    before = rules.public(old)
    fixed = [
        FieldError(f"/{field}", "may_not_change", f"it is {before[field]} for good; make another campaign instead")
        for field in ("code", "unit")
        if changes.get(field, before[field]) != before[field]
    ]
    if fixed:
        raise InvalidInput(count=len(fixed), errors=fixed)
    try:
        return CampaignInput.model_validate({k: v for k, v in (before | changes).items() if k != "closed"})
    except ValidationError as fault:
        errors = [
            FieldError(pointer(error["loc"]), error["type"], error["msg"])
            for error in fault.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise InvalidInput(count=len(errors), errors=errors) from fault


async def _checked(work: UnitOfWork, caller: Caller, campaign: CampaignInput) -> Place:
    """The top unit, of a definition that makes sense."""
    errors = rules.faults(campaign)
    day = campaign.hierarchy_day or campaign.first_day
    top = (await places(work.connection, [campaign.unit], day=day)).get(campaign.unit)
    if top is None or not covers(caller, top.path):
        top = None
        errors.append(
            FieldError(
                "/unit",
                "unknown_unit",
                f"no unit bears this code on the hierarchy day {day}; load it first, or correct the code or the day",
            )
        )
    if campaign.part_of is not None and campaign.part_of != campaign.code:
        errors += await _part_of_faults(work, caller, campaign, top)
    if errors or top is None:
        raise InvalidInput(count=len(errors), errors=errors)
    size = len(campaign.model_dump_json().encode())
    if size > rules.MAX_DEFINITION_BYTES:
        error = FieldError("", "definition_too_large", f"a definition has at most {rules.MAX_DEFINITION_BYTES} bytes")
        raise InvalidInput(count=1, errors=[error])
    return top


async def _part_of_faults(
    work: UnitOfWork, caller: Caller, campaign: CampaignInput, top: Place | None
) -> list[FieldError]:
    await work.connection.execute(_LOCK_NESTING)  # two campaigns could become part of each other at once
    whole = await queries.campaign_by_code(work.connection, campaign.part_of or "")
    if whole is None or await queries.Sights(work.connection, caller).of(whole) is None:
        return [FieldError("/part_of", "unknown_campaign", "no campaign has this code; create it first or correct it")]
    if top is not None and whole.unit_id not in top.ids:
        detail = f"{campaign.unit} does not stand at or below {whole.unit}, the top unit of {whole.code}"
        return [FieldError("/part_of", "part_outside_whole", f"{detail}; correct one of them")]
    above: CampaignDefinition | None = whole
    for _ in range(MAX_NESTING):
        if above is None or above.part_of is None:
            return []
        if above.part_of == campaign.code:
            break
        above = await queries.campaign_by_code(work.connection, above.part_of)
    return [FieldError("/part_of", "part_of_itself", "that campaign is itself, directly or not, a part of this one")]


async def _write(work: UnitOfWork, definition: CampaignDefinition) -> None:
    row = {
        "id": definition.id,
        "code": definition.code,
        "unit_id": definition.unit_id,
        "hierarchy_day": definition.hierarchy_day,
        "definition": msgspec.to_builtins(definition),
        "revision": definition.revision,
    }
    statement = insert(Campaign).values(**row)
    await work.session.exec(statement.on_conflict_do_update(index_elements=["id"], set_=row))
    work.session.add(
        CampaignRevision(
            campaign_id=definition.id,
            revision=definition.revision,
            definition=row["definition"],
            changed_at=work.moment,
            changed_by=work.actor,
        )
    )
    work.record(CampaignChanged(definition))
