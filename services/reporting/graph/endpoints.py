"""`POST /internal/graph/…`: the gateway's questions, with the end user's token."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.consistency import head_token
from services.chassis.pagination import encode_cursor
from services.contracts import graph
from services.contracts.series import SeriesColumns
from services.contracts.versions import VersionsQuestion
from services.reporting.commendation.assembly import commendations
from services.reporting.compliance.survey import survey, units_of_level
from services.reporting.exemptions.queries import fetch_exemptions
from services.reporting.figures.assembly import figures_of
from services.reporting.figures.subjects import subject_of, subjects_of
from services.reporting.graph.cascade import cascade_levels
from services.reporting.graph.children import child_pages
from services.reporting.graph.nodes import nodes_by_code, nodes_of, page_of, search_nodes
from services.reporting.graph.questions import (
    bounded_codes,
    bounded_first,
    invalid,
    name_cursor,
    parse_question,
    searched_name,
)
from services.reporting.graph.successions import successions_of
from services.reporting.graph.units import UnitNotFoundOnDay, search_units, units_by_code
from services.reporting.hierarchies.figures import figures_by
from services.reporting.hierarchies.sight import hierarchy_on
from services.reporting.rankings.league import cursor_at, league_of, start_behind
from services.reporting.reading import Reader, ReadingRoute, answer, moment_of, snapshot
from services.reporting.reconciliation.assembly import reconciliations
from services.reporting.series.assembly import FOLLOWED, paused_days, series_of
from services.reporting.series.days import checked_days
from services.reporting.versions.queries import fetch_versions
from services.reporting.visibility.campaigns import FIGURED, campaign_in_sight, campaigns_in_sight
from services.reporting.visibility.units import known_unit, known_units, seen_units

router = APIRouter(prefix="/internal/graph", include_in_schema=False, route_class=ReadingRoute)

OFFICIAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Where today begins when a unit is asked for outside any campaign."""


@router.post("/campaigns")
async def ask_campaigns(request: Request, caller: Reader) -> Response:
    """`CampaignsQuestion` → `CampaignsAnswer`."""
    question = parse_question(await request.body(), graph.CampaignsQuestion)
    first = bounded_first(question.first)
    now = moment_of(request)
    codes = None if question.codes is None else bounded_codes(question.codes, field="codes")
    async with snapshot(request) as connection:
        visible = await campaigns_in_sight(connection, codes, caller)
        token = await head_token(connection)
    behind = [one for one in visible if question.after is None or one.definition.code > question.after]
    page = behind[:first] if codes is None else behind
    items = [graph.CampaignSummary(one.definition, one.default_day(now), one.top_visible) for one in page]
    return answer(graph.CampaignsAnswer(items, len(visible), len(page) < len(behind), token))


@router.post("/versions")
async def ask_versions(request: Request, caller: Reader) -> Response:
    """`VersionsQuestion` → `Versions`."""
    question = parse_question(await request.body(), VersionsQuestion)
    codes = bounded_codes(question.campaigns, field="campaigns")
    async with snapshot(request) as connection:
        visible = await campaigns_in_sight(connection, codes, caller)
        return answer(await fetch_versions(connection, [one.definition.code for one in visible]))


@router.post("/units")
async def ask_units(request: Request, caller: Reader) -> Response:
    """`UnitsQuestion` → `UnitsAnswer`."""
    question = parse_question(await request.body(), graph.UnitsQuestion)
    first = bounded_first(question.first)
    on = question.on or moment_of(request).astimezone(OFFICIAL_ZONE).date()
    async with snapshot(request) as connection:
        if question.codes is not None:
            codes = bounded_codes(question.codes, field="codes")
            found = await units_by_code(connection, codes, on=on, caller=caller)
            items = [found[code] for code in codes if code in found]
            return answer(graph.UnitsAnswer(items, [], len(items), False, on))
        after = name_cursor(question.after)
        within = question.within
        if within is not None and within not in await units_by_code(connection, [within], on=on, caller=caller):
            raise UnitNotFoundOnDay(unit=within[:64], day=on)
        total, rows = await search_units(
            connection,
            on=on,
            level=question.level,
            within=within,
            searched=searched_name(question.q),
            after=after,
            limit=first + 1,
            caller=caller,
        )
    page = rows[:first]
    cursors = [encode_cursor([key, unit.code]) for key, unit in page]
    return answer(graph.UnitsAnswer([unit for _, unit in page], cursors, total, len(rows) > first, on))


