"""Rule 15, backwards: what a campaign's units had been, by the units of an earlier day."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tests.laws.model.story import Story
from tests.laws.model.successions import NOWHERE, Act, LaterUnit, as_one


@dataclass(frozen=True)
class Formation:
    """On the day, long before the campaign, the units named `begun` began; those of `former` had ended on its eve."""

    day: int
    former: tuple[LaterUnit, ...]
    begun: tuple[str, ...]
    acts: tuple[Act, ...]

    def parents(self, unit: str) -> list[str]:
        """Whom the unit has anything from: whoever handed it something on, and itself where it went on."""
        found = [act.unit for act in self.acts if dict(act.successors).get(unit, 0) != 0 and act.unit != unit]
        return found if unit in self.begun else [*found, unit]


@dataclass(frozen=True)
class Prehistory:
    """The reorganisations before a campaign, by day."""

    story: Story
    formations: tuple[Formation, ...]

    def units_on(self, day: int) -> dict[str, LaterUnit]:
        """All units of the day, by name."""
        found = {one.code: LaterUnit(one.code, one.code, one.level, one.parent) for one in self.story.units}
        for one in reversed(self.formations):
            if day < one.day:
                found = {name: unit for name, unit in found.items() if name not in one.begun}
                found |= {unit.name: unit for unit in one.former}
        return found

    def images(self, unit: str, day: int) -> dict[str, Fraction | None]:
        """Whom all of the unit was part of on the day, itself perhaps; of several nobody knows the shares.

        Nobody, where it came from nobody.
        """
        return self._origins(unit, [one for one in reversed(self.formations) if day < one.day])

    def _origins(self, unit: str, back: list[Formation]) -> dict[str, Fraction | None]:
        if not back:
            return {unit: Fraction(1)}
        parents = back[0].parents(unit)
        share = Fraction(1) if len(parents) == 1 else None
        return as_one(self._each(parents, share, back[1:]))

    def _each(
        self, parents: Iterable[str], share: Fraction | None, back: list[Formation]
    ) -> Iterable[tuple[str, Fraction | None]]:
        for parent in parents:
            for image, part in (self._origins(parent, back) or {NOWHERE: Fraction(1)}).items():
                yield image, None if share is None or part is None else share * part
