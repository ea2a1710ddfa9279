"""`GET /v1/campaigns/{code}/cascade`."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.chassis.identity import Caller, needs
from services.chassis.moments import Moment
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.chassis.problems import NotFound
from services.chassis.strict_json import StrictRoute
from services.contracts.definitions import CampaignDefinition
from services.contracts.fields import Code, Day
from services.contracts.words import Level
from services.quota.campaigns.queries import Sight, seen_campaign
from services.quota.campaigns.rules import figures_day
from services.quota.cascade.rules import Standing, level_counts, standings
from services.quota.cascade.shapes import Cascade
from services.quota.hierarchy.places import TreeNode
from services.quota.hierarchy.queries import places, tree
from services.quota.parameters import CodeInPath, json_response, today
from services.quota.quotas.endpoints import asked_indicator
from services.quota.quotas.queries import handed_down_in_force, lines_in_force

router = APIRouter(route_class=StrictRoute, tags=["quotas"])

Reader = Annotated[Caller, Depends(needs("quota:read"))]


@router.get("/v1/campaigns/{code}/cascade", summary="How far quotas have been handed down", response_model=Cascade)
async def get_cascade(
    request: Request,
    caller: Reader,
    code: CodeInPath,
    unit: Annotated[Code | None, Query(description="This unit and those below it; the top unit unless given.")] = None,
    level: Annotated[Level | None, Query(description="Only units of this level.")] = None,
    indicator: Annotated[Code | None, Query(description="Only this indicator.")] = None,
    as_of: Annotated[Day | None, Query(description="The earlier of today and the last day unless given.")] = None,
    known_at: Annotated[Moment | None, Query(description="By the plans that were issued at that moment.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Per unit what it received, handed down, kept and overdrew, and whom it waits for; and the n/N of every level."""
    chassis = request.app.state.chassis
    after = decode_cursor(cursor, tuple[int, str]) if cursor else None
    async with chassis.database.reading() as connection:
        campaign, sight = await seen_campaign(connection, caller, code, figures=True)
        day = as_of or figures_day(campaign, today(chassis.clock.now(), campaign.time_zone))
        number = asked_indicator(campaign, indicator)
        found = await places(connection, {campaign.unit, unit or campaign.unit}, day=campaign.hierarchy_day)
        start = found.get(unit or campaign.unit)
        if start is None or campaign.unit_id not in start.ids or (unit is not None and not sight.sees(start.path)):
            raise NotFound(path=f"the unit {unit} of the campaign {code}")
        nodes = await tree(connection, campaign.unit_id, day=campaign.hierarchy_day)
        lines = await lines_in_force(connection, campaign.id, day=day, known_at=known_at, indicator_no=number)
        given = await handed_down_in_force(connection, campaign.id, day=day, known_at=known_at, indicator_no=number)
    received: dict[int, dict[int, int]] = {}
    for line in lines:
        of_unit = received.setdefault(line.unit_id, {})
        of_unit[line.indicator_no] = of_unit.get(line.indicator_no, 0) + line.amount
    above = found[campaign.unit].path[:-1]
    shown = [
        one
        for one in standings(nodes, received, given)
        if start.code in one.node.path and _sees(sight, above, one.node) and level in (None, one.node.level)
    ]
    items = [one for one in shown if after is None or (one.node.depth, one.node.code) > after]
    page = items[:limit]
    last = page[-1].node if len(items) > limit else None
    return json_response(
        {
            "items": [_item(campaign, one, sight, above) for one in page],
            "levels": [
                {"level": one.level, "units": one.units, "received": one.received, "issued": one.issued}
                for one in level_counts(shown)
            ],
            "next_cursor": None if last is None else encode_cursor((last.depth, last.code)),
            "as_of": day,
            "known_at": None if known_at is None else known_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
    )


def _sees(sight: Sight, above: tuple[str, ...], node: TreeNode) -> bool:
    return sight.sees((*above, *node.path))


def _item(campaign: CampaignDefinition, one: Standing, sight: Sight, above: tuple[str, ...]) -> dict[str, object]:
    blocker = one.blocked_by
    return {
        "unit": one.node.code,
        "name": one.node.name,
        "level": one.node.level,
        "received": one.has_received,
        "issued": one.has_issued,
        "blocked_by": blocker.code if blocker is not None and _sees(sight, above, blocker) else None,
        "blocks": one.blocks,
        "indicators": [
            {
                "indicator": indicator.code,
                "received": balance.received,
                "handed_down": balance.handed_down,
                "unallocated": balance.unallocated,
                "over": balance.over,
            }
            for indicator in campaign.indicators
            if (balance := one.balances.get(campaign.numbers.indicators[indicator.code])) is not None
        ],
    }
