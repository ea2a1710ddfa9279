"""Verdicts (rule 13) over plain numbers: exact fractions, nothing is rounded before it is compared."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from services.contracts.definitions import CommendationDefinition
from services.contracts.words import Verdict, VerdictReason
from services.reporting.figures.rules import Ratio
from services.reporting.reconciliation.rules import Compared


class OwnReports(NamedTuple):
    """Of the reports that a unit owed itself: how many, how many came on time, whether the final one is missing."""

    owed: int = 0
    on_time: int = 0
    is_final_missing: bool = False


class Attainment(NamedTuple):
    """The rate that the target is set on (None: unknown), and the target as an exact decimal text."""

    rate: Ratio | None
    target: str


class Ground(NamedTuple):
    """One reason, the verdict that it leads to, what it rests on (`value` of `of`) and the limit set for that."""

    code: VerdictReason
    leads_to: Verdict | None
    value: int | None
    of: int | None
    limit: str | None

    @property
    def share(self) -> Ratio | None:
        """The value as a share; of a difference, its size as a share of what whoever speaks says."""
        if self.value is None or not self.of:
            return None
        differs = self.code is VerdictReason.DIFFERS_FROM_AUTHORITY
        return Ratio(abs(self.value - self.of) if differs else self.value, self.of)


def grounds_of(
    rule: CommendationDefinition, *, reports: OwnReports, own: Compared | None, attainment: Attainment | None
) -> list[Ground]:
    """Every reason that speaks for or against a unit in one indicator, the gravest first.

    `own`: its own report of what was achieved beside whoever speaks; None where there is nothing to compare. A unit
    that owes no report itself is not excluded for any. `attainment` None: the reader may not know it.
    """
    found: list[Ground] = []
    if reports.owed and Fraction(reports.on_time, reports.owed) < Fraction(rule.minimum_on_time_share):
        found.append(
            Ground(
                VerdictReason.REPORTS_NOT_ON_TIME,
                Verdict.EXCLUDED,
                reports.on_time,
                reports.owed,
                rule.minimum_on_time_share,
            )
        )
    if reports.is_final_missing:
        found.append(Ground(VerdictReason.FINAL_REPORT_MISSING, Verdict.EXCLUDED, 0, 1, "1"))
    if own is not None and own.is_beyond(Fraction(rule.tolerance)):
        found.append(
            Ground(VerdictReason.DIFFERS_FROM_AUTHORITY, Verdict.EXCLUDED, own.value, own.speaking, rule.tolerance)
        )
    if attainment is None:
        return [*found, Ground(VerdictReason.WITHHELD, None, None, None, None)]
    rate = attainment.rate
    if rate is None:
        found.append(Ground(VerdictReason.NOTHING_KNOWN, Verdict.FELL_SHORT, None, None, attainment.target))
    elif Fraction(*rate) < Fraction(attainment.target):
        found.append(Ground(VerdictReason.BELOW_TARGET, Verdict.FELL_SHORT, *rate, attainment.target))
    else:
        found.append(Ground(VerdictReason.TARGET_REACHED, Verdict.ELIGIBLE, *rate, attainment.target))
    return found


_GRAVEST = (Verdict.EXCLUDED, None, Verdict.FELL_SHORT, Verdict.ELIGIBLE)


def verdict_of(grounds: Iterable[Ground]) -> Verdict | None:
    """The gravest that any of the reasons leads to; None where it is not excluded and the rest is withheld."""
    return gravest(one.leads_to for one in grounds)


def gravest(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """Excluded before what is not known (None) before fell short before eligible; None of none.

    What is not known may be either of those behind it.
    """
    return min(verdicts, key=_GRAVEST.index, default=None)


def score_of(rates: Mapping[str, Ratio | None], weights: Mapping[str, int]) -> Ratio | None:
    """The mean of the rates by their weights, exactly; None where a weighted one is unknown or none is weighted.

    `rates`: of the indicators that the unit has a quota for; what it has none for does not count.
    """
    weighted = [(rate, weights.get(code, 0)) for code, rate in rates.items() if weights.get(code, 0)]
    known = [(Fraction(*rate), weight) for rate, weight in weighted if rate is not None]
    if not known or len(known) < len(weighted):
        return None
    mean = sum((rate * weight for rate, weight in known), Fraction(0)) / sum(weight for _, weight in known)
    return Ratio(mean.numerator, mean.denominator)


def places_of(scores: Sequence[Ratio | None]) -> tuple[list[int | None], int]:
    """The place of each score, the highest first, equal ones alike (1, 2, 2, 4), and how many have one.

    Scores are compared as fractions: their denominators are products, larger than those of rates.
    """
    exact = [None if one is None else Fraction(*one) for one in scores]
    ordered = sorted((one for one in exact if one is not None), reverse=True)
    first: dict[Fraction, int] = {}
    for place, one in enumerate(ordered, start=1):
        first.setdefault(one, place)
    return [None if one is None else first[one] for one in exact], len(ordered)
