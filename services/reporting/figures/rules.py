"""What counts add up to (rules 6 and 9), and who stands where (rule 11). Integers and fractions only."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from services.contracts.words import TargetOn

# Two different rates of denominators below 2^63 differ by more than 2^-126 > 10^-38.
_SCALE = 10**38


class Ratio(NamedTuple):
    """An exact rate: `numerator` of `denominator`, which is above 0."""

    numerator: int
    denominator: int

    @property
    def order_key(self) -> int:
        """An integer that compares as the rates do, equal only where they are equal."""
        return order_key(self.numerator, self.denominator)


class Counts(NamedTuple):
    """What is known of one unit and indicator as of a day; None is unknown.

    `added`: achieved within the campaign. `leaving`: exempt for a reason that leaves the denominator.
    `recent`: what was added within the window of the forecast (rule 10), where nothing is known 0. `over`: what a ratio
    is taken of.
    """

    quota: int | None = None
    baseline: int | None = None
    added: int | None = None
    exempt: int | None = None
    leaving: int | None = None
    declined: int | None = None
    recent: int = 0
    over: int | None = None


class Aim(NamedTuple):
    """What counts are measured by: whether a baseline counts, the target, the rate that it is set on.

    A ratio is measured by another indicator instead of a quota.
    """

    counts_baseline: bool
    target: Fraction
    target_on: TargetOn
    is_ratio: bool = False


class Standing(NamedTuple):
    """What follows from the counts."""

    achieved: int | None
    outstanding: int | None
    rate: Ratio | None
    adjusted_rate: Ratio | None
    reached: bool | None


def rate_of(counts: Counts, aim: Aim) -> Ratio | None:
    """The raw rate; none without a quota (or what a ratio is taken of) above 0, or without anything achieved known."""
    return _ratio(achieved_of(counts, aim), counts.over if aim.is_ratio else counts.quota)


def standing_of(counts: Counts, aim: Aim) -> Standing:
    """Achieved, outstanding, both rates, and whether the one that the target is set on reaches it (rule 9)."""
    quota = counts.quota
    achieved = achieved_of(counts, aim)
    if aim.is_ratio:
        rate = _ratio(achieved, counts.over)
        return Standing(achieved, None, rate, rate, _reaches(rate, aim))
    if quota is None:
        return Standing(achieved, None, None, None, None)
    settled = [one for one in (achieved, counts.exempt, counts.declined) if one is not None]
    outstanding = max(0, quota - sum(settled)) if settled else None
    rate = _ratio(achieved, quota)
    adjusted_rate = _ratio(achieved, quota - counts.leaving) if counts.leaving else rate
    aimed = rate if aim.target_on is TargetOn.RAW else adjusted_rate
    return Standing(achieved, outstanding, rate, adjusted_rate, _reaches(aimed, aim))


def _reaches(rate: Ratio | None, aim: Aim) -> bool | None:
    if rate is None:
        return None
    return rate.numerator * aim.target.denominator >= aim.target.numerator * rate.denominator


def achieved_of(counts: Counts, aim: Aim) -> int | None:
    """What the campaign added, and the baseline before it where that counts; unknown while the former is."""
    if counts.added is None or not aim.counts_baseline:
        return counts.added
    return counts.added + (counts.baseline or 0)


def _ratio(achieved: int | None, base: int | None) -> Ratio | None:
    return Ratio(achieved, base) if achieved is not None and base is not None and base > 0 else None


class Ranks(NamedTuple):
    """`ranks`: 1 for the highest rate, equal rates alike (1, 2, 2, 4), None without one. `of`: how many have one."""

    ranks: list[int | None]
    of: int


def ranks_of(rates: Iterable[Ratio | None]) -> Ranks:
    """The rank of each rate among all of them, in the order given (rule 11)."""
    return ranks_of_keys([None if rate is None else rate.order_key for rate in rates])


def ranks_of_keys(keys: Sequence[int | None]) -> Ranks:
    """The same, of the order keys of rates."""
    ranked = sorted((key for key in keys if key is not None), reverse=True)
    first_place: dict[int, int] = {}
    for place, key in enumerate(ranked, start=1):
        first_place.setdefault(key, place)
    return Ranks([None if key is None else first_place[key] for key in keys], len(ranked))


def order_key(numerator: int, denominator: int) -> int:
    """An integer that compares as the rates do, equal only where they are equal."""
    return numerator * _SCALE // denominator


def league_key(rate: Ratio | None, code: str, *, worst_first: bool) -> tuple[bool, int, str]:
    """What a league table is sorted by: rate, then code; those without a rate come last in either order (rule 11)."""
    return league_key_of(None if rate is None else rate.order_key, code, worst_first=worst_first)


def league_key_of(key: int | None, code: str, *, worst_first: bool) -> tuple[bool, int, str]:
    """The same, of the order key of the rate."""
    if key is None:
        return (True, 0, code)
    return (False, key if worst_first else -key, code)
