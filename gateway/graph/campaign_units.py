"""Units in a campaign's tree, with their figures."""

from datetime import date
from typing import Annotated

import strawberry

from gateway.execution import forms
from gateway.execution.asking import Info
from gateway.execution.loading import ChildrenPage, UnitInCampaign
from gateway.graph.commendations import Commendation, commendation_of
from gateway.graph.connections import After, Connection, First, Node, given, page_of
from gateway.graph.figures import (
    AsOf,
    Figure,
    IndicatorsFilter,
    KnownAt,
    checked_indicators,
    figures_of_unit,
    to_figures,
)
from gateway.graph.ids import campaign_unit_id
from gateway.graph.indicators import known_cohort, known_indicators
from gateway.graph.units import Unit, unit_in_campaign
from gateway.graph.words import UnitOrder, child_order
from gateway.limits import page_size
from services.chassis.problems import Refusal
from services.contracts import walks
from services.contracts.definitions import CampaignDefinition
from services.contracts.graph import CampaignUnitNode, CampaignUnitsAnswer

BY_RATE = (UnitOrder.RATE_BEST, UnitOrder.RATE_WORST)


class IndicatorNeeded(Refusal):
    """The order {order} compares rates and needs `indicator`."""

    code = "indicator_needed"
    title = "An indicator is needed"
    remedy = "Say with `indicator` whose rates are compared."


@strawberry.type(description="A unit in a campaign's tree, as it was on the campaign's hierarchy day.")
class CampaignUnit(Node):
    """A unit of one campaign. Ancestors of what the caller may see show code and name, no figure."""

    campaign: strawberry.Private[CampaignDefinition]
    node: strawberry.Private[CampaignUnitNode]

    @strawberry.field(description="The unit itself.")
    def unit(self) -> Unit:
        """On the hierarchy day."""
        return unit_in_campaign(self.node, campaign=self.campaign.code, day=self.campaign.hierarchy_day)

    @strawberry.field(description="The unit above it in the campaign; null for the top unit.")
    async def parent(self, info: Info) -> "CampaignUnit | None":
        """The last of its ancestors."""
        if not self.node.ancestors:
            return None
        return await find_campaign_unit(info, self.campaign, self.node.ancestors[-1])

    @strawberry.field(description="All units above it, the campaign's top unit first.")
    async def ancestors(self, info: Info) -> list["CampaignUnit"]:
        """From the top down to the parent."""
        keys = [UnitInCampaign(self.campaign.code, code) for code in self.node.ancestors]
        found = await info.context.loading.campaign_units.load_many(keys)
        return [campaign_unit(self.campaign, one) for one in found if one is not None]

    @strawberry.field(description="The units directly below it that the caller may see.")
    async def children(
        self,
        info: Info,
        first: First = 100,
        after: After = strawberry.UNSET,
        order_by: Annotated[
            UnitOrder | None, strawberry.argument(description="Their order; by code unless given.")
        ] = strawberry.UNSET,
        indicator: Annotated[
            str | None, strawberry.argument(description="Code of the indicator that RATE_BEST and RATE_WORST compare.")
        ] = strawberry.UNSET,
    ) -> Connection["CampaignUnit"]:
        """One page."""
        order, compared = given(order_by) or UnitOrder.CODE, given(indicator)
        if order in BY_RATE and compared is None:
            raise IndicatorNeeded(order=order.name)
        if compared is not None:
            known_indicators(self.campaign, [compared])
        page = ChildrenPage(
            campaign=self.campaign.code,
            first=page_size(first, default=100),
            after=given(after),
            order_by=child_order(order),
            indicator=compared,
            parent=self.node.unit.code,
        )
        answer = await info.context.loading.children.load(page)
        return campaign_unit_page(self.campaign, answer, after=page.after)

    @strawberry.field(description="Its figures for whole indicators; empty where the caller may see none.")
    async def figures(
        self,
        info: Info,
        indicators: IndicatorsFilter = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
        known_at: KnownAt = strawberry.UNSET,
        hierarchy: Annotated[
            date | None,
            strawberry.argument(
                description="By the units of this day: of the unit that bears this code then, what was decided in the"
                " campaign's own hierarchy, summed along the successions."
            ),
        ] = strawberry.UNSET,
    ) -> list[Figure]:
        """In the order asked, else in the campaign's order of indicators."""
        chosen = given(indicators)
        if not self.node.figures_visible:
            known_indicators(self.campaign, chosen)
            return []
        return await figures_of_unit(
            info,
            self.campaign,
            self.node.unit.code,
            indicators=chosen,
            as_of=given(as_of),
            known_at=given(known_at),
            hierarchy=given(hierarchy),
        )

    @strawberry.field(description="Its figure for one indicator; null where the caller may see none.")
    async def figure(
        self,
        info: Info,
        indicator: Annotated[str, strawberry.argument(description="Code of the indicator.")],
        cohort: Annotated[
            str | None, strawberry.argument(description="One of the indicator's cohorts; the whole unless given.")
        ] = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
        known_at: KnownAt = strawberry.UNSET,
    ) -> Figure | None:
        """One of `figures`, or of one of its cohorts."""
        known_cohort(self.campaign, indicator, given(cohort))
        if not self.node.figures_visible:
            return None
        found = await figures_of_unit(
            info,
            self.campaign,
            self.node.unit.code,
            indicators=[indicator],
            as_of=given(as_of),
            known_at=given(known_at),
            cohort=given(cohort),
        )
        return found[0] if found else None

    @strawberry.field(description="Whether it may be commended, and why; null where nothing is decided.")
    async def commendation(self, info: Info) -> Commendation | None:
        """As of the campaign's day."""
        if not self.node.figures_visible:
            return None
        key = UnitInCampaign(self.campaign.code, self.node.unit.code)
        return commendation_of(await info.context.loading.commendations.load(key), self.campaign.rounding)


