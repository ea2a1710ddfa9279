"""What contradicts what (rule 16), over plain numbers."""

import re
from collections.abc import Iterable, Mapping

from services.contracts.rates import printed_rate
from services.contracts.words import ContradictionKind, Outcome, RoundingMode

WHAT_TO_DO = {
    ContradictionKind.OPENING_STOCK: (
        "Ask the source whether it carried over wrongly or reported too much or too little before; a correction of the "
        "wrong rows lets both meet. Until then the stated stock counts."
    ),
    ContradictionKind.OUTCOMES_ABOVE_QUOTA: (
        "Check whether cases were told of under two outcomes, or the quota is too low: correct the rows, or revise the "
        "plan. More achieved alone than the quota is possible, and counts."
    ),
    ContradictionKind.QUOTA_HANDED_DOWN: (
        "Revise the plan of the unit so that it hands down what it received, or the plan above it; where the campaign "
        "allows a stretch this may be meant."
    ),
    ContradictionKind.CHILDREN_ABOVE_PARENT: (
        "Compare what the source tells of the units below with whoever speaks for the unit: one of both is to be "
        "corrected. Until then whoever speaks counts."
    ),
    ContradictionKind.PRINTED_SHARE: (
        "No rounding of the exact rate gives the printed share: the document prints a wrong number, or other counts "
        "than those known here; look at an earlier day or moment."
    ),
}

_PRINTED = re.compile(r"([0-9]{1,20})(?:,([0-9]{1,12}))?")


def exceeding(outcomes: Mapping[Outcome, int | None], quota: int | None) -> dict[str, int] | None:
    """The outcomes that are known, where together they exceed the quota; None where they do not."""
    known = {str(outcome): count for outcome, count in outcomes.items() if count is not None}
    return known if quota is not None and sum(known.values()) > quota else None


def handed_down_too_much(received: int | None, children: Iterable[int | None]) -> int | None:
    """What the children have together, where that is more than their parent received; None where it is not."""
    known = [one for one in children if one is not None]
    return sum(known) if received is not None and sum(known) > received else None


def is_printed_of(printed: str, numerator: int, denominator: int) -> bool:
    """Whether half-up or truncated, at the decimals that it is printed with, the rate gives the printed share.

    Raises: ValueError, where it is no share in percent with a comma (`69,18`).
    """
    found = _PRINTED.fullmatch(printed)
    if found is None:
        raise ValueError(printed)
    decimals = len(found[2] or "")
    wanted = f"{int(found[1])},{found[2]}" if found[2] else str(int(found[1]))
    return any(printed_rate(numerator, denominator, decimals=decimals, mode=mode) == wanted for mode in RoundingMode)
