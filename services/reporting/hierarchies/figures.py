"""Figures by the units of another day: what the campaign's units came to, summed along the succession."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from math import lcm
from typing import NamedTuple

import asyncpg

from services.contracts.definitions import IndicatorDefinition
from services.contracts.figures import Figure, UnattributedFigure
from services.contracts.rates import shared_out
from services.contracts.words import IndicatorKind, Level
from services.reporting.exemptions.disclosure import Disclosures
from services.reporting.figures.assembly import put_together, windows_of
from services.reporting.figures.discretion import discreet
from services.reporting.figures.gathering import Gathered, gather, needed_by
from services.reporting.figures.queries import LABEL_BREAK, CountColumns, Marks
from services.reporting.figures.rules import Counts, achieved_of, standing_of
from services.reporting.figures.subjects import Subject
from services.reporting.hierarchies.rules import NOWHERE, Cover, cover_of
from services.reporting.hierarchies.sight import OtherHierarchy, ordered_shares
from services.reporting.view import View
from services.reporting.visibility.units import TreeRow

_DERIVED = 2


class ByOtherUnits(NamedTuple):
    """`figures`: units × subjects. `unattributed`: what is theirs in part, nobody knows which."""

    figures: list[Figure]
    unattributed: list[UnattributedFigure]


class _Sources:
    """What was gathered of the campaign's own units, and how it becomes that of the others."""

    def __init__(
        self, hierarchy: OtherHierarchy, covers: Mapping[Level, Cover], subjects: Sequence[Subject], gathered: Gathered
    ) -> None:
        self._hierarchy = hierarchy
        self._covers = covers
        self._subjects = subjects
        self._gathered = gathered
        self._place_of: dict[int, int] = {}
        self._shared: dict[tuple[int, int], dict[int, Counts]] = {}

    def number(self, units: Sequence[TreeRow]) -> None:
        """The units in the order in which they were gathered."""
        self._place_of = {one.id: place for place, one in enumerate(units)}

    def counts_at(self, unit: int, place: int) -> tuple[Counts, int | None]:
        """The counts of a unit of the campaign in the subject of that place, and the basis of its quota."""
        one = self._place_of[unit] * len(self._subjects) + place
        return self._gathered.columns.counts[one], self._gathered.columns.basis[one]

    def counts(self, unit: int, place: int) -> tuple[Counts, int | None]:
        """The counts of a unit of the other day: what lies in it whole, and its shares of what is divided.

        Without what a ratio is taken of, which has a figure of its own.
        """
        indicator = self._subjects[place].indicator
        cover = self._covers[indicator.reconciliation_level]
        if self._is_no_place(unit, indicator):
            return Counts(), None
        found = [self.counts_at(one, place) for one in cover.whole[unit]]
        if len(found) == 1 and not cover.parts[unit]:
            return found[0]
        shares = [self._share(one, image, place) for one, image in cover.parts[unit]]
        counts = _together([*(one for one, _ in found), *shares])
        return counts, None if counts.quota is None else _DERIVED

    def counts_over(self, unit: int, place: int, over: Subject | None) -> tuple[Counts, int | None]:
        """The same with what a ratio is taken of, which is the other indicator's figure by the same units."""
        counts, basis = self.counts(unit, place)
        if over is None:
            return counts, basis
        at = next(
            at for at, one in enumerate(self._subjects) if (one.number, one.cohort_no) == (over.number, over.cohort_no)
        )
        return counts._replace(over=achieved_of(self.counts(unit, at)[0], over.aim)), basis

    def _is_no_place(self, unit: int, indicator: IndicatorDefinition) -> bool:
        """Whether places in a table end in it: they are never summed, and stand where one unit is taken over alone."""
        cover = self._covers[indicator.reconciliation_level]
        is_one = len(cover.whole[unit]) == 1 and not cover.parts[unit] and not cover.unattributed[unit]
        return indicator.kind is IndicatorKind.RANK and not is_one

    def _share(self, unit: int, image: int, place: int) -> Counts:
        if (unit, place) not in self._shared:
            shares = ordered_shares(self._hierarchy.images[unit], self._hierarchy.rows)
            common = lcm(*(share.denominator for _, share in shares))
            weights = [int(share * common) for _, share in shares]
            columns = [
                [None] * len(weights) if one is None else shared_out(one, weights)
                for one in self.counts_at(unit, place)[0]
            ]
            parts = (Counts(*one) for one in zip(*columns, strict=True))
            self._shared[unit, place] = {image: part for (image, _), part in zip(shares, parts, strict=True)}
        return self._shared[unit, place][image]

    def members(self, unit: int, number: int) -> list[int]:
        """The campaign's units that the figure of this one stands on, whole or in part."""
        indicator = self._indicator(number)
        cover = self._covers[indicator.reconciliation_level]
        return list(dict.fromkeys([*cover.whole[unit], *(one for one, _ in cover.parts[unit])]))

    def _indicator(self, number: int) -> IndicatorDefinition:
        return next(one.indicator for one in self._subjects if one.number == number)

    def hedged(self, unit: int) -> Iterator[tuple[int, int, int]]:
        """Of which of its counts any member's is hedged."""
        for one in self._subjects:
            members = self.members(unit, one.number)
            if any((member, one.number, one.cohort_no) in self._gathered.hedged for member in members):
                yield unit, one.number, one.cohort_no

    def marks(self, unit: int, number: int) -> tuple[object, object, str | None]:
        """The last day, the newest reception and the labels of all its members."""
        place, width = self._gathered.numbers.index(number), len(self._gathered.numbers)
        lines = [self._place_of[one] * width + place for one in self.members(unit, number)]
        marks = self._gathered.marks
        days = [day for one in lines if (day := marks.last_day[one]) is not None]
        moments = [moment for one in lines if (moment := marks.received_at[one]) is not None]
        if self._is_no_place(unit, self._indicator(number)):
            return None, max(moments, default=None), None
        labels = {label for one in lines for label in (marks.labels[one] or "").split(LABEL_BREAK) if label}
        return max(days, default=None), max(moments, default=None), LABEL_BREAK.join(sorted(labels)) or None

    def coverage(self, unit: int, number: int) -> tuple[int, int]:
        """How many of its members' units are expected and have reported; a divided unit is one wherever it counts."""
        place = self._gathered.numbers.index(number)
        found = [
            self._gathered.coverage.get((self._place_of[one], place), (0, 0)) for one in self.members(unit, number)
        ]
        return sum(one[0] for one in found), sum(one[1] for one in found)


