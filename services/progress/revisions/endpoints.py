"""`GET /v1/campaigns/{code}/ledger`."""

import uuid
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from services.chassis.moments import Moment
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, CursorMalformed, Limit, decode_cursor, encode_cursor
from services.chassis.problems import FieldError, InvalidInput, NotFound
from services.contracts.counting.lateness import is_late
from services.contracts.definitions import CampaignDefinition
from services.contracts.fields import Day
from services.contracts.words import MAX_COUNT, MODE_NO, OUTCOME_BY_NO, IndicatorKind, Mode, Outcome
from services.progress.copies.views import CampaignView
from services.progress.desk import desk_of
from services.progress.ledger.sight import Reader, kept_back, only_source
from services.progress.revisions import queries

router = APIRouter(tags=["ledger"])

FEW_UNITS = 200
"""Up to so many units their keys are read; above, the ledger is read batch by batch."""

_STOCK = Outcome.CARRIED_OVER
_MODES = {number: mode for mode, number in MODE_NO.items()}


class RevisionShape(BaseModel):
    """What one source said of one key at one moment."""

    unit: str
    indicator: str
    cohort: str | None
    day: date
    outcome: Outcome
    reason: str | None
    mode: Mode | None = Field(description="Null for stocks, ranks and milestones, which have none.")
    value: int
    hedge: str | None
    source: str
    batch: uuid.UUID
    sender: str = Field(description="The subject of the token that sent it.")
    received_at: datetime
    late: bool | None = Field(description="Received after it was due by the campaign's clock; null where none is due.")
    live: bool = Field(description="It is what its key says, as of now or of `known_at`.")
    amends: bool = Field(description="Its day was closed when it came.")
    voided_at: datetime | None
    void_reason: str | None


class LedgerPage(BaseModel):
    """Revisions, newest first."""

    items: list[RevisionShape]
    next_cursor: str | None


@router.get(
    "/v1/campaigns/{code}/ledger", summary="Every revision of every key, newest first", response_model=LedgerPage
)
async def get_ledger(
    request: Request,
    code: Annotated[str, Path(max_length=64, description="The campaign's code.")],
    caller: Reader,
    source: Annotated[str | None, Query(max_length=64, description="Of this source only.")] = None,
    unit: Annotated[str | None, Query(max_length=64, description="Of this unit and those below it only.")] = None,
    indicator: Annotated[str | None, Query(max_length=64, description="Of this indicator only.")] = None,
    day: Annotated[Day | None, Query(description="About this day only.")] = None,
    known_at: Annotated[Moment | None, Query(description="As it was known then; now unless given.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> LedgerPage:
    """A reporter sees its own rows, a token without all units those of its subtrees.

    Rows of sensitive reasons, and of the reason that these are told of together with, are left out for a token without
    `reporting:sensitive`, except a reporter's own.
    """
    after = _after(cursor)
    desk = desk_of(request)
    view = await desk.campaign_in_sight(code, caller.units)
    if view is None:
        raise NotFound(path=request.url.path)
    if unit is not None and unit not in view.seen_units(caller.units):
        await desk.know_units(view, [unit], caller.units)
        view = await desk.campaign_in_sight(code, caller.units) or view
        if unit not in view.seen_units(caller.units):
            raise NotFound(path=request.url.path)
    if indicator is not None and indicator not in view.indicators:
        detail = f"The campaign has no indicator {indicator!r}."
        raise InvalidInput(count=1, errors=[FieldError("/query/indicator", "unknown_indicator", detail)])
    only = only_source(caller)
    if only is not None and source not in (None, only):
        return LedgerPage(items=[], next_cursor=None)
    roots = view.roots(caller.units)
    below = None if unit is None else view.units[unit].id
    async with request.app.state.chassis.database.reading() as connection:
        wanted_source = only or source
        source_id = None if wanted_source is None else await queries.source_id_of(connection, wanted_source)
        if wanted_source is not None and source_id is None:
            return LedgerPage(items=[], next_cursor=None)
        wanted = queries.Wanted(
            campaign_id=view.id,
            known_at=known_at,
            source_id=source_id,
            indicator_no=None if indicator is None else view.definition.numbers.indicators[indicator],
            day=day,
            kept_back=kept_back(view.definition, caller),
            roots=[below] if below is not None else None if roots is None else sorted(roots),
        )
        few = None if below is None else _few_units(view, below)
        if few is not None:
            found = await queries.of_units(connection, wanted, few, after=after, limit=limit + 1)
            end = None
        else:
            found, end = await queries.of_all(connection, wanted, after=after, limit=limit + 1)
    if len(found) > limit:
        end = found[limit - 1].place
    return LedgerPage(
        items=[_shape(view, one) for one in found[:limit]],
        next_cursor=None if end is None else encode_cursor(end),
    )


def _after(cursor: str | None) -> queries.Place:
    if cursor is None:
        return MAX_COUNT, []
    number, key = decode_cursor(cursor, tuple[int, list[int]])
    in_bounds = abs(number) <= MAX_COUNT and all(abs(one) < 2**63 for one in key[:2])
    if not in_bounds or len(key) not in (0, 8) or any(not 0 <= one < 2**15 for one in [*key[2:3], *key[4:7]]):
        raise CursorMalformed
    if key and (not 0 <= key[3] < 2**63 or abs(key[7]) > 1_000_000):
        raise CursorMalformed
    return number, key


def _few_units(view: CampaignView, root: int) -> list[tuple[int, int]] | None:
    found = [(one.tenant, one.id) for one in view.units.values() if root in one.path]
    return found if len(found) <= FEW_UNITS else None


def _shape(view: CampaignView, one: queries.Revision) -> RevisionShape:
    outcome = OUTCOME_BY_NO[one.outcome_no]
    words = view.words
    return RevisionShape(
        unit=one.unit,
        indicator=words.indicators[one.indicator_no],
        cohort=words.cohorts.get(one.cohort_no),
        day=one.day,
        outcome=outcome,
        reason=words.reasons.get(one.reason_no),
        mode=None if outcome is _STOCK or _has_no_mode(view, one) else _MODES[one.mode_no],
        value=one.value,
        hedge="about" if one.about else None,
        source=one.source,
        batch=uuid.UUID(str(one.batch)),
        sender=one.sender,
        received_at=one.received_at,
        late=_late(view, view.definition, one),
        live=one.live,
        amends=one.amends,
        voided_at=one.voided_at,
        void_reason=one.void_reason if one.voided_at is not None else None,
    )


def _has_no_mode(view: CampaignView, one: queries.Revision) -> bool:
    indicator = view.indicators.get(view.words.indicators[one.indicator_no])
    return indicator is not None and indicator.kind in (IndicatorKind.RANK, IndicatorKind.MILESTONE)


def _late(view: CampaignView, campaign: CampaignDefinition, one: queries.Revision) -> bool | None:
    rule = campaign.compliance
    if rule is None:
        return None
    return is_late(one.received_at, one.day, due_hour=rule.due_hour, due_days_after=rule.due_days_after, zone=view.zone)