@router.post("/campaign-units")
async def ask_campaign_units(request: Request, caller: Reader) -> Response:
    """`CampaignUnitsQuestion` → `CampaignUnitsAnswer`."""
    question = parse_question(await request.body(), graph.CampaignUnitsQuestion)
    first = bounded_first(question.first)
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, question.campaign, caller)
        if question.codes is not None:
            codes = bounded_codes(question.codes, field="codes")
            found = await nodes_by_code(connection, campaign, codes)
            rows = [found[code] for code in codes if code in found]
            return answer(await page_of(connection, campaign, rows, cursors=[], total=len(rows), has_next=False))
        after = name_cursor(question.after)
        within = None if question.within is None else await known_unit(connection, campaign, question.within)
        total, rows = await search_nodes(
            connection,
            campaign,
            level=question.level,
            within_id=None if within is None else within.id,
            searched=searched_name(question.q),
            after=after,
            limit=first + 1,
        )
        page = rows[:first]
        cursors = [encode_cursor([one.sort_key, one.tree.code]) for one in page]
        more = len(rows) > first
        return answer(await page_of(connection, campaign, page, cursors=cursors, total=total, has_next=more))


@router.post("/children")
async def ask_children(request: Request, caller: Reader) -> Response:
    """`ChildrenQuestion` → `ChildrenAnswer`."""
    question = parse_question(await request.body(), graph.ChildrenQuestion)
    bounded_first(question.first)
    codes = bounded_codes(question.parents, field="parents")
    by_rate = question.order_by in ("rate_best", "rate_worst")
    if by_rate and question.indicator is None:
        raise invalid(["indicator"], "missing", "Orders by rate need an indicator.")
    now = moment_of(request)
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, question.campaign, caller)
        view = campaign.view(question.as_of, now, question.known_at)
        indicator = campaign.counted(question.indicator) if by_rate and question.indicator is not None else None
        known = await known_units(connection, campaign, codes)
        parents = [known[code] for code in codes if code in known]
        pages = await child_pages(connection, campaign, parents, question, indicator=indicator, view=view)
    return answer(graph.ChildrenAnswer(pages))


@router.post("/ranking")
async def ask_ranking(request: Request, caller: Reader) -> Response:
    """`RankingQuestion` → `CampaignUnitsAnswer`, in the order of the table."""
    question = parse_question(await request.body(), graph.RankingQuestion)
    first = bounded_first(question.first)
    now = moment_of(request)
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, question.campaign, caller)
        within = await known_unit(connection, campaign, question.within)
        league = await league_of(
            connection,
            campaign,
            within=within,
            level=question.level,
            subject=subject_of(campaign, campaign.counted(question.indicator)),
            view=campaign.view(question.as_of, now, question.known_at),
            order=question.order,
        )
        start = start_behind(league.places, question.after, question.order)
        page = league.places[start : start + first]
        return answer(
            await page_of(
                connection,
                campaign,
                await nodes_of(connection, campaign, [one.unit for one in page]),
                cursors=[cursor_at(one.rate, one.unit.code) for one in page],
                total=len(league.places),
                has_next=start + len(page) < len(league.places),
            )
        )


@router.post("/figures")
async def ask_figures(request: Request, caller: Reader) -> Response:
    """`FiguresQuestion` → `FiguresAnswer`."""
    question = parse_question(await request.body(), graph.FiguresQuestion)
    codes = bounded_codes(question.units, field="units")
    now = moment_of(request)
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, question.campaign, caller)
        view = campaign.view(question.as_of, now, question.known_at)
        indicators = campaign.counted_indicators(question.indicators, FIGURED)
        subjects = subjects_of(campaign, indicators, question.cohort)
        if question.hierarchy is None:
            units = await seen_units(connection, campaign, codes)
            figures = await figures_of(connection, campaign, units, subjects, view)
        else:
            other = await hierarchy_on(connection, campaign, question.hierarchy)
            units = other.seen(codes)
            figures = (await figures_by(connection, other, units, subjects, view, scope=units)).figures
        token = await head_token(connection)
    return answer(graph.FiguresAnswer(figures, view.as_of, token))


@router.post("/exemptions")
async def ask_exemptions(request: Request, caller: Reader) -> Response:
    """`ExemptionsQuestion` → `ExemptionsAnswer`."""
    question = parse_question(await request.body(), graph.ExemptionsQuestion)
    codes = bounded_codes(question.units, field="units")
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, question.campaign, caller)
        view = campaign.view(question.as_of, moment_of(request), question.known_at)
        indicator = campaign.counted(question.indicator)
        units = await seen_units(connection, campaign, codes)
        found = await fetch_exemptions(connection, campaign, units, indicator, view)
    return answer(graph.ExemptionsAnswer(found))


