"""`GET /v1/campaigns/{code}/ranking`."""

from datetime import date, datetime
from typing import Annotated, NamedTuple

import asyncpg
import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit
from services.contracts.figures import RateFigure
from services.contracts.words import Level
from services.reporting.exemptions.disclosure import Disclosures
from services.reporting.figures.assembly import rate_figure
from services.reporting.figures.discretion import discreet
from services.reporting.figures.endpoints import AsOf, KnownAt
from services.reporting.figures.rules import standing_of
from services.reporting.figures.subjects import Subject, subject_of
from services.reporting.keeping.answers import KeepingRoute, answer_to_keep
from services.reporting.keeping.store import Store
from services.reporting.rankings.kept import MOST_LINES, Asked
from services.reporting.rankings.league import League, Order, Place, cursor_at, league_of, start_behind
from services.reporting.reading import Reader, described, moment_of, snapshot
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight, campaign_in_sight
from services.reporting.visibility.units import TreeRow, known_unit

router = APIRouter(tags=["rankings"], route_class=KeepingRoute)


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
    rate = rate_figure(standing.rate, rounding)
    same = standing.adjusted_rate is standing.rate
    return RankedUnit(
        rank=place.rank,
        unit=place.unit.code,
        name=place.unit.name,
        level=place.unit.level,
        quota=place.counts.quota,
        achieved=standing.achieved,
        outstanding=standing.outstanding,
        rate=rate,
        adjusted_rate=rate if same else rate_figure(standing.adjusted_rate, rounding),
        reached=standing.reached,
    )


class _Table(NamedTuple):
    """A league, and each of its lines as it is shown."""

    league: League
    lines: list[RankedUnit]


def kept_tables() -> Store[Asked, _Table]:
    """Where one process keeps its tables (`state.league_tables`), by lines."""
    return Store(most=MOST_LINES)


async def _table(
    request: Request,
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    inside: TreeRow,
    level: Level,
    subject: Subject,
    view: View,
    order: Order,
) -> _Table:
    """The table as the caller sees it; one of the present is kept for whoever sees everything."""
    sensitive = campaign.sensitive
    tables: Store[Asked, _Table] = request.app.state.league_tables
    asked = None
    stand, sees_all = campaign.stand, campaign.sight.everything
    if stand is not None and view.known_at is None and sees_all and (sensitive.everything or sensitive.is_blind):
        asked = Asked(
            stand.state,
            campaign.definition.id,
            subject.indicator.code,
            level,
            inside.id,
            order,
            view.as_of,
            sensitive.everything,
        )
        if (kept := tables.get(asked)) is not None:
            return kept
    league = await league_of(connection, campaign, within=inside, level=level, subject=subject, view=view, order=order)
    disclosures = Disclosures(campaign, subject.indicator)
    table = _Table(league, [_line(campaign, disclosures, subject, place) for place in league.places])
    if asked is not None:
        tables.put(asked, table, weight=len(table.lines) + 1)
    return table


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
        table = await _table(request, connection, campaign, inside, level, subject, view, order)
    league = table.league
    start = start_behind(league.places, cursor, order)
    page = league.places[start : start + limit]
    more = start + limit < len(league.places)
    shown = RankingPage(
        items=table.lines[start : start + limit],
        next_cursor=cursor_at(page[-1].rate, page[-1].unit.code) if more else None,
        ranked_of=league.ranked_of,
        indicator=indicator,
        level=level,
        within=inside.code,
        order=order,
        as_of=view.as_of,
        known_at=view.known_at,
        as_of_token=campaign.as_of_token,
    )
    return answer_to_keep(request, shown, campaign, now)
