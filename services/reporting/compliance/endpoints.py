"""`GET /v1/campaigns/{code}/compliance`."""

from bisect import bisect_left, bisect_right
from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.consistency import head_token
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.contracts.compliance import ComplianceSummary, ReportDue
from services.contracts.fields import Day
from services.contracts.words import Level, ReportKind, ReportStatus
from services.reporting.compliance.survey import Survey, checked_days, page_of, required, survey, units_of_level
from services.reporting.figures.endpoints import AsOf, CodeText, KnownAt
from services.reporting.reading import Reader, ReadingRoute, answer, described, moment_of, snapshot
from services.reporting.visibility.campaigns import campaign_in_sight
from services.reporting.visibility.units import known_unit

router = APIRouter(tags=["compliance"], route_class=ReadingRoute)

_Cursor = tuple[date, ReportKind, CodeText, CodeText]


class CompliancePage(msgspec.Struct, frozen=True):
    """Reports by day, the final one after that of its day, then by unit and source; `summary` counts all of them."""

    items: list[ReportDue]
    next_cursor: str | None
    summary: ComplianceSummary
    as_of: date
    known_at: datetime | None
    as_of_token: str


@router.get(
    "/v1/campaigns/{code}/compliance",
    summary="Who reported on time, late, not at all, or owed nothing, by source, unit and day",
    responses=described(CompliancePage),
)
async def list_compliance(
    request: Request,
    caller: Reader,
    code: str,
    level: Annotated[Level | None, Query(description="Of which units; the campaign's choice unless given.")] = None,
    from_: Annotated[Day | None, Query(alias="from", description="The campaign's first day unless given.")] = None,
    to: Annotated[Day | None, Query(description="`as_of` unless given.")] = None,
    unit: Annotated[str | None, Query(description="Units at or under this one; the top unit unless given.")] = None,
    indicator: Annotated[str | None, Query(description="Reports on this indicator alone.")] = None,
    source: Annotated[str | None, Query(description="Reports of this source alone.")] = None,
    status: Annotated[ReportStatus | None, Query(description="Only these items; the summary counts all.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """A report is on time by the hour that the campaign sets; a correction makes nothing late, a void makes missing.

    A publication opens none of this: it shows reports on the token's own units.
    """
    now = moment_of(request)
    after = None if cursor is None else decode_cursor(cursor, _Cursor)
    async with snapshot(request) as connection:
        campaign = (await campaign_in_sight(connection, code, caller)).unpublished
        view = campaign.view(as_of, now, known_at)
        inside = None if unit is None else await known_unit(connection, campaign, unit)
        if indicator is not None:
            campaign.known_indicator(indicator)
        asked = level or required(campaign).level
        first, last = checked_days(campaign, from_, to, view.as_of)
        units = await units_of_level(connection, campaign, asked, within=inside)
        found = await survey(
            connection,
            campaign,
            units,
            level=asked,
            first=first,
            last=last,
            view=view,
            indicator=indicator,
            source=source,
        )
        places, more = page_of(
            found,
            after=(-1, 0, 0) if after is None else _place(found, after),
            statuses=list(ReportStatus) if status is None else [status],
            limit=limit,
        )
        items = await found.reports(connection, places)
        token = await head_token(connection)
    last_key = [items[-1].day, items[-1].report, items[-1].unit, items[-1].source] if more else None
    return answer(
        CompliancePage(
            items=items,
            next_cursor=None if last_key is None else encode_cursor(last_key),
            summary=found.summary(),
            as_of=view.as_of,
            known_at=view.known_at,
            as_of_token=token,
        )
    )


def _place(found: Survey, after: _Cursor) -> tuple[int, int, int]:
    """Where the page begins behind; what has gone since counts as the place that it stood at."""
    day, report, unit, source = after
    slots = [(one.day, one.report is ReportKind.FINAL) for one in found.timetable.slots]
    slot = bisect_left(slots, (day, report is ReportKind.FINAL))
    codes = [one.code for one in found.units]
    at = bisect_left(codes, unit)
    if at == len(codes) or codes[at] != unit:
        return slot, at, -1
    return slot, at, bisect_right([one.code for one in found.reporters], source) - 1
