"""Who may be commended (rule 13)."""

import strawberry

from gateway.execution import forms
from gateway.graph.rates import Rate, rate_of
from gateway.graph.scalars import BigInt
from gateway.graph.words import VerdictReasonWord, VerdictWord
from services.contracts import commendation
from services.contracts.definitions import Rounding


@strawberry.type(description="One reason of a verdict, with its numbers: `value` of `of` makes `actual`.")
class CommendationReason:
    """`Reason`, as the graph spells it."""

    code: VerdictReasonWord = strawberry.field(description="The reason.")
    leads_to: VerdictWord | None = strawberry.field(description="The verdict that it alone makes; null is withheld.")
    value: BigInt | None = strawberry.field(description="The number above.")
    of: BigInt | None = strawberry.field(description="The number below.")
    actual: Rate | None = strawberry.field(description="What the two make.")
    limit: float | None = strawberry.field(description="What it is set against.")


@strawberry.type(description="What a unit comes to in one indicator.")
class IndicatorVerdict:
    """`IndicatorVerdict`, as the graph spells it."""

    indicator: str = strawberry.field(description="Code of the indicator.")
    verdict: VerdictWord | None = strawberry.field(description="The verdict; null is withheld.")
    weight: int = strawberry.field(description="Its weight in the score.")
    rate: Rate | None = strawberry.field(description="The official rate.")
    reasons: list[CommendationReason] = strawberry.field(description="Every reason of the verdict.")


@strawberry.type(description="What a unit comes to over the weighted indicators that it has a quota for.")
class Commendation:
    """`Commendation`, as the graph spells it."""

    verdict: VerdictWord | None = strawberry.field(description="The verdict over all; null is withheld.")
    score: Rate | None = strawberry.field(description="Mean of its rates by weights; null where one is unknown.")
    rank: int | None = strawberry.field(description="Place among the units of its level that are not excluded.")
    ranked_of: int | None = strawberry.field(description="How many of these units have a score.")
    indicators: list[IndicatorVerdict] = strawberry.field(description="The verdict in each.")


def commendation_of(found: commendation.Commendation | None, policy: Rounding) -> Commendation | None:
    """The commendation in the graph."""
    if found is None:
        return None
    return Commendation(
        verdict=_verdict(found.verdict),
        score=rate_of(found.score, policy),
        rank=found.rank,
        ranked_of=found.ranked_of,
        indicators=[
            IndicatorVerdict(
                indicator=one.indicator,
                verdict=_verdict(one.verdict),
                weight=one.weight,
                rate=rate_of(one.rate, policy),
                reasons=[_reason(reason, policy) for reason in one.reasons],
            )
            for one in found.indicators
        ],
    )


def _reason(reason: commendation.Reason, policy: Rounding) -> CommendationReason:
    return CommendationReason(
        code=VerdictReasonWord(reason.code.value),
        leads_to=_verdict(reason.leads_to),
        value=None if reason.value is None else BigInt(reason.value),
        of=None if reason.of is None else BigInt(reason.of),
        actual=rate_of(reason.actual, policy),
        limit=None if reason.limit is None else float(reason.limit),
    )


def _verdict(verdict: commendation.Verdict | None) -> VerdictWord | None:
    return None if verdict is None else VerdictWord(verdict.value)


for _kind, _names in {
    "CommendationReason": ("code", "leadsTo", "value", "of", "actual", "limit"),
    "IndicatorVerdict": ("indicator", "verdict", "weight", "rate", "reasons"),
    "Commendation": ("verdict", "score", "rank", "rankedOf", "indicators"),
}.items():
    forms.compiled(_kind, dict.fromkeys(_names, forms.INTERPRETED))