async def figures_by(
    connection: asyncpg.Connection,
    hierarchy: OtherHierarchy,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    *,
    scope: Sequence[TreeRow],
) -> ByOtherUnits:
    """One figure per unit of the other day and subject, in the order given, and what no unit of `scope` can be given.

    `scope`: all units that are asked for, of which `units` are a page.
    """
    if not scope or not subjects:
        return ByOtherUnits([], [])
    campaign, others = hierarchy.campaign, hierarchy.beside(units)
    everybody = [*units, *others]
    shown = {one.id for one in scope}
    wanted = {one.id for one in everybody} | shown
    # What ratios are taken of is summed as it is for itself, by its own reconciliation level.
    needed = [one._replace(over=None) for one in needed_by(subjects)]
    levels = {one.indicator.reconciliation_level for one in needed}
    covers = {
        level: cover_of(hierarchy.member(level), hierarchy.images, hierarchy.above, wanted=wanted) for level in levels
    }
    members = [hierarchy.tree[one] for one in sorted(_members(covers.values(), everybody, shown))]
    windows = windows_of(campaign, needed, view)
    gathered = await gather(connection, campaign, members, [], needed, view, windows=windows)
    found = _Sources(hierarchy, covers, needed, gathered)
    found.number(members)
    columns = [found.counts_over(unit.id, place, one.over) for unit in everybody for place, one in enumerate(subjects)]
    marks = [found.marks(unit.id, number) for unit in units for number in gathered.numbers]
    summed = Gathered(
        columns=CountColumns([one for one, _ in columns], [basis for _, basis in columns]),
        numbers=gathered.numbers,
        marks=Marks(*([one[place] for one in marks] for place in range(3))),  # ty: ignore[invalid-argument-type]
        coverage={
            (position, place): found.coverage(unit.id, number)
            for position, unit in enumerate(units)
            for place, number in enumerate(gathered.numbers)
        },
        hedged=frozenset(one for unit in units for one in found.hedged(unit.id)),
    )
    figures = put_together(campaign, units, others, subjects, view, summed)
    return ByOtherUnits(figures, list(_unattributed(hierarchy, covers, shown, subjects, found)))


