"""What is pushed: figures as they change."""

from collections.abc import AsyncGenerator
from typing import Annotated
from zoneinfo import ZoneInfo

import strawberry

from gateway.clients.reporting import Refused
from gateway.execution import forms
from gateway.execution.asking import Info
from gateway.graph.connections import given
from gateway.graph.figures import Figure, IndicatorsFilter, figure_of
from gateway.graph.indicators import known_indicators
from gateway.live.watching import Watching, watch_figures
from gateway.requests import SubscriptionNeedsStream
from services.contracts.graph import FiguresQuestion


@strawberry.type(description="What is told as it changes, by WebSocket (`graphql-transport-ws`) or server-sent events.")
class Subscription:
    """The beginnings of a subscription."""

    @strawberry.subscription(
        description="Figures of units as of the campaign's day: all of them at once, then those that have changed."
    )
    async def figures(
        self,
        info: Info,
        campaign: Annotated[str, strawberry.argument(description="The campaign's code.")],
        units: Annotated[
            list[str], strawberry.argument(description="Codes of units; those that are not seen are left out.")
        ],
        indicators: IndicatorsFilter = strawberry.UNSET,
    ) -> AsyncGenerator[list[Figure]]:
        """Until whoever watches goes."""
        watching = info.context
        if not isinstance(watching, Watching):
            raise SubscriptionNeedsStream
        found = await watching.loading.campaigns.load(campaign)
        if found is None:
            raise Refused(
                code="campaign_not_found", detail=f"There is no campaign {campaign[:64]!r} that this token may see."
            )
        definition = found.campaign
        chosen = known_indicators(definition, given(indicators))
        question = FiguresQuestion(campaign=campaign, units=units, indicators=None if chosen is None else list(chosen))
        async for changed in watch_figures(watching, question, ZoneInfo(definition.time_zone)):
            yield [figure_of(definition, one) for one in changed]


forms.compiled("Subscription", {"figures": forms.INTERPRETED})
