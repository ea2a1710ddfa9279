"""The schema: what a query may begin with."""

from collections.abc import Callable
from datetime import date
from operator import attrgetter
from typing import Annotated, Any

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition

from gateway.execution import forms
from gateway.execution.asking import Info
from gateway.graph.campaign_units import CampaignUnit, find_campaign_unit
from gateway.graph.campaigns import (
    Campaign,
    campaign_of,
    checked_campaigns,
    cursor_of,
    find_campaign,
    list_campaigns,
    to_campaigns,
)
from gateway.graph.connections import After, Connection, First, Node, given
from gateway.graph.ids import CampaignId, CampaignUnitId, UnitId, parse_id
from gateway.graph.scalars import SCALARS
from gateway.graph.subscription import Subscription
from gateway.graph.units import LevelFilter, NameFilter, Unit, WithinFilter, find_unit, search_units, unit_of_id
from services.contracts import walks

OnDay = Annotated[date | None, strawberry.argument(description="The hierarchy of this day; today's unless given.")]


@strawberry.type(description="Everything that can be read. Whoever asks sees what their token's units allow.")
class Query:
    """The beginnings of a query."""

    @strawberry.field(description="The campaign of this code; null where there is none to see.")
    async def campaign(
        self, info: Info, code: Annotated[str, strawberry.argument(description="The campaign's code.")]
    ) -> Campaign | None:
        """By its code."""
        return await find_campaign(info, code)

    @strawberry.field(description="The campaigns that the caller may see, by code.")
    async def campaigns(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> Connection[Campaign]:
        """One page."""
        return await list_campaigns(info, first=first, after=given(after))

    @strawberry.field(description="The unit that bears this code on a day; null where there is none to see.")
    async def unit(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="Official code.")],
        on: OnDay = strawberry.UNSET,
    ) -> Unit | None:
        """By its code and a day."""
        return await find_unit(info, code, given(on))

    @strawberry.field(description="Units of a day's hierarchy in the Vietnamese order of names.")
    async def units(
        self,
        info: Info,
        q: NameFilter = strawberry.UNSET,
        level: LevelFilter = strawberry.UNSET,
        within: WithinFilter = strawberry.UNSET,
        on: OnDay = strawberry.UNSET,
        first: First = 50,
        after: After = strawberry.UNSET,
    ) -> Connection[Unit]:
        """One page."""
        return await search_units(
            info,
            q=given(q),
            level=given(level),
            within=given(within),
            on=given(on),
            first=first,
            after=given(after),
        )

    @strawberry.field(description="The thing of this global id; null where there is none to see.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],  # noqa: A002
    ) -> Node | None:
        """Any thing."""
        match parse_id(id):
            case CampaignId(code):
                return await find_campaign(info, code)
            case UnitId() as wanted:
                return await unit_of_id(info, wanted)
            case CampaignUnitId(campaign, code):
                found = await find_campaign(info, campaign)
                return None if found is None else await find_campaign_unit(info, found.definition, code)


forms.compiled(
    "Query",
    {
        "campaign": forms.Goes(lambda args, *_: walks.ToCampaign(args["code"]), "one", objects=campaign_of),
        "campaigns": forms.Goes(to_campaigns, "page", checked_campaigns, objects=campaign_of, cursor=cursor_of),
        "unit": forms.INTERPRETED,
        "units": forms.INTERPRETED,
        "node": forms.INTERPRETED,
    },
)

SCHEMA = strawberry.Schema(
    query=Query,
    subscription=Subscription,
    types=[Campaign, CampaignUnit, Unit],
    config=StrawberryConfig(scalar_map=SCALARS),
)


def core_schema() -> GraphQLSchema:
    """The schema as graphql-core executes it.

    Plain attributes are read directly: Strawberry's three calls for each cost a tenth of a large query.
    """
    schema = SCHEMA._schema
    for kind in schema.type_map.values():
        definition = getattr(kind, "extensions", {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if isinstance(kind, GraphQLObjectType) and isinstance(definition, StrawberryObjectDefinition):
            for field in definition.fields:
                if field.is_basic_field:
                    kind.fields[SCHEMA.config.name_converter.get_graphql_name(field)].resolve = _reader(
                        field.python_name
                    )
    return schema


def _reader(name: str) -> Callable[[Any, Any], Any]:
    read = attrgetter(name)

    def resolve(source: Any, _: Any) -> Any:
        return read(source)

    return resolve