def _members(covers: Iterable[Cover], units: Sequence[TreeRow], shown: Iterable[int]) -> set[int]:
    """The campaign's units that the figures of these stand on, and those that are listed as unattributed."""
    found: set[int] = set()
    for cover in covers:
        found.update(one for one, _ in cover.lost)
        for one in units:
            found.update(cover.whole[one.id])
            found.update(unit for unit, _ in cover.parts[one.id])
        for one in shown:
            found.update(cover.unattributed[one])
            found.update(unit for unit, _ in cover.parts[one])
    return found


def _unattributed(
    hierarchy: OtherHierarchy,
    covers: Mapping[Level, Cover],
    shown: Set[int],
    subjects: Sequence[Subject],
    sources: _Sources,
) -> Iterable[UnattributedFigure]:
    """Of the units shown, what lies in one of them in part, and what nobody took over; as far as it is seen."""
    disclosures = [Disclosures(hierarchy.own, one.indicator) for one in subjects]
    by_level: dict[Level, list[TreeRow]] = {}
    for level, cover in covers.items():
        partly = {one for unit in shown for one in cover.unattributed[unit]}
        partly |= {one for unit in shown for one, _ in cover.parts[unit] if NOWHERE in hierarchy.images[one].units}
        lost = {one for one, held in cover.lost if not held or (held & shown and shown - held)}
        found = [hierarchy.tree[one] for one in partly | lost]
        by_level[level] = sorted((one for one in found if hierarchy.own.sight.sees(one.path)), key=lambda one: one.code)
    order: defaultdict[str, list[UnattributedFigure]] = defaultdict(list)
    for place, subject in enumerate(subjects):
        if subject.indicator.kind is IndicatorKind.RANK:
            continue  # a place is that of the unit alone, and nobody takes it over in part
        for unit in by_level[subject.indicator.reconciliation_level]:
            counts, _ = sources.counts_at(unit.id, place)
            standing = standing_of(counts, subject.aim)
            if counts == Counts():
                continue
            counts, standing = discreet(counts, standing, subject, disclosures[place].at(unit))
            images = hierarchy.images[unit.id].units - {NOWHERE}
            order[unit.code].append(
                UnattributedFigure(
                    unit=unit.code,
                    level=unit.level,
                    name=unit.name,
                    successors=sorted(hierarchy.rows[one].code for one in images),
                    indicator=subject.indicator.code,
                    cohort=subject.cohort_code,
                    quota=counts.quota,
                    achieved=standing.achieved,
                    exempt=counts.exempt,
                    declined=counts.declined,
                )
            )
    for code in sorted(order):
        yield from order[code]


def _together(counts: Sequence[Counts]) -> Counts:
    """The sum, in which what is unknown counts as 0 as long as something is known (rule 6)."""
    if not counts:
        return Counts()

    def known_sum(values: Iterable[int | None]) -> int | None:
        known = [one for one in values if one is not None]
        return sum(known) if known else None

    *columns, recents, _ = zip(*counts, strict=True)
    return Counts(*map(known_sum, columns), recent=sum(recents))
