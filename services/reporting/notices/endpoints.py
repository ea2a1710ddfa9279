"""`GET /v1/campaigns/{code}/notice`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.problems import FieldError, Refusal
from services.contracts.words import RoundingMode
from services.reporting.figures.endpoints import AsOf, KnownAt
from services.reporting.notices.document import MEDIA, Format
from services.reporting.notices.drawing import drawn
from services.reporting.notices.facts import facts_of
from services.reporting.notices.printing import Decimals, Printing, overridden
from services.reporting.notices.wording import notice_of
from services.reporting.reading import Reader, ReadingRoute, moment_of, snapshot
from services.reporting.snapshots.queries import fetch_document
from services.reporting.snapshots.visibility import SnapshotNotFound, snapshot_in_sight
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


class SnapshotAlone(Refusal):
    """A snapshot is what it was; it takes no {given} beside it."""

    status = 422
    code = "snapshot_alone"
    title = "A snapshot and something else were asked for"
    remedy = "Leave out what the detail names, or leave `snapshot` out."


def _refuse_beside_snapshot(**asked: object) -> None:
    given = [name for name, value in asked.items() if value is not None]
    if given:
        raise SnapshotAlone(
            given=" and no ".join(given),
            errors=[FieldError(f"/query/{one}", SnapshotAlone.code, "Leave it out.") for one in given],
        )


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
    known_at: KnownAt = None,
    overall_decimals: Annotated[Decimals | None, Query(description="Of the rates of the unit's own results.")] = None,
    overall_rounding: Annotated[RoundingMode | None, Query(description="How these are rounded.")] = None,
    units_decimals: Annotated[Decimals | None, Query(description="Of the rates of the units below it.")] = None,
    units_rounding: Annotated[RoundingMode | None, Query(description="How these are rounded.")] = None,
    frozen: Annotated[
        str | None,
        Query(alias="snapshot", description="The id of a snapshot of the campaign: its notice, byte for byte."),
    ] = None,
) -> Response:
    """In the form of Decree 30/2020: the unit's results, a table per indicator of the units below it, and remarks.

    It is a draft, with number and date left open, unless it is a snapshot's. What is simulated or imputed is said.
    Rates are printed as the campaign has it, unless a section is told otherwise; a snapshot says it once.
    """
    printed = {
        "overall_decimals": overall_decimals,
        "overall_rounding": overall_rounding,
        "units_decimals": units_decimals,
        "units_rounding": units_rounding,
    }
    seconds = request.app.state.settings.document_seconds
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, code, caller)
        if frozen is not None:
            _refuse_beside_snapshot(unit=unit, as_of=as_of, known_at=known_at, **printed)
            kept = await snapshot_in_sight(connection, frozen, caller)
            content = await fetch_document(connection, kept.id, format)
            if kept.campaign_id != campaign.definition.id or content is None:
                raise SnapshotNotFound(snapshot=frozen[:64])
            return file_of(content, format, name=f"thong-bao-{kept.campaign}-{kept.as_of}")
        whose = await known_unit(connection, campaign, unit, with_figures=True)
        facts = await facts_of(connection, campaign, whose, campaign.view(as_of, moment_of(request), known_at))
    policy = facts.campaign.rounding
    printing = Printing(
        overridden(policy, overall_decimals, overall_rounding), overridden(policy, units_decimals, units_rounding)
    )
    content = await drawn(notice_of(facts, None, printing), format, seconds=seconds)
    return file_of(content, format, name=f"thong-bao-{campaign.definition.code}-{whose.code}-{facts.as_of}")
