"""Rule 1: a whole number handed down, split exactly."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Claim:
    """Who takes part: with what weight, and within which bounds; held, it keeps that value."""

    weight: int
    minimum: int = 0
    maximum: int | None = None
    held: int | None = None


def split(claims: Mapping[str, Claim], amount: int) -> dict[str, int]:
    """The parts, which add up to `amount`: ideals rounded down, then one more by largest remainder, ties by code."""
    ideals = _ideals(claims, amount)
    parts = {code: math.floor(ideal) for code, ideal in ideals.items()}
    by_remainder = sorted(ideals, key=lambda code: (-(ideals[code] - parts[code]), code))
    for code in by_remainder[: amount - sum(parts.values())]:
        parts[code] += 1
    return parts


def _ideals(claims: Mapping[str, Claim], amount: int) -> dict[str, Fraction]:
    """Shares by weight, but held lines at their value and lines that would break a bound at the bound.

    Lines are fixed where the bounds are broken most, the rest is split again, until no bound is broken.
    """
    fixed = {code: Fraction(claim.held) for code, claim in claims.items() if claim.held is not None}
    while True:
        free = {code: claim for code, claim in claims.items() if code not in fixed}
        rest = amount - sum(fixed.values())
        weights = sum(claim.weight for claim in free.values())
        ideals = {
            code: Fraction(rest * claim.weight, weights) if weights else Fraction(0) for code, claim in free.items()
        }
        short = {code: claim.minimum for code, claim in free.items() if ideals[code] < claim.minimum}
        beyond = {
            code: claim.maximum
            for code, claim in free.items()
            if claim.maximum is not None and ideals[code] > claim.maximum
        }
        if not short and not beyond:
            return {**fixed, **ideals}
        lacking = sum(minimum - ideals[code] for code, minimum in short.items())
        left_over = sum(ideals[code] - maximum for code, maximum in beyond.items())
        if lacking >= left_over:
            fixed |= {code: Fraction(minimum) for code, minimum in short.items()}
        if left_over >= lacking:
            fixed |= {code: Fraction(maximum) for code, maximum in beyond.items()}
