"""Rule 15, figures by the units of another day: what the campaign decided, summed along the acts of succession."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Protocol

from tests.laws.model import hierarchy, ranking
from tests.laws.model.figures import Counts, Knowledge
from tests.laws.model.story import Cohort, Indicator, Story

NOWHERE = ""
"""Who took over what nobody took over."""


@dataclass(frozen=True)
class LaterUnit:
    """A unit that begins with a reorganisation. `parent`: the code of whoever it stands under, on whatever day."""

    name: str
    """Ours alone; a unit of the campaign's own is named by its code."""
    code: str
    level: str
    parent: str | None


@dataclass(frozen=True)
class Act:
    """What became of a unit: by successor the weight, None where none was stated.

    A unit that goes on may be its own successor: that is what stays with it.
    """

    unit: str
    successors: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Reorganisation:
    """On the day `units` begin; `ended` have ended on its eve."""

    day: int
    units: tuple[LaterUnit, ...]
    ended: tuple[str, ...]
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Aftermath:
    """The reorganisations after a campaign, by day."""

    story: Story
    reorganisations: tuple[Reorganisation, ...]

    def units_on(self, day: int) -> dict[str, LaterUnit]:
        """All units of the day, by name."""
        found = {one.code: LaterUnit(one.code, one.code, one.level, one.parent) for one in self.story.units}
        for one in self.reorganisations:
            if one.day <= day:
                found = {name: unit for name, unit in found.items() if name not in one.ended}
                found |= {unit.name: unit for unit in one.units}
        return found

    def images(self, unit: str, day: int, since: int = 0) -> dict[str, Fraction | None]:
        """Who the unit has become part of by the day, with its exact share; None where it is not stated.

        Nobody, where nobody took over any of it.
        """
        for one in self.reorganisations:
            if not since < one.day <= day:
                continue
            act = next((act for act in one.acts if act.unit == unit), None)
            if act is not None:
                return self._handed_on(act, day, one.day)
            if unit in one.ended:
                return {}
        return {unit: Fraction(1)}

    def _handed_on(self, act: Act, day: int, on: int) -> dict[str, Fraction | None]:
        found: list[tuple[str, Fraction | None]] = []
        whole = sum(weight or 0 for _, weight in act.successors)
        for successor, weight in act.successors:
            if weight == 0:
                continue
            share = None if weight is None else Fraction(weight, whole)
            for image, part in (self.images(successor, day, on) or {NOWHERE: Fraction(1)}).items():
                found.append((image, None if share is None or part is None else share * part))
        return as_one(found)


def as_one(parts: Iterable[tuple[str, Fraction | None]]) -> dict[str, Fraction | None]:
    """By image its share in all, None where any of it is not stated; nobody, where nobody has any of it."""
    found: dict[str, Fraction | None] = {}
    for image, part in parts:
        before = found.get(image, Fraction(0))
        found[image] = None if part is None or before is None else before + part
    if set(found) <= {NOWHERE}:
        return {}
    return {image: Fraction(1) for image in found} if len(found) == 1 else found


class Succession(Protocol):
    """What became of a campaign's units, or what they had been, by other days."""

    @property
    def story(self) -> Story: ...

    def units_on(self, day: int) -> dict[str, LaterUnit]: ...

    def images(self, unit: str, day: int) -> dict[str, Fraction | None]: ...


