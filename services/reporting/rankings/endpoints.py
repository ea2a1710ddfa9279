"""`GET /v1/campaigns/{code}/ranking`."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.consistency import head_token
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit
from services.contracts.figures import RateFigure
from services.contracts.words import Level
from services.reporting.exemptions.disclosure import Disclosures
from services.reporting.figures.assembly import rate_figure
from services.reporting.figures.discretion import discreet
from services.reporting.figures.endpoints import AsOf, KnownAt
from services.reporting.figures.rules import standing_of
from services.reporting.figures.subjects import Subject, subject_of
from services.reporting.rankings.league import Order, Place, cursor_at, league_of, start_behind
from services.reporting.reading import Reader, ReadingRoute, answer, described, moment_of, snapshot
from services.reporting.visibility.campaigns import CampaignInSight, campaign_in_sight
from services.reporting.visibility.units import known_unit

router = APIRouter(tags=["rankings"], route_class=ReadingRoute)


class RankedUnit(msgspec.Struct, frozen=True):
    """One line of a league table. Units without a rate come last and have no rank."""

    rank: int | None
    unit: str
    name: str
    level: Level
    quota: int | None
    achieved: int | None
    outstanding: int | None
    rate: RateFigure | None
    adjusted_rate: RateFigure | None
    reached: bool | None


class RankingPage(msgspec.Struct, frozen=True):
    """The units of `level` at or under `within`. `ranked_of`: how many of them have a rate; None where some are hidden.

    Order `worst` begins with the lowest rate; ranks are counted from the best in either order.
    """

    items: list[RankedUnit]
    next_cursor: str | None
    ranked_of: int | None
    indicator: str
    level: Level
    within: str
    order: Order
    as_of: date
    known_at: datetime | None
    as_of_token: str


def _line(campaign: CampaignInSight, disclosures: Disclosures, subject: Subject, place: Place) -> RankedUnit:
    rounding = campaign.definition.rounding
    standing = standing_of(place.counts, subject.aim)
    _, standing = discreet(place.counts, standing, subject, disclosures.at(place.unit))
    return RankedUnit(
        rank=place.rank,
        unit=place.unit.code,
        name=place.unit.name,
        level=place.unit.level,
        quota=place.counts.quota,
        achieved=standing.achieved,
        outstanding=standing.outstanding,
        rate=rate_figure(standing.rate, rounding),
        adjusted_rate=rate_figure(standing.adjusted_rate, rounding),
        reached=standing.reached,
    )


@router.get(
    "/v1/campaigns/{code}/ranking",
    summary="League table of the units of one level inside one unit",
    responses=described(RankingPage),
)
async def show_ranking(
    request: Request,
    caller: Reader,
    code: str,
    indicator: Annotated[str, Query(description="The indicator whose raw rate decides.")],
    level: Annotated[Level, Query(description="The level of the units compared.")],
    within: Annotated[str | None, Query(description="The campaign's top unit unless given.")] = None,
    order: Annotated[Order, Query(description="Which end comes first; ranks stay the same.")] = "best",
    as_of: AsOf = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Units without a rate come last in either order, unranked; equal rates share a rank (1, 2, 2, 4)."""
    now = moment_of(request)
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, code, caller)
        inside = await known_unit(connection, campaign, within)
        view = campaign.view(as_of, now, known_at)
        subject = subject_of(campaign, campaign.counted(indicator))
        league = await league_of(
            connection, campaign, within=inside, level=level, subject=subject, view=view, order=order
        )
        token = await head_token(connection)
    start = start_behind(league.places, cursor, order)
    disclosures = Disclosures(campaign, subject.indicator)
    page = league.places[start : start + limit]
    more = start + limit < len(league.places)
    return answer(
        RankingPage(
            items=[_line(campaign, disclosures, subject, place) for place in page],
            next_cursor=cursor_at(page[-1].rate, page[-1].unit.code) if more else None,
            ranked_of=league.ranked_of,
            indicator=indicator,
            level=level,
            within=inside.code,
            order=order,
            as_of=view.as_of,
            known_at=view.known_at,
            as_of_token=token,
        )
    )
