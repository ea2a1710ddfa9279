"""Which of a campaign's units make up which units of another day (rule 15). Pure: units are numbers here."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

NOWHERE = 0
"""Stands for whoever took over what nobody took over; no unit has this number."""


class Step(NamedTuple):
    """What one unit became on a day: by successor its exact share, None where none was stated; none: abolished."""

    day: int
    shares: Mapping[int, Fraction | None]


class Images(NamedTuple):
    """What has become of a unit by the other day: who it is part of now.

    `shares`: exact shares that add up to 1, by unit; None where some are not stated. Without units it says nothing
    itself, and what is below it speaks.
    """

    units: frozenset[int]
    shares: Mapping[int, Fraction] | None


NOBODY = Images(frozenset(), None)


def images_of(unit: int, since: int, *, steps: Mapping[int, Sequence[Step]], is_valid: Callable[[int], bool]) -> Images:
    """Who the unit, as it stood on the day `since`, has become part of: itself, where it is still valid.

    `steps`: by unit, by day, what became of it; those of days up to `since` are of another time.
    """
    step = next((one for one in steps.get(unit, ()) if one.day > since), None)
    if step is None:
        return _wholly(unit) if is_valid(unit) else NOBODY
    found: set[int] = set()
    shares: defaultdict[int, Fraction] = defaultdict(Fraction)
    are_stated = True
    for successor, share in step.shares.items():
        if share == 0:
            continue
        images = images_of(successor, step.day, steps=steps, is_valid=is_valid)
        if not images.units:
            images = _wholly(NOWHERE)
        found |= images.units
        if share is None or images.shares is None:
            are_stated = False
        else:
            for image, part in images.shares.items():
                shares[image] += share * part
    if found <= {NOWHERE}:
        return NOBODY
    if len(found) == 1:
        return _wholly(found.pop())
    return Images(frozenset(found), shares if are_stated and sum(shares.values()) == 1 else None)


def _wholly(unit: int) -> Images:
    return Images(frozenset([unit]), {unit: Fraction(1)})


class Member(NamedTuple):
    """A unit of the campaign's tree. `divides`: units below it may speak for themselves where it is divided.

    `is_reconciled`: it is no part of a unit of the reconciliation level, so that it may be lost by itself.
    """

    unit: int
    children: Sequence["Member"]
    divides: bool
    is_reconciled: bool = True


class Cover:
    """By unit of the other day, what it is made of, each unit of the campaign at most once.

    `whole`: units that lie in it entirely, the uppermost ones. `parts`: divided units and their image, a unit of the
    other day at or under it, of which the stated share counts. `unattributed`: divided without a stated share, so that
    nothing of them counts. `lost`: units that nobody took over, with the units of the other day that hold them through
    a unit above.
    """

    def __init__(self) -> None:
        self.whole: defaultdict[int, list[int]] = defaultdict(list)
        self.parts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self.unattributed: defaultdict[int, list[int]] = defaultdict(list)
        self.lost: list[tuple[int, frozenset[int]]] = []


def cover_of(
    top: Member, images: Mapping[int, Images], above: Mapping[int, Sequence[int]], *, wanted: Collection[int]
) -> Cover:
    """What the wanted units of the other day are made of.

    `above`: by unit of the other day, it and its ancestors on that day; of `NOWHERE` nobody.
    """
    cover = Cover()
    waiting: list[tuple[Member, frozenset[int]]] = [(top, frozenset())]
    while waiting:
        member, covered = waiting.pop()
        found = images[member.unit]
        places = [frozenset(above[one]) for one in found.units]
        inside = frozenset.intersection(*places) if places else frozenset()
        for unit in inside - covered:
            if unit in wanted:
                cover.whole[unit].append(member.unit)
        is_divided = len(places) > 1
        if is_divided and not (member.divides and member.children):
            _divide(cover, member.unit, found, above, outside=inside | covered, wanted=wanted)
        elif not places and not member.children:
            if member.is_reconciled:
                cover.lost.append((member.unit, covered))
        else:
            waiting += [(child, covered | inside) for child in reversed(member.children)]
    return cover


def _divide(
    cover: Cover,
    unit: int,
    images: Images,
    above: Mapping[int, Sequence[int]],
    *,
    outside: Collection[int],
    wanted: Collection[int],
) -> None:
    for image in sorted(images.units):
        for place in above[image]:
            if place in outside or place not in wanted:
                continue
            if images.shares is not None:
                cover.parts[place].append((unit, image))
            elif unit not in cover.unattributed[place]:
                cover.unattributed[place].append(unit)
