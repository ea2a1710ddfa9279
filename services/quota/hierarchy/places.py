"""Where units stand on a day."""

import msgspec

from services.contracts.words import Level


class Place(msgspec.Struct, frozen=True):
    """A unit on a day; `path` and `ids` lead from the root down to it, itself included."""

    id: int
    code: str
    level: Level
    name: str
    path: tuple[str, ...]
    ids: tuple[int, ...] = ()

    def is_below(self, unit_id: int) -> bool:
        """Whether it stands strictly below that unit."""
        return unit_id in self.ids[:-1]


class TreeNode(msgspec.Struct, frozen=True):
    """A unit of a tree; `path` holds codes from the tree's top down to it."""

    id: int
    code: str
    level: Level
    name: str
    parent_id: int | None
    path: tuple[str, ...]
    depth: int
