"""`GET /v1/campaigns/{code}/series` and `GET /v1/campaigns/{code}/flows`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.consistency import head_token
from services.contracts.fields import Day
from services.contracts.series import Flow, FlowBreak, Series
from services.reporting.figures.endpoints import AsOf, KnownAt
from services.reporting.figures.subjects import one_subject, subject_of
from services.reporting.reading import Reader, ReadingRoute, answer, described, moment_of, snapshot
from services.reporting.series.assembly import FLOWS, FOLLOWED, day_counts, paused_days, series_of
from services.reporting.series.days import checked_days
from services.reporting.series.flows import flow_of
from services.reporting.visibility.campaigns import campaign_in_sight
from services.reporting.visibility.units import known_unit

router = APIRouter(tags=["series"], route_class=ReadingRoute)

UnitAsked = Annotated[str | None, Query(description="The campaign's top unit unless given.")]
FromDay = Annotated[Day | None, Query(alias="from", description="The campaign's first day unless given.")]


@router.get(
    "/v1/campaigns/{code}/series",
    summary="One unit's counts day by day, beside what was expected",
    responses=described(Series),
)
async def show_series(
    request: Request,
    caller: Reader,
    code: str,
    indicator: Annotated[str, Query(description="The indicator whose counts are followed.")],
    unit: UnitAsked = None,
    from_day: FromDay = None,
    to_day: Annotated[
        Day | None,
        Query(alias="to", description="`as_of` unless given; of later days only what is expected is known."),
    ] = None,
    cumulative: Annotated[
        bool, Query(description="Totals as of each day (the default), or what happened on each day.")
    ] = True,
    cohort: Annotated[str | None, Query(description="One cohort; the whole indicator unless given.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """Each day by whoever spoke on it; unknown before anything was, which is not zero. Paused days are marked."""
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, code, caller)
        asked = await known_unit(connection, campaign, unit, with_figures=True)
        view = campaign.view(as_of, moment_of(request), known_at)
        days = checked_days(campaign, view, from_day, to_day, future=True)
        subject = one_subject(campaign, campaign.counted(indicator, FOLLOWED), cohort)
        (series,) = await series_of(connection, campaign, [asked], [subject], view, days, cumulative=cumulative)
        token = await head_token(connection)
    return answer(
        Series(
            unit=asked.code,
            indicator=indicator,
            cohort=cohort,
            cumulative=cumulative,
            from_day=days.first,
            to_day=days.last,
            items=day_counts(series, days, paused_days(campaign, subject, days)),
            as_of=view.as_of,
            known_at=view.known_at,
            as_of_token=token,
        )
    )


@router.get(
    "/v1/campaigns/{code}/flows",
    summary="One unit's flow: opening stock, received, resolved, closing stock, and where they do not meet",
    responses=described(Flow),
)
async def show_flow(
    request: Request,
    caller: Reader,
    code: str,
    indicator: Annotated[str, Query(description="An indicator of kind `flow`.")],
    unit: UnitAsked = None,
    from_day: FromDay = None,
    to_day: Annotated[Day | None, Query(alias="to", description="`as_of` unless given.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """A stock that is stated counts, even where it is not what the day before had left: that is a break."""
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, code, caller)
        asked = await known_unit(connection, campaign, unit, with_figures=True)
        view = campaign.view(as_of, moment_of(request), known_at)
        days = checked_days(campaign, view, from_day, to_day)
        subject = subject_of(campaign, campaign.counted(indicator, FLOWS))
        flow = await flow_of(connection, campaign, asked, subject, view, days)
        token = await head_token(connection)
    course = flow.course
    return answer(
        Flow(
            unit=asked.code,
            indicator=indicator,
            from_day=days.first,
            to_day=days.last,
            opening=course.opening,
            received=flow.received,
            resolved=flow.resolved,
            closing=course.closing,
            breaks=[
                FlowBreak(day, one.stated, one.expected, one.stated - one.expected)
                for day, one in course.breaks.items()
            ],
            as_of=view.as_of,
            known_at=view.known_at,
            as_of_token=token,
        )
    )
