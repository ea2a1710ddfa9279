"""`GET /v1/campaigns/{code}/notice`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.reporting.figures.endpoints import AsOf
from services.reporting.notices.document import MEDIA, Format
from services.reporting.notices.drawing import drawn
from services.reporting.notices.facts import facts_of
from services.reporting.notices.wording import notice_of
from services.reporting.reading import Reader, ReadingRoute, moment_of, snapshot
from services.reporting.visibility.campaigns import campaign_in_sight
from services.reporting.visibility.units import known_unit

router = APIRouter(tags=["notices"], route_class=ReadingRoute)

_FILES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The notice.", "content": {media: {} for media in MEDIA.values()}}
}


def file_of(content: bytes, form: Format, *, name: str) -> Response:
    """The notice as a file of that name; HTML is shown, and may load and run nothing."""
    headers = {"Content-Disposition": f'{"inline" if form == "html" else "attachment"}; filename="{name}.{form}"'}
    if form == "html":
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    return Response(content, media_type=MEDIA[form], headers=headers)


@router.get(
    "/v1/campaigns/{code}/notice",
    summary="The official notice of results, in Vietnamese",
    response_class=Response,
    responses=_FILES,
)
async def get_notice(
    request: Request,
    caller: Reader,
    code: str,
    format: Annotated[Format, Query(description="The file that is answered.")] = "html",  # noqa: A002
    unit: Annotated[str | None, Query(description="Whose results: the campaign's top unit unless given.")] = None,
    as_of: AsOf = None,
) -> Response:
    """In the form of Decree 30/2020: the unit's results, a table per indicator of the units below it, and remarks.

    It is a draft, with number and date left open. What is simulated or imputed is said in it.
    """
    seconds = request.app.state.settings.document_seconds
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, code, caller)
        whose = await known_unit(connection, campaign, unit, with_figures=True)
        facts = await facts_of(connection, campaign, whose, campaign.view(as_of, moment_of(request)))
    content = await drawn(notice_of(facts, None), format, seconds=seconds)
    return file_of(content, format, name=f"thong-bao-{campaign.definition.code}-{whose.code}-{facts.as_of}")
