"""What one token may see of one campaign's tree."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from services.chassis.identity import EVERYTHING


class Sight(msgspec.Struct, frozen=True):
    """`roots`: ids of the units at and under which figures are seen. `above`: their ancestors: code and name only.

    `held`: what the token's own units open, where a publication opens more; None: the same.
    """

    everything: bool = False
    roots: frozenset[int] = frozenset()
    above: frozenset[int] = frozenset()
    held: "Sight | None" = None

    @property
    def own(self) -> "Sight":
        """What is seen without any publication, which opens figures and not what they are made from."""
        return self if self.held is None else self.held

    def sees(self, path: Iterable[int]) -> bool:
        """Whether the figures of the unit at the end of `path` (ids from the top unit down) are seen."""
        return self.everything or not self.roots.isdisjoint(path)

    def knows(self, unit_id: int, path: Iterable[int]) -> bool:
        """Whether the unit's code and name are seen."""
        return unit_id in self.above or self.sees(path)

    def sees_all(self, unit_ids: Collection[int], *, under: Iterable[int]) -> bool:
        """Whether the figures of all these units are seen; all lie under the unit at the end of `under`."""
        return self.sees(under) or self.roots.issuperset(unit_ids)

    @property
    def is_blind(self) -> bool:
        """Whether nothing of the tree is seen."""
        return not self.everything and not self.roots


def sight_in_campaign(
    *,
    units: Sequence[str],
    published_to: Sequence[str],
    upward: Mapping[str, Collection[str]],
    above_top: Collection[str],
    in_tree: Mapping[int, Sequence[int]],
) -> Sight:
    """What a token of the subtrees `units` sees of a campaign that is published to the subtrees `published_to`.

    `upward`: by code, itself and its ancestors on the hierarchy day, for each of both lists that is a unit then.
    `above_top`: the codes of the top unit and its ancestors. `in_tree`: by id, the path of each of `units` that lies
    in the campaign's tree. A publication opens the whole tree to every token whose subtree meets one that it names.
    """
    published = EVERYTHING in published_to or any(
        shown in upward.get(held, ()) or held in upward.get(shown, ()) for held in units for shown in published_to
    )
    if EVERYTHING in units or not set(above_top).isdisjoint(units):
        return Sight(everything=True)
    roots = frozenset(in_tree)
    above = frozenset(unit_id for path in in_tree.values() for unit_id in path[:-1])
    held = Sight(roots=roots, above=above - roots)
    return Sight(everything=True, held=held) if published else held
