"""Rule 9: exact rates, and how they are printed."""

import math
from dataclasses import dataclass
from fractions import Fraction

from tests.laws.model.story import Cohort, Indicator


@dataclass(frozen=True)
class Target:
    rate: str
    on: str
    leaving: tuple[str, ...] | None
    """The reasons that leave the denominator; None: all of them."""


def target(indicator: Indicator, cohort: Cohort | None) -> Target:
    """What holds for an indicator or its cohort: the cohort's own words first."""
    if cohort is None:
        return Target(indicator.target_rate, indicator.target_on, indicator.leaving)
    return Target(
        cohort.target_rate if cohort.target_rate is not None else indicator.target_rate,
        cohort.target_on if cohort.target_on is not None else indicator.target_on,
        cohort.leaving if cohort.leaving is not None else indicator.leaving,
    )


def rate(achieved: int | None, denominator: int | None) -> tuple[int, int] | None:
    """Numerator and denominator; None without either, and where the denominator is 0 or less."""
    if achieved is None or denominator is None or denominator <= 0:
        return None
    return achieved, denominator


def outstanding(quota: int | None, achieved: int | None, exempt: int | None, declined: int | None) -> int | None:
    """What is left of the quota; unknown where the quota or all three outcomes are."""
    if quota is None or (achieved is None and exempt is None and declined is None):
        return None
    return max(0, quota - (achieved or 0) - (exempt or 0) - (declined or 0))


def half_up(number: Fraction) -> int:
    return math.floor(number + Fraction(1, 2))


def printed(numerator: int, denominator: int, *, decimals: int, rounding: str) -> str:
    """In per cent, with a comma and exactly so many decimals."""
    scaled = Fraction(numerator, denominator) * 100 * 10**decimals
    digits = half_up(scaled) if rounding == "half_up" else math.floor(scaled)
    whole, rest = divmod(digits, 10**decimals)
    return f"{whole},{rest:0{decimals}d}" if decimals else str(whole)
