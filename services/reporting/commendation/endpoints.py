"""`GET /v1/campaigns/{code}/commendation`."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.consistency import head_token
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.contracts.commendation import Commendation
from services.contracts.words import Level
from services.reporting.commendation.assembly import commendations, commended_by
from services.reporting.figures.endpoints import AsOf, CodeText, KnownAt
from services.reporting.reading import Reader, ReadingRoute, answer, described, moment_of, snapshot
from services.reporting.visibility.campaigns import campaign_in_sight

router = APIRouter(tags=["commendation"], route_class=ReadingRoute)


class CommendationPage(msgspec.Struct, frozen=True):
    """The units of the level that have a quota, by code."""

    items: list[Commendation]
    next_cursor: str | None
    level: Level
    as_of: date
    known_at: datetime | None
    as_of_token: str


@router.get(
    "/v1/campaigns/{code}/commendation",
    summary="Which units may be commended, which fell short, which are excluded, with every reason",
    responses=described(CommendationPage),
)
async def list_commendation(
    request: Request,
    caller: Reader,
    code: str,
    level: Annotated[Level | None, Query(description="Of which units; the campaign's choice unless given.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Excluded (did not report as required, or misreported) before fell short before eligible.

    A publication opens none of this: verdicts on the token's own units are shown.
    """
    now = moment_of(request)
    after = None if cursor is None else decode_cursor(cursor, tuple[CodeText])
    async with snapshot(request) as connection:
        campaign = (await campaign_in_sight(connection, code, caller)).unpublished
        view = campaign.view(as_of, now, known_at)
        asked = level or commended_by(campaign).level
        found = await commendations(connection, campaign, asked, view)
        token = await head_token(connection)
    behind = [one for one in found if after is None or one.unit > after[0]]
    page = behind[:limit]
    return answer(
        CommendationPage(
            items=page,
            next_cursor=encode_cursor([page[-1].unit]) if len(behind) > limit else None,
            level=asked,
            as_of=view.as_of,
            known_at=view.known_at,
            as_of_token=token,
        )
    )