def campaign_unit(campaign: CampaignDefinition, node: CampaignUnitNode) -> CampaignUnit:
    """The unit in the graph."""
    return CampaignUnit(id=campaign_unit_id(campaign.code, node.unit.code), campaign=campaign, node=node)


def campaign_unit_page(
    campaign: CampaignDefinition, answer: CampaignUnitsAnswer | None, *, after: str | None
) -> Connection[CampaignUnit]:
    """The page in the graph; empty where nothing was answered."""
    if answer is None:
        return page_of([], [], total=0, has_next=False, after=after)
    nodes = [campaign_unit(campaign, one) for one in answer.items]
    return page_of(nodes, answer.cursors, total=answer.total, has_next=answer.has_next, after=after)


async def find_campaign_unit(info: Info, campaign: CampaignDefinition, code: str) -> CampaignUnit | None:
    """The unit of that code in the campaign, if the caller may see it."""
    found = await info.context.loading.campaign_units.load(UnitInCampaign(campaign.code, code))
    return None if found is None else campaign_unit(campaign, found)


def _ids(level: forms.Level, _: forms.Args) -> forms.Column:
    codes = zip(level.columns["code"], level.summaries(), strict=True)
    return [f'"{campaign_unit_id(one.campaign.code, code[1:-1])}"' for code, one in codes]


def _checked_page(campaign: CampaignDefinition | None, args: forms.Args) -> None:
    order, compared = args.get("orderBy") or UnitOrder.CODE, args.get("indicator")
    if order in BY_RATE and compared is None:
        raise IndicatorNeeded(order=order.name)
    if compared is not None and campaign is not None:
        known_indicators(campaign, [compared])
    page_size(args["first"], default=100)


def _to_children(args: forms.Args, of: int, columns: tuple[str, ...]) -> walks.Step | None:
    try:
        _checked_page(None, args)
    except Refusal:
        return None
    return walks.ToChildren(
        of,
        columns,
        first=page_size(args["first"], default=100),
        after=args.get("after"),
        order_by=child_order(args.get("orderBy") or UnitOrder.CODE),
        indicator=args.get("indicator"),
    )


def _visible(level: forms.Level) -> list[bool]:
    return [text == "true" for text in level.columns["visible"]]


forms.connection("CampaignUnit")
forms.compiled(
    "CampaignUnit",
    {
        "id": forms.Written(("code",), _ids),
        "unit": forms.SAME,
        "parent": forms.Goes(lambda _, of, columns: walks.ToAncestors(of, columns, nearest=True), "one"),
        "ancestors": forms.Goes(lambda _, of, columns: walks.ToAncestors(of, columns), "many"),
        "children": forms.Goes(_to_children, "page", _checked_page),
        "figures": forms.Goes(to_figures, "many", checked_indicators, ("visible",), _visible),
        "commendation": forms.INTERPRETED,
        "figure": forms.Goes(to_figures, "one", checked_indicators, ("visible",), _visible),
    },
)
