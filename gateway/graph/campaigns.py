"""Campaigns: their rules, their units, their totals and league tables."""

import datetime
from collections.abc import Callable
from datetime import date
from typing import Annotated

import strawberry

from gateway.execution import forms
from gateway.execution.asking import Info
from gateway.graph.campaign_units import CampaignUnit, campaign_unit_page, find_campaign_unit
from gateway.graph.connections import After, Connection, First, Node, given, page_of
from gateway.graph.duties import CascadeLevel, ComplianceSummary, cascade_level, compliance_of
from gateway.graph.figures import (
    AsOf,
    Figure,
    IndicatorsFilter,
    KnownAt,
    checked_indicators,
    figures_of_unit,
    to_figures,
)
from gateway.graph.ids import campaign_cursor, campaign_id, parse_campaign_cursor
from gateway.graph.indicators import Indicator, indicator_of, known_indicators
from gateway.graph.units import LevelFilter, NameFilter, WithinFilter, level_word
from gateway.graph.words import RankOrder, UnitLevel, official_name
from gateway.limits import page_size
from services.chassis.problems import Refusal
from services.contracts import definitions, walks
from services.contracts.graph import (
    CampaignsQuestion,
    CampaignSummary,
    CampaignUnitsQuestion,
    CascadeQuestion,
    ComplianceQuestion,
    RankingQuestion,
)
from services.contracts.words import Level


@strawberry.type(description="An official document.")
class Document:
    """A document's number and date."""

    number: str = strawberry.field(description="Its number, `128/KH-UBND` for instance.")
    date: datetime.date = strawberry.field(description="The date that it bears.")


