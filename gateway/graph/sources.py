"""What sources say of the same number (rule 5)."""

from collections.abc import Iterable
from datetime import date, datetime

import strawberry

from gateway.execution import forms
from gateway.graph.rates import Rate, rate_of
from gateway.graph.scalars import BigInt
from gateway.graph.words import OutcomeWord, SourceKindWord
from services.contracts.definitions import Rounding
from services.contracts.reconciliation import Reconciliation


@strawberry.type(description="What one source says of a number, beside whoever speaks.")
class SourceFigure:
    """`SourceFigure`, as the graph spells it."""

    source: str = strawberry.field(description="Code of the source.")
    name: str = strawberry.field(description="Its name.")
    kind: SourceKindWord = strawberry.field(description="Who it is.")
    outcome: OutcomeWord = strawberry.field(description="What it counts here.")
    group: int | None = strawberry.field(description="Its authority group, 1 is asked first; null: it never speaks.")
    speaks: bool = strawberry.field(description="Whether its group speaks, for some unit at least.")
    value: BigInt = strawberry.field(description="What it says.")
    group_value: BigInt = strawberry.field(description="What its group says; sources of one group add up.")
    compared_with: BigInt | None = strawberry.field(
        description="The figure of whoever speaks, where the group tells of the same units."
    )
    difference: BigInt | None = strawberry.field(description="What the group says less the figure compared with.")
    difference_rate: Rate | None = strawberry.field(description="The size of the difference over the figure.")
    beyond_tolerance: bool | None = strawberry.field(
        description="Whether it is more than the campaign tolerates; null where the campaign says nothing."
    )
    beyond_since: date | None = strawberry.field(description="The day since which it has been, without a break.")
    last_day: date = strawberry.field(description="Latest day that it speaks of.")
    last_received_at: datetime = strawberry.field(description="When its latest row came in.")


def source_figures(found: Iterable[Reconciliation], policy: Rounding) -> list[SourceFigure]:
    """All sources of one unit and indicator in the graph, outcome by outcome."""
    return [
        SourceFigure(
            source=one.source,
            name=one.name,
            kind=SourceKindWord(one.kind.value),
            outcome=OutcomeWord(one.outcome.value),
            group=one.group,
            speaks=one.speaks,
            value=BigInt(one.value),
            group_value=BigInt(one.group_value),
            compared_with=_count(one.compared_with),
            difference=_count(one.difference),
            difference_rate=rate_of(one.difference_rate, policy),
            beyond_tolerance=one.beyond_tolerance,
            beyond_since=one.beyond_since,
            last_day=one.last_day,
            last_received_at=one.last_received_at,
        )
        for reconciliation in found
        for one in reconciliation.sources
    ]


def _count(value: int | None) -> BigInt | None:
    return None if value is None else BigInt(value)


forms.compiled(
    "SourceFigure",
    dict.fromkeys(
        (
            *("source", "name", "kind", "outcome", "group", "speaks", "value", "groupValue", "comparedWith"),
            *("difference", "differenceRate", "beyondTolerance", "beyondSince", "lastDay", "lastReceivedAt"),
        ),
        forms.INTERPRETED,
    ),
)
