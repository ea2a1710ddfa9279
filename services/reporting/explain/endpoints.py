"""`GET /v1/campaigns/{code}/explain`."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.consistency import head_token
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.contracts.explanation import Explanation
from services.contracts.words import Explained, IndicatorKind
from services.reporting.explain.assembly import shown_batches, taken_apart
from services.reporting.figures.endpoints import AsOf, KnownAt
from services.reporting.figures.subjects import subjects_of
from services.reporting.reading import Reader, ReadingRoute, answer, described, moment_of, snapshot
from services.reporting.visibility.campaigns import campaign_in_sight
from services.reporting.visibility.units import known_unit

router = APIRouter(tags=["explain"], route_class=ReadingRoute)

EXPLAINED = frozenset({IndicatorKind.QUOTA, IndicatorKind.ACTIVITY, IndicatorKind.MILESTONE})

_Number = Annotated[int, msgspec.Meta(ge=0)]


@router.get(
    "/v1/campaigns/{code}/explain",
    summary="Where a figure comes from: children, sources, batches and plan documents, adding up exactly",
    responses=described(Explanation),
)
async def explain(
    request: Request,
    caller: Reader,
    code: str,
    unit: Annotated[str, Query(description="The unit whose figure is explained.")],
    indicator: Annotated[str, Query(description="The indicator.")],
    cohort: Annotated[
        str | None, Query(description="One cohort; all together unless given.", pattern=r"^[^*]*$")
    ] = None,
    outcome: Annotated[Explained, Query(description="Which number of the figure.")] = Explained.ACHIEVED,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Parts add up to the figure; so do what counts of the sources, and the batches of all pages.

    Whoever sees the unit by publication alone is told parts and plans, not sources and batches.
    """
    now = moment_of(request)
    after = None if cursor is None else decode_cursor(cursor, tuple[datetime, _Number])
    async with snapshot(request) as connection:
        campaign = await campaign_in_sight(connection, code, caller)
        asked = await known_unit(connection, campaign, unit, with_figures=True)
        view = campaign.view(as_of, now, known_at)
        (subject,) = subjects_of(campaign, [campaign.counted(indicator, EXPLAINED)], cohort)
        found = await taken_apart(connection, campaign, asked, subject, outcome, view)
        token = await head_token(connection)
    brought = found.brought or []
    behind = [one for one in brought if after is None or (one.received_at, one.acknowledgement) > after]
    page = behind[:limit]
    return answer(
        Explanation(
            unit=asked.code,
            level=asked.level,
            indicator=indicator,
            cohort=cohort,
            outcome=outcome,
            value=found.value,
            withheld=found.withheld,
            basis=found.basis,
            parts=found.parts,
            sources=found.sources,
            batches=None if found.brought is None else shown_batches(found, page),
            batches_total=None if found.brought is None else len(brought),
            lines=found.lines,
            next_cursor=(
                encode_cursor([page[-1].received_at, page[-1].acknowledgement]) if len(behind) > limit else None
            ),
            as_of=view.as_of,
            known_at=view.known_at,
            as_of_token=token,
        )
    )
