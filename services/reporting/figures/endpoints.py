"""`GET /v1/campaigns/{code}/figures`."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.moments import Moment
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.contracts.fields import Day
from services.contracts.figures import Figure, UnattributedFigure
from services.contracts.words import Level
from services.reporting.figures.assembly import figures_of
from services.reporting.figures.queries import units_under
from services.reporting.figures.subjects import Subject, subjects_of
from services.reporting.hierarchies.figures import figures_by
from services.reporting.hierarchies.sight import hierarchy_on
from services.reporting.keeping.answers import KeepingRoute, answer_to_keep
from services.reporting.reading import Reader, described, moment_of, snapshot
from services.reporting.visibility.campaigns import FIGURED, CampaignInSight, campaign_in_sight
from services.reporting.visibility.units import known_unit

router = APIRouter(tags=["figures"], route_class=KeepingRoute)

AsOf = Annotated[
    Day | None,
    Query(description="The campaign day that figures are as of: the earlier of today and the last day unless given."),
]

Small = Annotated[int, msgspec.Meta(ge=0, le=32_000)]
CodeText = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]


KnownAt = Annotated[
    Moment | None,
    Query(
        description="Only what was known at this moment: batches received by then and not yet withdrawn, plans issued."
    ),
]

CohortAsked = Annotated[
    str | None,
    Query(description="One cohort, of the indicators that have it; `*` adds each cohort behind its indicator."),
]


HierarchyAsked = Annotated[
    Day | None,
    Query(
        description="By the units of this day: what was decided in the campaign's own hierarchy, summed along the"
        " succession. `unattributed` lists what was divided without a stated share."
    ),
]


class FiguresPage(msgspec.Struct, frozen=True):
    """Units × indicators, ancestors first, then by code, then in the campaign's order of indicators and cohorts.

    `hierarchy` and `unattributed` are there where the units of another day were asked for.
    """

    items: list[Figure]
    next_cursor: str | None
    as_of: date
    known_at: datetime | None
    as_of_token: str
    hierarchy: date | msgspec.UnsetType = msgspec.UNSET
    unattributed: list[UnattributedFigure] | msgspec.UnsetType = msgspec.UNSET


def _place(campaign: CampaignInSight, subject: Subject) -> tuple[int, int]:
    """Where the subject stands in the campaign's order; an indicator stands before its cohorts."""
    indicator = subject.indicator
    cohort = 0 if subject.cohort is None else 1 + indicator.cohorts.index(subject.cohort)
    return campaign.definition.indicators.index(indicator), cohort


@router.get(
    "/v1/campaigns/{code}/figures",
    summary="Where units stand in each indicator, as of a day",
    responses=described(FiguresPage),
)
async def list_figures(
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
    cohort: CohortAsked = None,
    hierarchy: HierarchyAsked = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """One item per unit × indicator, known or not: ancestors first, then by code, then in the campaign's order."""
    now = moment_of(request)
    after = None if cursor is None else decode_cursor(cursor, tuple[Small, CodeText, Small, Small])
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, code, caller)
        view = campaign.view(as_of, now, known_at)
        indicators = campaign.counted_indicators(None if indicator is None else [indicator], FIGURED)
        subjects = subjects_of(campaign, indicators, cohort)
        places = [_place(campaign, one) for one in subjects]
        levels_below = 0 if depth is None and level is None else depth
        beginning, units_at_most = None if after is None else after[:2], limit // max(1, len(subjects)) + 2
        if hierarchy is None:
            top = await known_unit(connection, campaign, unit)
            units = await units_under(
                connection,
                campaign,
                ancestor_id=top.id,
                depth=levels_below,
                level=level,
                beginning=beginning,
                limit=units_at_most,
            )
            found = await figures_of(connection, campaign, units, subjects, view), msgspec.UNSET
        else:
            other = await hierarchy_on(connection, campaign, hierarchy)
            scope = other.under(other.tops(unit), depth=levels_below, level=level)
            units = [one for one in scope if beginning is None or (one.depth, one.code) >= beginning][:units_at_most]
            found = await figures_by(connection, other, units, subjects, view, scope=scope)
        figures, unattributed = found
        keys = [(one.depth, one.code, *place) for one in units for place in places]
        start = 0 if after is None else sum(key <= after for key in keys)
    more = len(keys) - start > limit
    page = FiguresPage(
        items=figures[start : start + limit],
        next_cursor=encode_cursor(keys[start + limit - 1]) if more else None,
        as_of=view.as_of,
        known_at=view.known_at,
        as_of_token=campaign.as_of_token,
        hierarchy=msgspec.UNSET if hierarchy is None else hierarchy,
        unattributed=unattributed,
    )
    return answer_to_keep(request, page, campaign, now)
