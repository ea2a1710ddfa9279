"""What figures are asked of: an indicator, or one of its cohorts."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from services.chassis.problems import FieldError, Refusal
from services.contracts.definitions import CohortDefinition, IndicatorDefinition
from services.contracts.disclosure import leaving
from services.contracts.words import IndicatorKind
from services.reporting.figures.rules import Aim
from services.reporting.visibility.campaigns import CampaignInSight

EVERY_COHORT = "*"
"""Asks for an indicator as a whole and for each of its cohorts."""


class CohortUnknown(Refusal):
    """None of the indicators asked for has a cohort {cohort!r}; they have {known}."""

    status = 422
    code = "cohort_unknown"
    title = "Cohort unknown"
    remedy = "Use a cohort that the detail names, `*` for all of them, or leave `cohort` out for whole indicators."


class Subject(NamedTuple):
    """`number` and `cohort_no`: what tables know it by; `cohort_no` 0 is all cohorts together.

    `leaving`: numbers of the exempt reasons that leave the denominator of its adjusted rate. `over`: what a ratio is
    taken of.
    """

    indicator: IndicatorDefinition
    cohort: CohortDefinition | None
    number: int
    cohort_no: int
    aim: Aim
    leaving: tuple[int, ...]
    over: "Subject | None" = None

    @property
    def cohort_code(self) -> str | None:
        """The cohort's code; None for the whole indicator."""
        return None if self.cohort is None else self.cohort.code

    @property
    def target_rate(self) -> str | None:
        """The target as the campaign states it; None for what has nothing to reach."""
        if self.indicator.kind not in {IndicatorKind.QUOTA, IndicatorKind.RATIO}:
            return None
        return self.indicator.target_rate if self.cohort is None else self.cohort.target_rate


def subject_of(
    campaign: CampaignInSight, indicator: IndicatorDefinition, cohort: CohortDefinition | None = None
) -> Subject:
    """The indicator as a whole, or one of its cohorts, which has a target and may have reasons of its own (rule 9)."""
    numbers = campaign.definition.numbers
    aimed = cohort or indicator
    return Subject(
        indicator=indicator,
        cohort=cohort,
        number=campaign.number_of(indicator),
        cohort_no=0 if cohort is None else numbers.cohorts[cohort.code],
        aim=Aim(
            indicator.counts_baseline,
            Fraction(aimed.target_rate),
            aimed.target_on,
            is_ratio=indicator.kind is IndicatorKind.RATIO,
        ),
        leaving=tuple(numbers.reasons[code] for code in leaving(indicator, cohort)),
        over=_over(campaign, indicator, cohort),
    )


def _over(campaign: CampaignInSight, indicator: IndicatorDefinition, cohort: CohortDefinition | None) -> Subject | None:
    """What the ratio is taken of: the other indicator, of a cohort its cohort of the same code, None without one."""
    other = None if indicator.of is None else campaign.definition.indicator(indicator.of)
    if other is None:
        return None
    if cohort is None:
        return subject_of(campaign, other)
    alike = next((one for one in other.cohorts if one.code == cohort.code), None)
    return None if alike is None else subject_of(campaign, other, alike)


def subjects_of(
    campaign: CampaignInSight, indicators: Sequence[IndicatorDefinition], cohort: str | None = None
) -> list[Subject]:
    """The indicators in their order, each as a whole; with `*` each followed by its cohorts; else that cohort alone.

    Raises: CohortUnknown.
    """
    if cohort is None:
        return [subject_of(campaign, one) for one in indicators]
    found = []
    for indicator in indicators:
        if cohort == EVERY_COHORT:
            found.append(subject_of(campaign, indicator))
        found += [
            subject_of(campaign, indicator, one) for one in indicator.cohorts if cohort in {EVERY_COHORT, one.code}
        ]
    if not found:
        raise _unknown(indicators, cohort)
    return found


def one_subject(campaign: CampaignInSight, indicator: IndicatorDefinition, cohort: str | None) -> Subject:
    """The indicator, or that cohort of it.

    Raises: CohortUnknown.
    """
    if cohort is None:
        return subject_of(campaign, indicator)
    found = next((one for one in indicator.cohorts if one.code == cohort), None)
    if found is None:
        raise _unknown([indicator], cohort)
    return subject_of(campaign, indicator, found)


def _unknown(indicators: Sequence[IndicatorDefinition], cohort: str) -> CohortUnknown:
    known = sorted({one.code for indicator in indicators for one in indicator.cohorts})
    return CohortUnknown(
        cohort=cohort[:64],
        known=", ".join(known) or "none",
        errors=[FieldError("/query/cohort", CohortUnknown.code, "Use a cohort that the detail names.")],
    )
