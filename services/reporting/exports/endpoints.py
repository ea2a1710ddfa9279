"""`GET /v1/campaigns/{code}/export`."""

import tempfile
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from services.chassis.consistency import head_token
from services.chassis.consistency_tokens import HEADER
from services.contracts.words import Level
from services.reporting.exports.files import MEDIA, Format, check_format, gathered, in_pieces, size_of, written
from services.reporting.figures.endpoints import AsOf, CohortAsked, KnownAt
from services.reporting.figures.queries import units_under
from services.reporting.figures.subjects import subjects_of
from services.reporting.reading import Reader, ReadingRoute, moment_of, snapshot
from services.reporting.settings import ReportingSettings
from services.reporting.visibility.campaigns import FIGURED, campaign_in_sight
from services.reporting.visibility.units import known_unit

router = APIRouter(tags=["exports"], route_class=ReadingRoute)

_FILES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {media: {} for media in MEDIA.values()}}
}


@router.get(
    "/v1/campaigns/{code}/export",
    summary="Figures as data: CSV, XLSX or Parquet",
    response_class=Response,
    responses=_FILES,
)
async def export_figures(
    request: Request,
    caller: Reader,
    code: str,
    format: Annotated[Format, Query(description="The file that is answered.")] = "csv",  # noqa: A002
    unit: Annotated[str | None, Query(description="The campaign's top unit unless given.")] = None,
    depth: Annotated[
        int | None, Query(ge=0, le=5, description="How many levels below the unit: all unless given.")
    ] = None,
    level: Annotated[Level | None, Query(description="Only units of this level, at or under the unit.")] = None,
    indicator: Annotated[str | None, Query(description="One indicator; all unless given.")] = None,
    cohort: CohortAsked = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """A row per figure, in the order of `figures`; numerators and denominators exact; moments in UTC.

    The `Consistency-Token` header names what it has seen.
    """
    check_format(format)
    settings: ReportingSettings = request.app.state.settings
    # Figures of a country and their file would be hundreds of megabytes of memory: both are files instead.
    with tempfile.TemporaryFile() as lines:
        async with snapshot(request) as connection:
            campaign = await campaign_in_sight(connection, code, caller)
            top = await known_unit(connection, campaign, unit)
            view = campaign.view(as_of, moment_of(request), known_at)
            indicators = campaign.counted_indicators(None if indicator is None else [indicator], FIGURED)
            subjects = subjects_of(campaign, indicators, cohort)
            units = await units_under(
                connection, campaign, ancestor_id=top.id, depth=depth, level=level, beginning=None, limit=None
            )
            most = settings.export_figures
            figures = await gathered(connection, campaign, units, subjects, view, most=most, lines=lines)
            token = await head_token(connection)
        file = await written(lines, format, figures=figures, seconds=settings.document_seconds)
    headers = {
        "Content-Disposition": f'attachment; filename="{campaign.definition.code}-{view.as_of}.{format}"',
        "Content-Length": str(size_of(file)),
        **({HEADER: token} if token else {}),
    }
    return StreamingResponse(in_pieces(file), media_type=MEDIA[format], headers=headers)
