"""The tree of a campaign: the units valid on its hierarchy day, from its top unit down (rule 15)."""

from collections.abc import Iterable
from datetime import date

import msgspec

from services.contracts.definitions import UnitDefinition
from services.contracts.words import Level


class TreeUnit(msgspec.Struct, frozen=True):
    """A unit in a campaign's tree. `tenant`: id of its province, of the top unit where it has none.

    `path` holds the ids from the top unit down to this one, both included.
    """

    unit: UnitDefinition
    parent_id: int | None
    tenant: int
    path: tuple[int, ...]

    @property
    def depth(self) -> int:
        """Levels below the top unit."""
        return len(self.path) - 1


def campaign_tree(units: Iterable[UnitDefinition], *, top_id: int, day: date) -> list[TreeUnit]:
    """The units at or below `top_id` that are valid on `day`, ancestors first, then by code; empty without the top.

    The top unit is taken even where it is not valid on `day`. A unit whose ancestors run in a circle is left out.
    """
    top: UnitDefinition | None = None
    children: dict[str, list[UnitDefinition]] = {}
    for unit in units:
        if unit.id == top_id:
            top = unit
        elif unit.parent_code is not None and unit.is_valid_on(day):
            children.setdefault(unit.parent_code, []).append(unit)
    if top is None:
        return []
    found: list[TreeUnit] = [TreeUnit(top, None, top.id, (top.id,))]
    level = found[:]
    placed = {top.code}
    while level:
        below: list[TreeUnit] = []
        for parent in level:
            for child in children.get(parent.unit.code, ()):
                if child.code in placed:
                    continue
                placed.add(child.code)
                tenant = child.id if child.level is Level.PROVINCE else parent.tenant
                below.append(TreeUnit(child, parent.unit.id, tenant, (*parent.path, child.id)))
        below.sort(key=lambda one: one.unit.code)
        found += below
        level = below
    return found
