"""How the sections of a notice print rates where they do not print as the campaign does (rule 9)."""

from typing import Annotated

import msgspec
from pydantic import Field

from services.contracts.definitions import Rounding
from services.contracts.fields import Input
from services.contracts.figures import RateFigure
from services.contracts.rates import printed_rate
from services.contracts.words import RoundingMode
from services.reporting.notices.facts import Facts

Decimals = Annotated[int, Field(ge=0, le=10)]


class Printing(msgspec.Struct, frozen=True):
    """`overall`: of the unit's own results. `units`: of the units below it and what is remarked on them. None: as the
    campaign prints."""

    overall: Rounding | None = None
    units: Rounding | None = None


AS_THE_CAMPAIGN = Printing()


class SectionPrinting(Input):
    """What is not given is as the campaign has it."""

    decimals: Annotated[int | None, Field(strict=True, ge=0, le=10)] = None
    mode: RoundingMode | None = None

    def over(self, policy: Rounding) -> Rounding:
        """The campaign's policy, but for what is given here."""
        return overridden(policy, self.decimals, self.mode)


class PrintingInput(Input):
    """By section of the notice: `overall` the unit's own results, `units` those of the units below it."""

    overall: SectionPrinting = Field(default_factory=SectionPrinting)
    units: SectionPrinting = Field(default_factory=SectionPrinting)

    def over(self, policy: Rounding) -> Printing:
        """Both sections' policies."""
        return Printing(self.overall.over(policy), self.units.over(policy))


def overridden(policy: Rounding, decimals: int | None, mode: RoundingMode | None) -> Rounding:
    """The policy, but for what is given."""
    return Rounding(policy.decimals if decimals is None else decimals, mode or policy.mode)


def printed_as(facts: Facts, policy: Rounding | None) -> Facts:
    """The same facts, with every rate printed anew from its numerator and denominator."""
    if policy is None or policy == facts.campaign.rounding:
        return facts

    def anew(rate: RateFigure | None) -> RateFigure | None:
        if rate is None:
            return None
        text = printed_rate(rate.numerator, rate.denominator, decimals=policy.decimals, mode=policy.mode)
        return msgspec.structs.replace(rate, printed=text)

    return msgspec.structs.replace(
        facts,
        campaign=msgspec.structs.replace(facts.campaign, rounding=policy),
        figures={
            unit: {
                code: msgspec.structs.replace(one, rate=anew(one.rate), adjusted_rate=anew(one.adjusted_rate))
                for code, one in by_indicator.items()
            }
            for unit, by_indicator in facts.figures.items()
        },
    )
