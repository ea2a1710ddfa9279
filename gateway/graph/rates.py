"""Rates: exact, and printed as their campaign prints them (rule 9)."""

from typing import Annotated

import orjson
import strawberry

from gateway.execution import forms
from gateway.graph.connections import given
from gateway.graph.scalars import BigInt
from gateway.graph.words import Rounding
from services.chassis.problems import Refusal
from services.contracts import definitions, figures
from services.contracts.rates import printed_rate
from services.contracts.words import RoundingMode

MAX_DECIMALS = 10


class DecimalsOutOfRange(Refusal):
    """`decimals` is {decimals}; a rate is printed with 0 to {limit} of them."""

    code = "decimals_out_of_range"
    title = "Number of decimals out of range"
    remedy = "Ask for 0 to 10 decimals, or compute from `numerator` and `denominator`."


@strawberry.type(description="An exact rate: its two numbers travel with it.")
class Rate:
    """A rate and how its campaign prints it."""

    numerator: BigInt = strawberry.field(description="The number above: cases achieved.")
    denominator: BigInt = strawberry.field(description="The number below: the quota, or what is left of it; above 0.")
    printed_by_policy: strawberry.Private[str]
    policy: strawberry.Private[definitions.Rounding]

    @strawberry.field(description="The nearest floating point number, for charts; 1 is 100 %.")
    def value(self) -> float:
        """Numerator over denominator."""
        return self.numerator / self.denominator

    @strawberry.field(description="In percent as documents print it, `69,18`: a comma, no sign, no grouping.")
    def printed(
        self,
        decimals: Annotated[
            int | None, strawberry.argument(description="Decimals, 0 to 10; the campaign's policy unless given.")
        ] = strawberry.UNSET,
        rounding: Annotated[
            Rounding | None, strawberry.argument(description="Rounding; the campaign's policy unless given.")
        ] = strawberry.UNSET,
    ) -> str:
        """By the campaign's policy as far as nothing else is asked for."""
        places, mode = given(decimals), given(rounding)
        if places is None and mode is None:
            return self.printed_by_policy
        if places is not None and not 0 <= places <= MAX_DECIMALS:
            raise DecimalsOutOfRange(decimals=places, limit=MAX_DECIMALS)
        return printed_rate(
            self.numerator,
            self.denominator,
            decimals=self.policy.decimals if places is None else places,
            mode=self.policy.mode if mode is None else RoundingMode(mode.value),
        )


def rate_of(rate: figures.RateFigure | None, policy: definitions.Rounding) -> Rate | None:
    """The rate in the graph."""
    if rate is None:
        return None
    return Rate(
        numerator=BigInt(rate.numerator),
        denominator=BigInt(rate.denominator),
        printed_by_policy=rate.printed,
        policy=policy,
    )


def values(level: forms.Level, _: forms.Args) -> forms.Column:
    """Numerators over denominators."""
    pairs = zip(level.columns["numerator"], level.columns["denominator"], strict=True)
    values = [int(numerator) / int(denominator) for numerator, denominator in pairs]
    return orjson.dumps(values)[1:-1].decode().split(",") if values else []


def _printed(level: forms.Level, args: forms.Args) -> forms.Column:
    decimals, rounding = args.get("decimals"), args.get("rounding")
    if decimals is None and rounding is None:
        return level.columns["printed"]
    if decimals is not None and not 0 <= decimals <= MAX_DECIMALS:
        raise DecimalsOutOfRange(decimals=decimals, limit=MAX_DECIMALS)
    rates = zip(level.columns["numerator"], level.columns["denominator"], level.summaries(), strict=True)
    return [
        f'"{_printed_otherwise(int(numerator), int(denominator), one.campaign.rounding, decimals, rounding)}"'
        for numerator, denominator, one in rates
    ]


def _printed_otherwise(
    numerator: int, denominator: int, policy: definitions.Rounding, decimals: int | None, rounding: Rounding | None
) -> str:
    places = policy.decimals if decimals is None else decimals
    mode = policy.mode if rounding is None else RoundingMode(rounding.value)
    return printed_rate(numerator, denominator, decimals=places, mode=mode)


forms.compiled(
    "Rate",
    {
        "numerator": forms.column("numerator"),
        "denominator": forms.column("denominator"),
        "value": forms.Written(("numerator", "denominator"), values),
        "printed": forms.Written(("printed", "numerator", "denominator"), _printed),
    },
)
