"""`GET /v1/campaigns/{code}/contradictions`."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.consistency import head_token
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.chassis.problems import FieldError, InvalidInput
from services.contracts.contradictions import Contradiction
from services.contracts.words import ContradictionKind, Level
from services.reporting.contradictions.assembly import contradictions_of, printed_otherwise
from services.reporting.figures.endpoints import AsOf, CodeText, KnownAt, Small
from services.reporting.figures.queries import units_under
from services.reporting.reading import Reader, ReadingRoute, answer, described, moment_of, snapshot
from services.reporting.visibility.campaigns import campaign_in_sight
from services.reporting.visibility.units import known_unit

router = APIRouter(tags=["contradictions"], route_class=ReadingRoute)

_Key = tuple[Small, CodeText, Small, CodeText, Small, date, CodeText]


class ContradictionsPage(msgspec.Struct, frozen=True):
    """By unit (ancestors first, then by code), indicator, cohort, kind and day."""

    items: list[Contradiction]
    next_cursor: str | None
    total: int
    as_of: date
    known_at: datetime | None
    as_of_token: str


@router.get(
    "/v1/campaigns/{code}/contradictions",
    summary="What was told and cannot all be right, each with its numbers and what to do",
    responses=described(ContradictionsPage),
)
async def list_contradictions(
    request: Request,
    caller: Reader,
    code: str,
    unit: Annotated[str | None, Query(description="Units at or under this one; the top unit unless given.")] = None,
    level: Annotated[Level | None, Query(description="Only units of this level.")] = None,
    indicator: Annotated[str | None, Query(description="One indicator; all unless given.")] = None,
    kind: Annotated[ContradictionKind | None, Query(description="Only contradictions of this kind.")] = None,
    printed: Annotated[
        str | None,
        Query(description="A share that some document prints for the unit and the indicator: `69,18`.", max_length=32),
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """A contradiction is shown as it was told; figures stay as they are.

    With `printed`, that share alone is looked at. A publication opens none of this.
    """
    now = moment_of(request)
    after = None if cursor is None else decode_cursor(cursor, _Key)
    async with snapshot(request) as connection:
        campaign = (await campaign_in_sight(connection, code, caller)).unpublished
        view = campaign.view(as_of, now, known_at)
        if printed is not None:
            _demand(unit, indicator)
            asked = await known_unit(connection, campaign, unit, with_figures=True)
            counted = campaign.counted(indicator or "")
            found = [
                ((0, "", 0, "", 0, view.as_of, ""), one)
                for one in await printed_otherwise(connection, campaign, asked, counted, printed, view)
            ]
        else:
            top = await known_unit(connection, campaign, unit)
            units = await units_under(
                connection, campaign, ancestor_id=top.id, depth=None, level=level, beginning=None, limit=None
            )
            indicators = campaign.definition.indicators
            chosen = indicators if indicator is None else [campaign.known_indicator(indicator)]
            found = await contradictions_of(connection, campaign, units, chosen, view)
        token = await head_token(connection)
    found = [pair for pair in found if kind is None or pair[1].kind is kind]
    behind = [pair for pair in found if after is None or pair[0] > after]
    page = behind[:limit]
    return answer(
        ContradictionsPage(
            items=[one for _, one in page],
            next_cursor=encode_cursor(page[-1][0]) if len(behind) > limit else None,
            total=len(found),
            as_of=view.as_of,
            known_at=view.known_at,
            as_of_token=token,
        )
    )


def _demand(unit: str | None, indicator: str | None) -> None:
    missing = [name for name, given in (("unit", unit), ("indicator", indicator)) if given is None]
    if missing:
        errors = [
            FieldError(
                f"/query/{name}", "missing", f"A printed share is one of a unit and an indicator: give `{name}`."
            )
            for name in missing
        ]
        raise InvalidInput(count=len(errors), errors=errors)
