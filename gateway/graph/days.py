"""Days of a series, as REST has them."""

from datetime import date

import strawberry

from gateway.execution import forms
from gateway.execution.loading import Days
from gateway.graph.scalars import BigInt


@strawberry.type(description="One day of a series. Null is unknown, never zero: before anything is known.")
class DayCount:
    """`DayCount`, as the graph spells it."""

    day: date = strawberry.field(description="The day.")
    achieved: BigInt | None = strawberry.field(description="Cases achieved up to the day, or on it.")
    exempt: BigInt | None = strawberry.field(description="Cases closed for one of the exempt reasons.")
    declined: BigInt | None = strawberry.field(description="People who were asked and did not wish to.")
    expected: BigInt | None = strawberry.field(description="What should be achieved up to the day, or on it.")
    paused: bool = strawberry.field(description="Whether the indicator cannot progress on the day.")
    carried_over: BigInt | None = strawberry.field(description="Of a flow: the stock stated for the start of the day.")
    received: BigInt | None = strawberry.field(description="Of a flow: what came in.")
    resolved: BigInt | None = strawberry.field(description="Of a flow: what was settled.")


def days_of(found: Days) -> list[DayCount]:
    """The days in the graph."""
    columns, size = found.columns, len(found.days)

    def counts(column: list[int | None]) -> list[BigInt | None]:
        return [None if one is None else BigInt(one) for one in column] or [None] * size

    return [
        DayCount(
            day=day,
            achieved=achieved,
            exempt=exempt,
            declined=declined,
            expected=expected,
            paused=paused,
            carried_over=carried_over,
            received=received,
            resolved=resolved,
        )
        for day, paused, achieved, exempt, declined, expected, carried_over, received, resolved in zip(
            found.days,
            found.paused,
            counts(columns.achieved),
            counts(columns.exempt),
            counts(columns.declined),
            counts(columns.expected),
            counts(columns.carried_over),
            counts(columns.received),
            counts(columns.resolved),
            strict=True,
        )
    ]


forms.compiled(
    "DayCount",
    dict.fromkeys(
        (*("day", "achieved", "exempt", "declined", "expected", "paused"), *("carriedOver", "received", "resolved")),
        forms.INTERPRETED,
    ),
)
