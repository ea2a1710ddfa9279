"""What of a figure would tell of sensitive reasons is withheld from whoever may not know them (rule 14, ADR 0011)."""

from services.contracts.disclosure import Disclosure
from services.contracts.words import TargetOn
from services.reporting.figures.rules import Counts, Standing
from services.reporting.figures.subjects import Subject


def discreet(counts: Counts, standing: Standing, subject: Subject, disclosure: Disclosure) -> tuple[Counts, Standing]:
    """The counts and the standing without what is withheld, as if it were unknown."""
    if subject.cohort_code in disclosure.withheld_rates:
        reached = None if hides_reached(subject, disclosure) else standing.reached
        standing = standing._replace(adjusted_rate=None, reached=reached)
    if not disclosure.tells_exempt:
        counts, standing = counts._replace(exempt=None, leaving=None), standing._replace(outstanding=None)
    return counts, standing


def hides_reached(subject: Subject, disclosure: Disclosure) -> bool:
    """Whether reaching the target follows from a rate that is withheld, and with it the band."""
    return subject.aim.target_on is TargetOn.ADJUSTED and subject.cohort_code in disclosure.withheld_rates
