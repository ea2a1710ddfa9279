"""Indicators and what belongs to them."""

import strawberry

from gateway.execution.forms import PLAIN, compiled
from gateway.graph.words import FedByWord, IndicatorKindWord, TargetOnWord, official_name
from services.chassis.problems import Refusal
from services.contracts.definitions import CampaignDefinition, CohortDefinition, IndicatorDefinition


class UnknownIndicator(Refusal):
    """The campaign {campaign} has no indicator {indicator}."""

    status = 422
    code = "indicator_unknown"
    title = "Indicator unknown"
    remedy = "Ask for one of `Campaign.indicators`."


class UnknownCohort(Refusal):
    """The indicator {indicator} has no cohort {cohort}."""

    status = 422
    code = "cohort_unknown"
    title = "Cohort unknown"
    remedy = "Ask for one of `Indicator.cohorts`."


@strawberry.type(
    description="A part of an indicator with a quota of its own; the cohorts of an indicator are disjoint."
)
class Cohort:
    """A cohort, as REST has it."""

    code: str = strawberry.field(description="Code, unique in its indicator.")
    name: str = strawberry.field(description="Official name.")
    target_rate: float = strawberry.field(description="The share that counts as reached; 1 is 100 %.")
    target_on: TargetOnWord = strawberry.field(description="Which rate the target is set on.")
    reasons_leaving_denominator: list[str] | None = strawberry.field(
        description="Exempt reasons that leave the denominator of the adjusted rate; null: all of them."
    )


@strawberry.type(description="What a campaign counts.")
class Indicator:
    """An indicator of one campaign."""

    code: str = strawberry.field(description="Code, unique in its campaign.")
    name: str = strawberry.field(description="Official name.")
    kind: IndicatorKindWord = strawberry.field(description="What kind of thing is counted.")
    measure: str = strawberry.field(description="The unit of counting: người, tài khoản, thuê bao, …")
    target_rate: float | None = strawberry.field(description="The share that counts as reached; 1 is 100 %.")
    fed_by: FedByWord | None = strawberry.field(
        description="What its figures follow from where nobody reports it; null: it is reported."
    )
    definition: strawberry.Private[IndicatorDefinition]

    @strawberry.field(description="Its parts with quotas of their own, in the campaign's order.")
    def cohorts(self) -> list[Cohort]:
        """In the campaign's order."""
        return [_cohort(one) for one in self.definition.cohorts]


def indicator_of(definition: IndicatorDefinition) -> Indicator:
    """The indicator in the graph."""
    return Indicator(
        code=definition.code,
        name=official_name(definition.name),
        kind=IndicatorKindWord(definition.kind.value),
        measure=definition.measure,
        target_rate=float(definition.target_rate),
        fed_by=None if definition.fed_by is None else FedByWord(definition.fed_by.value),
        definition=definition,
    )


def known_indicators(campaign: CampaignDefinition, codes: list[str] | None) -> tuple[str, ...] | None:
    """The codes without repetition, None for all.

    Raises: UnknownIndicator.
    """
    if codes is None:
        return None
    known = {one.code for one in campaign.indicators}
    for code in codes:
        if code not in known:
            raise UnknownIndicator(campaign=campaign.code, indicator=code[:64])
    return tuple(dict.fromkeys(codes))


def known_cohort(campaign: CampaignDefinition, indicator: str, cohort: str | None) -> None:
    """The indicator has the cohort, where one is named.

    Raises: UnknownIndicator, UnknownCohort.
    """
    known_indicators(campaign, [indicator])
    definition = campaign.indicator(indicator)
    if cohort is not None and definition is not None and cohort not in {one.code for one in definition.cohorts}:
        raise UnknownCohort(indicator=indicator, cohort=cohort[:64])


def _cohort(definition: CohortDefinition) -> Cohort:
    reasons = definition.reasons_leaving_denominator
    return Cohort(
        code=definition.code,
        name=official_name(definition.name),
        target_rate=float(definition.target_rate),
        target_on=TargetOnWord(definition.target_on.value),
        reasons_leaving_denominator=None if reasons is None else list(reasons),
    )


compiled("Cohort", dict.fromkeys(("code", "name", "targetRate", "targetOn", "reasonsLeavingDenominator"), PLAIN))
compiled("Indicator", dict.fromkeys(("code", "name", "kind", "measure", "targetRate", "fedBy", "cohorts"), PLAIN))
