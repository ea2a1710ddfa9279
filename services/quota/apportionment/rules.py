"""The split of a whole number: largest remainders, ties by code, held lines, minimums and maximums.

With bounds, every line gets its share λ × weight, moved to its bound where it would break it, with the one λ for which
the lines add up (fixing minimums and maximums in turns can break what was kept before; this cannot). Then the shares
of the lines between their bounds are rounded by largest remainder. So the result does not depend on any order.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import gcd
from operator import itemgetter

import msgspec


class Infeasible(ValueError):
    """No split keeps the bounds. `field`: which of them stands in the way, `unit`: of which unit, if of one."""

    def __init__(self, field: str, code: str, detail: str, *, unit: str | None = None) -> None:
        super().__init__(detail)
        self.field, self.code, self.detail, self.unit = field, code, detail, unit


class Claim(msgspec.Struct, frozen=True):
    """What a unit brings to a split. `held`: its value, whatever the others get."""

    unit: str
    weight: int
    minimum: int = 0
    maximum: int | None = None
    held: int | None = None


class Share(msgspec.Struct, frozen=True):
    """What a unit gets, beside its ideal share; the ideal of a held line, or of one at its bound, is that value."""

    unit: str
    amount: int
    numerator: int
    denominator: int
    held: bool = False

    @classmethod
    def whole(cls, unit: str, amount: int, *, held: bool = False) -> "Share":
        """A share without fraction."""
        return cls(unit, amount, amount, 1, held)


def split(claims: Iterable[Claim], amount: int) -> list[Share]:
    """The amount over the claims, by code; it adds up.

    Raises: Infeasible, with the numbers.
    """
    ordered = sorted(claims, key=lambda one: one.unit)
    _refuse_contradictions(ordered)
    held = [one for one in ordered if one.held is not None]
    free = [one for one in ordered if one.held is None]
    rest = amount - sum(one.held or 0 for one in held)
    _refuse_infeasible(free, rest, amount)
    shares = [Share.whole(one.unit, one.held or 0, held=True) for one in held]
    shares += _bounded(free, rest)
    return sorted(shares, key=lambda one: one.unit)


def per_head(claims: Iterable[Claim], each: int) -> list[Share]:
    """So many for each head, within the bounds; held lines keep their value. Raises: Infeasible."""
    ordered = sorted(claims, key=lambda one: one.unit)
    _refuse_contradictions(ordered)
    return [
        Share.whole(one.unit, one.held, held=True)
        if one.held is not None
        else Share.whole(one.unit, _clamped(one, one.weight * each))
        for one in ordered
    ]


def _clamped(claim: Claim, amount: int) -> int:
    amount = max(amount, claim.minimum)
    return amount if claim.maximum is None else min(amount, claim.maximum)


def _refuse_contradictions(claims: Sequence[Claim]) -> None:
    for one in claims:
        if one.maximum is not None and one.minimum > one.maximum:
            detail = f"{one.unit} has a minimum of {one.minimum} above its maximum of {one.maximum}; change one of them"
            raise Infeasible("minimum", "minimum_above_maximum", detail, unit=one.unit)
        if one.held is None:
            continue
        if one.held < one.minimum:
            detail = f"{one.unit} is held at {one.held}, below its minimum of {one.minimum}; change one of them"
            raise Infeasible("held", "held_out_of_bounds", detail, unit=one.unit)
        if one.maximum is not None and one.held > one.maximum:
            detail = f"{one.unit} is held at {one.held}, above its maximum of {one.maximum}; change one of them"
            raise Infeasible("held", "held_out_of_bounds", detail, unit=one.unit)


def _refuse_infeasible(free: Sequence[Claim], rest: int, amount: int) -> None:
    held = amount - rest
    if rest < 0:
        detail = f"the held lines add up to {held}, {-rest} more than the amount of {amount}; lower them or raise it"
        raise Infeasible("held", "held_exceed_amount", detail)
    least = sum(one.minimum for one in free)
    if least > rest:
        detail = (
            f"minimums of {least} and held lines of {held} make {least + held}, {least - rest} more than the amount of"
            f" {amount}; lower them or raise it"
        )
        raise Infeasible("minimum", "minimums_exceed_amount", detail)
    if any(one.weight and one.maximum is None for one in free):
        return
    most = sum((one.maximum or 0) if one.weight else one.minimum for one in free)
    if most >= rest:
        return
    if not any(one.weight for one in free):
        detail = f"{rest - most} of {amount} remain, and no unit that is not held has a weight; give weights"
        raise Infeasible("weights", "weights_missing", detail)
    detail = (
        f"maximums of {most} and held lines of {held} make {most + held}, {rest - most} less than the amount of"
        f" {amount}; raise them or lower it (a unit without weight gets its minimum)"
    )
    raise Infeasible("maximum", "maximums_below_amount", detail)


def _bounded(claims: Sequence[Claim], rest: int) -> Iterator[Share]:
    """Shares of claims that can be served, by the λ at which they add up to `rest`."""
    fixed, between = _at_level(claims, rest)
    shared = rest - sum(fixed.values())
    weight = sum(one.weight for one in between)
    products = [(one.unit, shared * one.weight) for one in between]
    floors = {unit: product // weight for unit, product in products}
    left = shared - sum(floors.values())
    remainders = sorted((-(product % weight), unit) for unit, product in products if product % weight)
    for _, unit in remainders[:left]:
        floors[unit] += 1
    for unit, bound in fixed.items():
        yield Share.whole(unit, bound)
    for unit, product in products:
        common = gcd(product, weight)
        yield Share(unit, floors[unit], product // common, weight // common)


def _at_level(claims: Sequence[Claim], rest: int) -> tuple[dict[str, int], list[Claim]]:
    """Which lines stand at a bound, and which lie between theirs, when all lines add up to `rest`."""
    at_minimum = {place for place, one in enumerate(claims) if one.minimum or not one.weight}
    between = {place for place in range(len(claims)) if place not in at_minimum}
    at_maximum: set[int] = set()
    constant = sum(claims[place].minimum for place in at_minimum)
    slope = sum(claims[place].weight for place in between)
    for bound, weight, place, leaves in _in_order(_crossings(claims)):
        if constant * weight + slope * bound >= rest * weight:
            break
        if leaves:
            between.discard(place)
            at_maximum.add(place)
            constant, slope = constant + bound, slope - weight
        else:
            at_minimum.discard(place)
            between.add(place)
            constant, slope = constant - bound, slope + weight
    fixed = {claims[place].unit: claims[place].minimum for place in sorted(at_minimum)}
    fixed |= {claims[place].unit: claims[place].maximum or 0 for place in sorted(at_maximum)}
    return fixed, [claims[place] for place in sorted(between)]


Crossing = tuple[int, int, int, bool]
"""Bound, weight, place: at λ = bound / weight the claim leaves its minimum or (True) meets its maximum."""


def _crossings(claims: Sequence[Claim]) -> Iterator[Crossing]:
    for place, one in enumerate(claims):
        if one.weight:
            if one.minimum:
                yield one.minimum, one.weight, place, False
            if one.maximum is not None:
                yield one.maximum, one.weight, place, True


def _in_order(crossings: Iterable[Crossing]) -> Iterator[Crossing]:
    """By λ, exactly: quotients as floats never lie in the wrong order, equal ones are looked at as fractions."""
    keyed = [(one[0] / one[1], one) for one in crossings]
    keyed.sort(key=itemgetter(0))
    run: list[Crossing] = []
    level = -1.0
    for key, crossing in keyed:
        if key != level:
            yield from _exactly(run)
            run, level = [], key
        run.append(crossing)
    yield from _exactly(run)


def _exactly(run: list[Crossing]) -> list[Crossing]:
    """Whoever has one value as minimum and maximum leaves the one before it meets the other."""
    if len(run) > 1:
        run.sort(key=lambda one: (Fraction(one[0], one[1]), one[3]))
    return run
