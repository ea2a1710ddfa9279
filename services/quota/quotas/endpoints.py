"""`/v1/campaigns/{code}/quotas`."""

from collections.abc import Iterator
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.chassis.identity import Caller, needs
from services.chassis.moments import Moment
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.chassis.problems import FieldError, InvalidInput, NotFound
from services.chassis.strict_json import StrictRoute
from services.contracts.definitions import CampaignDefinition
from services.contracts.fields import Code, Day
from services.quota.campaigns.queries import seen_campaign
from services.quota.campaigns.rules import figures_day
from services.quota.hierarchy.places import TreeNode
from services.quota.hierarchy.queries import places, tree
from services.quota.parameters import CodeInPath, json_response, today
from services.quota.plans.shapes import QuotaPage
from services.quota.quotas.queries import lines_in_force
from services.quota.quotas.rules import ALL_COHORTS, Key, Quota, quotas

router = APIRouter(route_class=StrictRoute, tags=["quotas"])

Reader = Annotated[Caller, Depends(needs("quota:read"))]
Place = tuple[int, str, int, int]
"""Where an item stands in the list: depth, code of the unit, place of the indicator, number of the cohort."""


@router.get("/v1/campaigns/{code}/quotas", summary="Quotas in force", response_model=QuotaPage)
async def list_quotas(
    request: Request,
    caller: Reader,
    code: CodeInPath,
    unit: Annotated[Code | None, Query(description="This unit and those below it; the top unit unless given.")] = None,
    indicator: Annotated[Code | None, Query(description="Only this indicator.")] = None,
    depth: Annotated[int | None, Query(ge=0, le=50, description="Levels below the unit; all unless given.")] = None,
    as_of: Annotated[Day | None, Query(description="The earlier of today and the last day unless given.")] = None,
    known_at: Annotated[
        Moment | None, Query(description="By the plans that were issued at that moment; all of them unless given.")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Ancestors first, then by code, then in the campaign's order of indicators; all cohorts together, then each."""
    chassis = request.app.state.chassis
    after = decode_cursor(cursor, Place) if cursor else None
    async with chassis.database.reading() as connection:
        campaign, sight = await seen_campaign(connection, caller, code, figures=True)
        day = as_of or figures_day(campaign, today(chassis.clock.now(), campaign.time_zone))
        indicator_no = asked_indicator(campaign, indicator)
        found = await places(connection, {unit or campaign.unit}, day=campaign.hierarchy_day)
        top = found.get(unit or campaign.unit)
        if top is None or campaign.unit_id not in top.ids or (unit is not None and not sight.sees(top.path)):
            raise NotFound(path=f"the unit {unit} of the campaign {code}")
        nodes = await tree(connection, top.id, day=campaign.hierarchy_day)
        lines = await lines_in_force(connection, campaign.id, day=day, known_at=known_at, indicator_no=indicator_no)
    above = top.path[:-1]
    shown_nodes = [
        node for node in nodes if (depth is None or node.depth <= depth) and sight.sees((*above, *node.path))
    ]
    items = list(_after(after, _items(campaign, shown_nodes, quotas(nodes, lines)), limit + 1))
    page = items[:limit]
    return json_response(
        {
            "items": [item for _, item in page],
            "next_cursor": encode_cursor(page[-1][0]) if len(items) > limit else None,
            "as_of": day,
            "known_at": None if known_at is None else known_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
    )


def asked_indicator(campaign: CampaignDefinition, code: str | None) -> int | None:
    """The number of the indicator that a query names, None where it names none. Raises: InvalidInput."""
    if code is None:
        return None
    if campaign.indicator(code) is None:
        error = FieldError("/query/indicator", "unknown_indicator", "the campaign has no indicator of this code")
        raise InvalidInput(count=1, errors=[error])
    return campaign.numbers.indicators[code]


def _items(
    campaign: CampaignDefinition, nodes: list[TreeNode], found: dict[int, dict[Key, Quota]]
) -> Iterator[tuple[Place, dict[str, object]]]:
    places_of = {campaign.numbers.indicators[one.code]: place for place, one in enumerate(campaign.indicators)}
    cohorts = {number: code for code, number in campaign.numbers.cohorts.items()}
    for node in nodes:
        keys = [key for key in found[node.id] if key[0] in places_of]
        for key in sorted(keys, key=lambda key: (places_of[key[0]], key[1])):
            quota = found[node.id][key]
            indicator_no, cohort_no = key
            item: dict[str, object] = {
                "unit": node.code,
                "indicator": campaign.indicators[places_of[indicator_no]].code,
                "cohort": None if cohort_no == ALL_COHORTS else cohorts[cohort_no],
                "amount": quota.amount,
                "basis": quota.basis,
                "baseline": quota.baseline,
                "documents": [
                    {"number": one.number, "date": one.date, "plan": one.plan} for one in sorted(quota.documents)
                ],
            }
            yield (node.depth, node.code, places_of[indicator_no], cohort_no), item


def _after(
    after: Place | None, items: Iterator[tuple[Place, dict[str, object]]], most: int
) -> Iterator[tuple[Place, dict[str, object]]]:
    taken = 0
    for place, item in items:
        if after is not None and place <= after:
            continue
        yield place, item
        taken += 1
        if taken == most:
            return