@strawberry.type(description="Days on which indicators could not progress.")
class Pause:
    """A pause, as REST has it."""

    first_day: date = strawberry.field(description="First day, inclusive.")
    last_day: date = strawberry.field(description="Last day, inclusive.")
    indicators: list[str] = strawberry.field(description="Codes of the indicators that paused; empty: all.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(
    description="A campaign (đợt cao điểm): quotas handed down, counts reported, from its first to its last day."
)
class Campaign(Node):
    """A campaign that the caller may see some unit of."""

    code: str = strawberry.field(description="Code, unique among campaigns.")
    name: str = strawberry.field(description="Official name.")
    first_day: date = strawberry.field(description="First day, inclusive.")
    last_day: date = strawberry.field(description="Last day, inclusive.")
    time_zone: str = strawberry.field(description="Time zone of its days, an IANA name.")
    labels: list[str] = strawberry.field(description="What is `imputed` or `simulated` in all of its figures.")
    decision: Document | None = strawberry.field(description="The decision that it rests on.")
    indicators: list[Indicator] = strawberry.field(description="What it counts, in its order.")
    pauses: list[Pause] = strawberry.field(description="Days on which indicators could not progress.")
    as_of: date = strawberry.field(
        description="The day that figures are as of unless another is asked for: the earlier of today and the last day."
    )
    definition: strawberry.Private[definitions.CampaignDefinition]
    top_visible: strawberry.Private[bool]

    @strawberry.field(description="The unit of this code in the campaign's tree; null where there is none to see.")
    async def unit(
        self, info: Info, code: Annotated[str, strawberry.argument(description="Official code on the hierarchy day.")]
    ) -> CampaignUnit | None:
        """By its code."""
        return await find_campaign_unit(info, self.definition, code)

    @strawberry.field(description="Units of the campaign's tree in the Vietnamese order of names.")
    async def units(
        self,
        info: Info,
        level: LevelFilter = strawberry.UNSET,
        within: WithinFilter = strawberry.UNSET,
        q: NameFilter = strawberry.UNSET,
        first: First = 50,
        after: After = strawberry.UNSET,
    ) -> Connection[CampaignUnit]:
        """One page."""
        question = CampaignUnitsQuestion(
            campaign=self.code,
            q=given(q),
            level=level_word(given(level)),
            within=given(within),
            first=page_size(first, default=50),
            after=given(after),
        )
        answer = await info.context.reporting.campaign_units(question)
        info.context.loading.remember(self.code, answer.items)
        return campaign_unit_page(self.definition, answer, after=question.after)

    @strawberry.field(
        description="League table: units of one level by exact rate. Equal rates share a rank; units without a rate"
        " come last in either order."
    )
    async def ranking(
        self,
        info: Info,
        indicator: Annotated[str, strawberry.argument(description="Code of the indicator whose rates are compared.")],
        level: Annotated[UnitLevel, strawberry.argument(description="The level of the units compared.")],
        within: Annotated[
            str | None,
            strawberry.argument(description="Only units inside the unit of this code; the top unit if absent."),
        ] = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
        order: Annotated[RankOrder | None, strawberry.argument(description="Which end comes first.")] = RankOrder.BEST,
        first: First = 20,
        after: After = strawberry.UNSET,
    ) -> Connection[CampaignUnit]:
        """One page; ask `figure(indicator:)` of its units for their rates."""
        known_indicators(self.definition, [indicator])
        question = RankingQuestion(
            campaign=self.code,
            indicator=indicator,
            level=Level(level.value),
            within=given(within),
            as_of=given(as_of),
            order="worst" if order is RankOrder.WORST else "best",
            first=page_size(first, default=20),
            after=given(after),
        )
        answer = await info.context.reporting.ranking(question)
        info.context.loading.remember(self.code, answer.items)
        return campaign_unit_page(self.definition, answer, after=question.after)

    @strawberry.field(description="How far the cascade has come, level by level from the top down.")
    async def cascade(
        self,
        info: Info,
        level: Annotated[
            UnitLevel | None, strawberry.argument(description="This level alone; all unless given.")
        ] = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> list[CascadeLevel]:
        """Over the units that the caller sees."""
        question = CascadeQuestion(self.code, level_word(given(level)), given(as_of))
        return [cascade_level(one) for one in (await info.context.reporting.cascade(question)).levels]

    @strawberry.field(description="Who reported in time, on one day.")
    async def compliance(
        self,
        info: Info,
        level: Annotated[UnitLevel, strawberry.argument(description="The level of the units reported on.")],
        day: Annotated[
            date | None, strawberry.argument(description="The day; `Campaign.asOf` unless given.")
        ] = strawberry.UNSET,
    ) -> ComplianceSummary:
        """Over the units that the caller sees."""
        question = ComplianceQuestion(self.code, Level(level.value), given(day))
        return compliance_of(await info.context.reporting.compliance(question), self.definition.rounding)

    @strawberry.field(description="The figures of the top unit; empty where the caller may not see it.")
    async def totals(
        self,
        info: Info,
        indicators: IndicatorsFilter = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
        known_at: KnownAt = strawberry.UNSET,
    ) -> list[Figure]:
        """In the order asked, else in the campaign's order of indicators."""
        chosen = given(indicators)
        if not self.top_visible:
            known_indicators(self.definition, chosen)
            return []
        return await figures_of_unit(
            info,
            self.definition,
            self.definition.unit,
            indicators=chosen,
            as_of=given(as_of),
            known_at=given(known_at),
        )


def campaign_of(summary: CampaignSummary) -> Campaign:
    """The campaign in the graph."""
    definition = summary.campaign
    decision = definition.decision
    return Campaign(
        id=campaign_id(definition.code),
        code=definition.code,
        name=official_name(definition.name),
        first_day=definition.first_day,
        last_day=definition.last_day,
        time_zone=definition.time_zone,
        labels=list(definition.labels),
        decision=None if decision is None else Document(number=decision.number, date=decision.date),
        indicators=[indicator_of(one) for one in definition.indicators],
        pauses=[
            Pause(first_day=one.first_day, last_day=one.last_day, indicators=list(one.indicators), reason=one.reason)
            for one in definition.pauses
        ],
        as_of=summary.as_of,
        definition=definition,
        top_visible=summary.top_visible,
    )


async def find_campaign(info: Info, code: str) -> Campaign | None:
    """The campaign of that code, if the caller may see it."""
    found = await info.context.loading.campaigns.load(code)
    return None if found is None else campaign_of(found)


async def list_campaigns(info: Info, *, first: int | None, after: str | None) -> Connection[Campaign]:
    """A page of campaigns by code."""
    answer = await info.context.reporting.campaigns(
        CampaignsQuestion(
            first=page_size(first, default=20), after=None if after is None else parse_campaign_cursor(after)
        )
    )
    nodes = [campaign_of(one) for one in answer.items]
    cursors = [campaign_cursor(one.code) for one in nodes]
    return page_of(nodes, cursors, total=answer.total, has_next=answer.has_next, after=after)


def _checked_page(default: int) -> Callable[[definitions.CampaignDefinition | None, forms.Args], None]:
    def check(campaign: definitions.CampaignDefinition | None, args: forms.Args) -> None:
        if campaign is not None and "indicator" in args:
            known_indicators(campaign, [args["indicator"]])
        page_size(args["first"], default=default)

    return check


def _to_units(args: forms.Args, of: int, columns: tuple[str, ...]) -> walks.Step | None:
    first = _size(args, default=50)
    if first is None:
        return None
    level = level_word(args.get("level"))
    return walks.ToUnits(of, columns, first, args.get("q"), level, args.get("within"), args.get("after"))


def _to_ranking(args: forms.Args, of: int, columns: tuple[str, ...]) -> walks.Step | None:
    first = _size(args, default=20)
    if first is None:
        return None
    return walks.ToRanking(
        of,
        columns,
        indicator=args["indicator"],
        level=Level(args["level"].value),
        first=first,
        within=args.get("within"),
        as_of=args.get("asOf"),
        order="worst" if args["order"] is RankOrder.WORST else "best",
        after=args.get("after"),
    )


def _size(args: forms.Args, *, default: int) -> int | None:
    try:
        return page_size(args["first"], default=default)
    except Refusal:
        return None


def checked_campaigns(_: definitions.CampaignDefinition | None, args: forms.Args) -> None:
    """What a page of campaigns is refused with.

    Raises: PageSizeOutOfRange, IdMalformed.
    """
    page_size(args["first"], default=20)
    if args.get("after") is not None:
        parse_campaign_cursor(args["after"])


def to_campaigns(args: forms.Args, *_: object) -> walks.Step | None:
    """The step to a page of campaigns."""
    try:
        checked_campaigns(None, args)
    except Refusal:
        return None
    after = args.get("after")
    return walks.ToCampaigns(
        page_size(args["first"], default=20), None if after is None else parse_campaign_cursor(after)
    )


def cursor_of(summary: CampaignSummary) -> str:
    """Where the campaign stands in the list of campaigns."""
    return campaign_cursor(summary.campaign.code)


def _tops_seen(level: forms.Level) -> list[bool]:
    return [one.top_visible for one in level.summaries()]


forms.compiled("Document", dict.fromkeys(("number", "date"), forms.PLAIN))
forms.compiled("Pause", dict.fromkeys(("firstDay", "lastDay", "indicators", "reason"), forms.PLAIN))
forms.connection("Campaign")
forms.compiled(
    "Campaign",
    {
        **dict.fromkeys(
            (
                *("id", "code", "name", "firstDay", "lastDay", "timeZone", "labels"),
                *("decision", "indicators", "pauses", "asOf"),
            ),
            forms.PLAIN,
        ),
        "unit": forms.Goes(lambda args, of, columns: walks.ToUnit(of, columns, args["code"]), "one"),
        "units": forms.Goes(_to_units, "page", _checked_page(50)),
        "ranking": forms.Goes(_to_ranking, "page", _checked_page(20)),
        "cascade": forms.INTERPRETED,
        "compliance": forms.INTERPRETED,
        "totals": forms.Goes(to_figures, "many", checked_indicators, sees=_tops_seen),
    },
)