class ByOtherUnits:
    """A campaign's figures, by the units of another day; for a reader of everything or of some campaign units.

    A unit of that day is seen by whoever sees all of the campaign's units that a figure of it is made of.
    """

    def __init__(
        self, knowledge: Knowledge, succession: Succession, on: int, reader: tuple[str, ...] | None = None
    ) -> None:
        self.knowledge = knowledge
        self.story = succession.story
        sees_all = reader is None or self.story.units[0].code in reader
        self.reader = None if sees_all else reader
        self.units = succession.units_on(on)
        by_code = {unit.code: unit for unit in self.units.values()}
        assert len(by_code) == len(self.units)
        self.images = {unit.code: succession.images(unit.code, on) for unit in self.story.units}
        self.above: dict[str, list[str]] = {NOWHERE: []}
        """By unit of the other day, it and those above it, the lowest first."""
        for name, unit in self.units.items():
            line, at = [name], unit
            while at.parent is not None and at.parent in by_code:
                at = by_code[at.parent]
                line.append(at.name)
            self.above[name] = line
        self.rows = {name for images in self.images.values() for image in images for name in self.above[image]}
        """The units that anything of the campaign has become part of."""
        everywhere = [set(self.above[image]) for image in self.images[self.story.units[0].code] if image]
        self.around = set.intersection(*everywhere) if everywhere else set()
        """Those that all of the campaign lies in."""

    def shown(self) -> list[str]:
        """What the campaign's top unit has become part of, and what lies under that, the upper ones first."""
        tops = {image for image in self.images[self.story.units[0].code] if image}
        tops = tops or {name for name in self.rows if len(self.above[name]) == 1}
        seen = [name for name in self.rows if self.sees(name)]
        known = {name for one in seen for name in self.above[one]}
        found = [
            name
            for name in seen
            if any(top in self.above[name] and self.above[name].index(top) <= 5 for top in tops & known)
        ]
        return sorted(found, key=lambda name: (len(self.above[name]), self.units[name].code))

    def sees(self, name: str) -> bool:
        """Whether the reader sees figures of the unit: of all that it, or one above it, is made of in any indicator."""
        return self.reader is None or any(self._is_held(one) for one in self.above[name])

    def _is_held(self, name: str) -> bool:
        members = {
            unit
            for indicator in self.story.campaign.indicators
            for unit, images in self.made_of(name, indicator.level)
            if images is None or None not in self.images[unit].values()
        }
        return bool(members) and all(self.sees_own(unit) for unit in members)

    def sees_own(self, unit: str) -> bool:
        """Whether the reader sees figures of a unit of the campaign."""
        return self.reader is None or any(one.code in self.reader for one in hierarchy.line_up(self.story, unit))

    # What a unit is made of ------------------------------------------------------------------

    def made_of(self, name: str, level: str) -> Iterator[tuple[str, list[str] | None]]:
        """Units of the campaign that lie in it: whole (None), or the images of a divided one that do."""
        yield from self._made_of(name, self.story.units[0].code, level)

    def _made_of(self, name: str, unit: str, level: str) -> Iterator[tuple[str, list[str] | None]]:
        images = self.images[unit]
        inside = [image for image in images if name in self.above[image]]
        if images and len(inside) == len(images):
            yield unit, None
        elif len(images) > 1 and not self._is_looked_into(unit, level):
            if inside:
                yield unit, inside
        else:
            for child in hierarchy.children(self.story, unit):
                yield from self._made_of(name, child.code, level)

    def _is_looked_into(self, unit: str, level: str) -> bool:
        """Whether what is below a divided unit says where it belongs: above the reconciliation level it does."""
        own = hierarchy.unit(self.story, unit).level
        return bool(hierarchy.children(self.story, unit)) and not hierarchy.is_at_or_below(own, level)

    def share(self, counts: Counts, unit: str, image: str) -> Counts:
        """Each number is shared out to the last unit, by largest remainder, ties by code; nobody comes last."""
        order = sorted(
            self.images[unit], key=lambda one: (one == NOWHERE, "" if one == NOWHERE else self.units[one].code)
        )
        shares = [self.images[unit][one] for one in order]

        def of(number: int | None) -> int | None:
            if number is None:
                return None
            ideals = [number * share for share in shares if share is not None]
            parts = [math.floor(ideal) for ideal in ideals]
            left = number - sum(parts)
            largest = sorted(range(len(parts)), key=lambda place: (parts[place] - ideals[place], place))
            for place in largest[:left]:
                parts[place] += 1
            return parts[order.index(image)]

        recent = of(counts.recent)
        assert recent is not None
        return Counts(
            of(counts.quota),
            None if counts.quota is None else "derived",
            of(counts.baseline),
            of(counts.added),
            of(counts.exempt),
            of(counts.declined),
            of(counts.leaving),
            recent,
        )  # what a ratio is taken of has a figure of its own

    def counts(self, name: str, indicator: Indicator, cohort: Cohort | None, day: int) -> Counts:
        found: list[Counts] = []
        for unit, images in self.made_of(name, indicator.level):
            counts = self.knowledge.counts(unit, indicator, cohort, day)
            if images is None:
                found.append(counts)
            elif None not in self.images[unit].values():
                found += [self.share(counts, unit, image) for image in images]
        over = self.over(name, indicator, cohort, day)
        if len(found) == 1:
            return replace(found[0], over=over)

        def together(of: Callable[[Counts], int | None]) -> int | None:
            known = [number for one in found if (number := of(one)) is not None]
            return sum(known) if known else None

        quota = together(lambda one: one.quota)
        return Counts(
            quota,
            None if quota is None else "derived",
            together(lambda one: one.baseline),
            together(lambda one: one.added),
            together(lambda one: one.exempt),
            together(lambda one: one.declined),
            together(lambda one: one.leaving),
            sum(one.recent for one in found),
            over,
        )

    def over(self, name: str, indicator: Indicator, cohort: Cohort | None, day: int) -> int | None:
        """What a ratio is taken of is the other indicator's figure, by the same units."""
        if indicator.of is None:
            return None
        other = self.story.indicator(indicator.of)
        same = None if cohort is None else next((one for one in other.cohorts if one.code == cohort.code), None)
        if cohort is not None and same is None:
            return None
        return self.counts(name, other, same, day).achieved(other)

    # What is answered ------------------------------------------------------------------------

    def figure(self, name: str, indicator: Indicator, cohort: Cohort | None, day: int) -> dict[str, Any]:
        unit = self.units[name]
        parent = self._parent(name)
        rates = {
            other: self._rate(other, indicator, cohort, day)
            for other in self.rows
            if parent is not None and self._parent(other) == parent and self.units[other].level == unit.level
        }
        is_ranked = parent is not None and all(self.sees(other) for other in rates)
        return {
            "unit": unit.code,
            "level": unit.level,
            "indicator": indicator.code,
            "cohort": cohort.code if cohort is not None else None,
            **self.knowledge.standing(self.counts(name, indicator, cohort, day), indicator, cohort, day),
            "rank": ranking.ranks(rates)[name] if is_ranked else None,
            "ranked_of": ranking.ranked_of(rates) if is_ranked else None,
            **self.marks(name, indicator, day),
            "as_of": day,
            "known_at": self.knowledge.known,
        }

    def _parent(self, name: str) -> str | None:
        """Who it is ranked in; nobody, where all of the campaign lies in it or it stands at the top."""
        return None if name in self.around or len(self.above[name]) == 1 else self.above[name][1]

    def _rate(self, name: str, indicator: Indicator, cohort: Cohort | None, day: int) -> tuple[int, int] | None:
        return self.counts(name, indicator, cohort, day).rate(indicator)

    def marks(self, name: str, indicator: Indicator, day: int) -> dict[str, Any]:
        """Of all units that count in it, whole or in part."""
        members = [
            unit
            for unit, images in self.made_of(name, indicator.level)
            if images is None or None not in self.images[unit].values()
        ]
        found = [self.knowledge.marks(unit, indicator, day) for unit in members]
        labels = {label for one in found for label in one["labels"]} | {*self.story.campaign.labels}
        return {
            "coverage": {key: sum(one["coverage"][key] for one in found) for key in ("reported", "expected")},
            "labels": sorted(labels),
            "last_day": max((one["last_day"] for one in found if one["last_day"] is not None), default=None),
            "last_received_at": max(
                (one["last_received_at"] for one in found if one["last_received_at"] is not None), default=None
            ),
        }

    def unattributed(self, day: int) -> list[dict[str, Any]]:
        """What no unit shown can be given: by code, then in the campaign's order of indicators and cohorts.

        A reader to whom no unit is shown is told of none.
        """
        found = []
        if not self.shown():
            return []
        for unit in sorted(self.story.units, key=lambda one: one.code):
            for indicator in self.story.campaign.indicators:
                if not self.sees_own(unit.code) or not self._is_unattributed(unit.code, indicator.level):
                    continue
                for cohort in (None, *indicator.cohorts):
                    counts = self.knowledge.counts(unit.code, indicator, cohort, day)
                    if replace(counts, over=None) != Counts():
                        found.append(self._listed(unit.code, indicator, cohort, counts))
        return found

    def _is_unattributed(self, unit: str, level: str) -> bool:
        images: Mapping[str, Fraction | None] = self.images[unit]
        shown = self.shown()
        if any(
            one == unit and inside is not None and (None in images.values() or NOWHERE in images)
            for name in shown
            for one, inside in self.made_of(name, level)
        ):
            return True
        if images or hierarchy.children(self.story, unit):
            return False
        own = hierarchy.unit(self.story, unit).level
        if hierarchy.is_at_or_below(own, level) and own not in (level, "body"):
            return False  # it counts in the unit of the reconciliation level above it, or in what that is divided along
        line = [one.code for one in hierarchy.line_up(self.story, unit)]
        if any(len(self.images[one]) > 1 and not self._is_looked_into(one, level) for one in line[1:]):
            return False  # it goes where the divided one that it is part of goes
        held = {
            name for name in self.rows if any(one in line and whole is None for one, whole in self.made_of(name, level))
        }
        return not held or bool(held & set(shown) and set(shown) - held)

    def _listed(self, unit: str, indicator: Indicator, cohort: Cohort | None, counts: Counts) -> dict[str, Any]:
        return {
            "unit": unit,
            "level": hierarchy.unit(self.story, unit).level,
            "name": unit,
            "successors": sorted(self.units[one].code for one in self.images[unit] if one != NOWHERE),
            "indicator": indicator.code,
            "cohort": cohort.code if cohort is not None else None,
            "quota": counts.quota,
            "achieved": counts.achieved(indicator),
            "exempt": counts.exempt,
            "declined": counts.declined,
        }
