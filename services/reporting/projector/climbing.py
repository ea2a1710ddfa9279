"""Values at units carried up to all their ancestors."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

from services.contracts.words import Level
from services.reporting.projector.counting import Place

Value = TypeVar("Value")

Key = tuple[Any, ...]
"""A unit's id, and whatever tells the values of one unit apart."""


class Ancestry:
    """The units on the way from some places up to the top: depth, parent and tenant of each."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.depth: dict[int, int] = {}
        self.parent: dict[int, int] = {}
        self.tenant: dict[int, int] = {}
        for place in places:
            tenant = above = place.path[0]
            for depth, (unit_id, level) in enumerate(zip(place.path, place.levels, strict=True)):
                tenant = unit_id if level == Level.PROVINCE else tenant
                self.depth[unit_id], self.parent[unit_id], self.tenant[unit_id] = depth, above, tenant
                above = unit_id


def climbed(
    values: Mapping[Key, Value], ancestry: Ancestry, together: Callable[[Value, Value], Value]
) -> dict[Key, Value]:
    """The values, and at each ancestor what is below it, put `together`; keys begin with the unit."""
    by_depth: defaultdict[int, dict[Key, Value]] = defaultdict(dict)
    for key, value in values.items():
        by_depth[ancestry.depth[key[0]]][key] = value
    found: dict[Key, Value] = {}
    for depth in range(max(by_depth, default=-1), -1, -1):
        level = by_depth[depth]
        found |= level
        if depth:
            above = by_depth[depth - 1]
            for key, value in level.items():
                up = (ancestry.parent[key[0]], *key[1:])
                below = above.get(up)
                above[up] = value if below is None else together(below, value)
    return found


def gathered(items: Iterable[tuple[Hashable, Value]], together: Callable[[Value, Value], Value]) -> dict[Any, Value]:
    """Items of one key put `together`."""
    found: dict[Any, Value] = {}
    for key, value in items:
        old = found.get(key)
        found[key] = value if old is None else together(old, value)
    return found
