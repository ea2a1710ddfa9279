"""`GET /v1/campaigns/{code}/reconciliation`."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.consistency import head_token
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.contracts.definitions import CampaignDefinition
from services.contracts.reconciliation import Reconciliation
from services.contracts.words import OUTCOME_NO, Level, Outcome
from services.reporting.figures.endpoints import AsOf, CodeText, KnownAt, Small
from services.reporting.figures.queries import units_under
from services.reporting.reading import Reader, ReadingRoute, answer, described, moment_of, snapshot
from services.reporting.reconciliation.assembly import reconciliations
from services.reporting.visibility.campaigns import campaign_in_sight
from services.reporting.visibility.units import TreeRow, known_unit

router = APIRouter(tags=["reconciliation"], route_class=ReadingRoute)

_Key = tuple[Small, CodeText, Small, Small]


class ReconciliationPage(msgspec.Struct, frozen=True):
    """By unit (ancestors first, then by code), indicator and outcome; a page may hold fewer items than asked for."""

    items: list[Reconciliation]
    next_cursor: str | None
    tolerance: str | None
    as_of: date
    known_at: datetime | None
    as_of_token: str


@router.get(
    "/v1/campaigns/{code}/reconciliation",
    summary="What every source says, who speaks, how far the others differ and since when",
    responses=described(ReconciliationPage),
)
async def show_reconciliation(
    request: Request,
    caller: Reader,
    code: str,
    unit: Annotated[str | None, Query(description="The campaign's top unit unless given.")] = None,
    depth: Annotated[
        int | None,
        Query(ge=0, le=5, description="How many levels below the unit: 0 unless given, all where `level` is."),
    ] = None,
    level: Annotated[Level | None, Query(description="Only units of this level, at or under the unit.")] = None,
    indicator: Annotated[str | None, Query(description="One indicator; all unless given.")] = None,
    outcome: Annotated[Outcome | None, Query(description="One outcome; all that sources tell of unless given.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """One item per unit, indicator and outcome of which any source tells.

    A publication opens none of this: what sources say of the token's own units is shown.
    """
    now = moment_of(request)
    after = None if cursor is None else decode_cursor(cursor, _Key)
    async with snapshot(request) as connection:
        campaign = (await campaign_in_sight(connection, code, caller)).unpublished
        top = await known_unit(connection, campaign, unit)
        view = campaign.view(as_of, now, known_at)
        indicators = campaign.reconciled_indicators(None if indicator is None else [indicator])
        units = await units_under(
            connection,
            campaign,
            ancestor_id=top.id,
            depth=0 if depth is None and level is None else depth,
            level=level,
            beginning=None if after is None else after[:2],
            limit=limit + 1,
        )
        outcomes = tuple(Outcome) if outcome is None else (outcome,)
        found = await reconciliations(connection, campaign, units, indicators, view, outcomes=outcomes)
        token = await head_token(connection)
    by_code = {one.code: one for one in units}
    keyed = [(_key(campaign.definition, by_code[one.unit], one), one) for one in found]
    behind = [pair for pair in keyed if after is None or pair[0] > after]
    page = behind[:limit]
    last = None
    if len(behind) > limit:
        last = page[-1][0]
    elif len(units) > limit:
        last = (units[-1].depth, units[-1].code, 32_000, 0)
    rule = campaign.definition.commendation
    return answer(
        ReconciliationPage(
            items=[one for _, one in page],
            next_cursor=None if last is None else encode_cursor(last),
            tolerance=None if rule is None else rule.tolerance,
            as_of=view.as_of,
            known_at=view.known_at,
            as_of_token=token,
        )
    )


def _key(campaign: CampaignDefinition, unit: TreeRow, one: Reconciliation) -> tuple[int, str, int, int]:
    place = [indicator.code for indicator in campaign.indicators].index(one.indicator)
    return unit.depth, unit.code, place, OUTCOME_NO[one.outcome]