@router.post("/successions")
async def ask_successions(request: Request, caller: Reader) -> Response:
    """`SuccessionsQuestion` → `SuccessionsAnswer`."""
    question = parse_question(await request.body(), graph.SuccessionsQuestion)
    codes = bounded_codes(question.codes, field="codes")
    on = question.on or moment_of(request).astimezone(OFFICIAL_ZONE).date()
    async with snapshot(request) as connection:
        found = await successions_of(connection, codes, on=on, caller=caller)
    return answer(found)


@router.post("/cascade")
async def ask_cascade(request: Request, caller: Reader) -> Response:
    """`CascadeQuestion` → `CascadeAnswer`."""
    question = parse_question(await request.body(), graph.CascadeQuestion)
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, question.campaign, caller)
        view = campaign.view(question.as_of, moment_of(request))
        levels = await cascade_levels(connection, campaign, question.level, view)
    return answer(graph.CascadeAnswer(levels))


@router.post("/compliance")
async def ask_compliance(request: Request, caller: Reader) -> Response:
    """`ComplianceQuestion` → `ComplianceSummary`."""
    question = parse_question(await request.body(), graph.ComplianceQuestion)
    now = moment_of(request)
    async with snapshot(request) as connection:
        campaign = (await campaign_in_sight(connection, question.campaign, caller)).unpublished
        view = campaign.view(question.day, now)
        day, units = view.as_of, await units_of_level(connection, campaign, question.level)
        found = await survey(connection, campaign, units, level=question.level, first=day, last=day, view=view)
    return answer(found.summary())


@router.post("/sources")
async def ask_sources(request: Request, caller: Reader) -> Response:
    """`SourcesQuestion` → `SourcesAnswer`."""
    question = parse_question(await request.body(), graph.SourcesQuestion)
    codes = bounded_codes(question.units, field="units")
    async with snapshot(request) as connection:
        campaign = (await campaign_in_sight(connection, question.campaign, caller)).unpublished
        view = campaign.view(question.as_of, moment_of(request), question.known_at)
        indicators = campaign.reconciled_indicators(question.indicators)
        units = await seen_units(connection, campaign, codes)
        found = await reconciliations(connection, campaign, units, indicators, view)
    return answer(graph.SourcesAnswer(found, view.as_of))


@router.post("/series")
async def ask_series(request: Request, caller: Reader) -> Response:
    """`SeriesQuestion` → `SeriesAnswer`."""
    question = parse_question(await request.body(), graph.SeriesQuestion)
    codes = bounded_codes(question.units, field="units")
    now = moment_of(request)
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, question.campaign, caller)
        view = campaign.view(question.as_of, now, question.known_at)
        days = checked_days(campaign, view, question.from_day, question.to_day, future=True)
        indicators = campaign.counted_indicators(question.indicators, FOLLOWED)
        subjects = subjects_of(campaign, indicators, question.cohort)
        units = await seen_units(connection, campaign, codes)
        series = await series_of(connection, campaign, units, subjects, view, days, cumulative=question.cumulative)
        token = await head_token(connection)
    places = [(unit.code, one.indicator.code, one.cohort_code) for unit in units for one in subjects]
    return answer(
        graph.SeriesAnswer(
            items=[SeriesColumns(*place, *columns) for place, columns in zip(places, series, strict=True)],
            days=days.all(),
            paused={one.indicator.code: paused_days(campaign, one, days) for one in subjects},
            as_of=view.as_of,
            as_of_token=token,
        )
    )


@router.post("/commendations")
async def ask_commendations(request: Request, caller: Reader) -> Response:
    """`CommendationsQuestion` → `CommendationsAnswer`."""
    question = parse_question(await request.body(), graph.CommendationsQuestion)
    codes = bounded_codes(question.units, field="units")
    async with snapshot(request) as connection:
        campaign = (await campaign_in_sight(connection, question.campaign, caller)).unpublished
        view = campaign.view(question.as_of, moment_of(request), question.known_at)
        units = await seen_units(connection, campaign, codes)
        found = {}
        if campaign.definition.commendation is not None:
            for level in dict.fromkeys(one.level for one in units):
                found |= {one.unit: one for one in await commendations(connection, campaign, level, view)}
    return answer(graph.CommendationsAnswer([found[one.code] for one in units if one.code in found], view.as_of))
