"""`/v1/sources`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from services.chassis.identity import Caller, needs
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.chassis.strict_json import StrictRoute
from services.chassis.writes import Answer, Writing
from services.progress.desk import desk_of
from services.progress.sources import commands, queries
from services.progress.sources.shapes import ReportShape, SourceInput, SourcePage, SourceShape

router = APIRouter(prefix="/v1/sources", tags=["sources"], route_class=StrictRoute)

SourceCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="The source's code.")]


@router.put(
    "/{code}",
    summary="Register a source, or replace what it was",
    response_model=SourceShape,
    responses={201: {"model": SourceShape, "description": "The source is new."}},
)
async def put_source(
    request: Request,
    code: SourceCode,
    given: SourceInput,
    write: Writing,
    caller: Annotated[Caller, Depends(needs("admin"))],
) -> Response:
    """The source reports what the body says, no more."""
    desk = desk_of(request)
    campaigns = {
        code: view.definition
        for code in {report.campaign for report in given.reports}
        if (view := await desk.campaign(code)) is not None
    }

    async def command(work: commands.UnitOfWork) -> Answer:
        source, is_new = await commands.put_source(work, code, given, campaigns)
        return Answer(_shape(source), 201 if is_new else 200)

    return await write(caller, command)


@router.get("", summary="Who reports", response_model=SourcePage)
async def list_sources(
    request: Request,
    caller: Annotated[Caller, Depends(needs("progress:read"))],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> SourcePage:
    """Sources by code. A reporter's token sees its own, one without all units those that report a campaign it sees."""
    after = decode_cursor(cursor, tuple[str])[0] if cursor else ""
    own = None if caller.sees_everything else caller.source
    async with request.app.state.chassis.database.reading() as connection:
        campaigns = None
        if not caller.sees_everything and own is None:
            campaigns = await queries.visible_campaigns(connection, caller.units)
        found = await queries.page(connection, after=after, only=own, campaigns=campaigns, limit=limit + 1)
    more = len(found) > limit
    return SourcePage(
        items=[_shape(source, campaigns) for source in found[:limit]],
        next_cursor=encode_cursor([found[limit - 1].definition.code]) if more else None,
    )


def _shape(source: queries.Source, campaigns: list[str] | None = None) -> SourceShape:
    """The source as the API shows it; only what concerns `campaigns` unless None."""
    definition = source.definition
    return SourceShape(
        code=definition.code,
        name=definition.name,
        kind=definition.kind,
        reports=[
            ReportShape(campaign=one.campaign, indicator=one.indicator, level=one.level)
            for one in definition.reports
            if campaigns is None or one.campaign in campaigns
        ],
        aliases=source.aliases if campaigns is None else {},
    )
