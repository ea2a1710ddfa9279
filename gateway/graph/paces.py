"""Pace: where a unit should stand by the day, and where it is heading (rule 10)."""

import strawberry

from gateway.execution import forms
from gateway.graph.rates import values
from gateway.graph.scalars import BigInt
from services.contracts import figures


@strawberry.type(description="An exact number per day.")
class PerDay:
    """`NeededPerDay`, as the graph spells it."""

    numerator: BigInt = strawberry.field(description="The number above: cases outstanding.")
    denominator: BigInt = strawberry.field(description="The number below: days that are left for them.")

    @strawberry.field(description="The nearest floating point number.")
    def value(self) -> float:
        """Numerator over denominator."""
        return self.numerator / self.denominator


@strawberry.type(description="Where a unit should stand by the day and where it is heading, counting days not paused.")
class Pace:
    """`PaceFigure`, as the graph spells it."""

    expected: BigInt = strawberry.field(description="What should be achieved by the day.")
    difference: BigInt = strawberry.field(description="Achieved less expected; below 0 is behind.")
    needed_per_day: PerDay | None = strawberry.field(
        description="What is outstanding over the days left; null on the last day."
    )
    forecast: BigInt | None = strawberry.field(
        description="Achieved on the last day if the last 14 days go on; null before any day has elapsed."
    )
    forecast_reached: bool | None = strawberry.field(description="Whether the forecast meets the target rate.")
    days_left: int = strawberry.field(description="Days after this one that are not paused.")


def pace_of(pace: figures.PaceFigure | None) -> Pace | None:
    """The pace in the graph."""
    if pace is None:
        return None
    needed = pace.needed_per_day
    return Pace(
        expected=BigInt(pace.expected),
        difference=BigInt(pace.difference),
        needed_per_day=None if needed is None else _per_day(needed),
        forecast=None if pace.forecast is None else BigInt(pace.forecast),
        forecast_reached=pace.forecast_reached,
        days_left=pace.days_left,
    )


def _per_day(needed: figures.NeededPerDay) -> PerDay:
    return PerDay(numerator=BigInt(needed.numerator), denominator=BigInt(needed.denominator))


forms.compiled(
    "PerDay",
    {
        "numerator": forms.column("numerator"),
        "denominator": forms.column("denominator"),
        "value": forms.Written(("numerator", "denominator"), values),
    },
)
forms.compiled(
    "Pace",
    {
        "expected": forms.column("expected"),
        "difference": forms.column("difference"),
        "neededPerDay": forms.Part("needed_per_day", key="numerator"),
        "forecast": forms.column("forecast"),
        "forecastReached": forms.column("forecast_reached"),
        "daysLeft": forms.column("days_left"),
    },
)
