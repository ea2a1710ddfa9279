"""Where every unit stands in the cascade, from what is in force."""

from collections.abc import Mapping, Sequence

import msgspec

from services.contracts.words import LEVEL_ORDER, Level
from services.quota.hierarchy.places import TreeNode

ByIndicator = Mapping[int, int]
"""Amounts by the number of the indicator."""


class Balance(msgspec.Struct, frozen=True):
    """Of one indicator; None: received none, or hands none down."""

    received: int | None
    handed_down: int | None

    @property
    def unallocated(self) -> int | None:
        """What was received and not handed down, by a unit that hands down."""
        if self.received is None or self.handed_down is None:
            return None
        return max(0, self.received - self.handed_down)

    @property
    def over(self) -> int | None:
        """What is handed down beyond what was received: the stretch."""
        if self.received is None or self.handed_down is None:
            return None
        return max(0, self.handed_down - self.received)


class Standing(msgspec.Struct):
    """A unit in the cascade. `blocked_by`: the unit above that has received and has not handed down to it."""

    node: TreeNode
    balances: dict[int, Balance]
    blocked_by: TreeNode | None
    blocks: int = 0

    @property
    def has_received(self) -> bool:
        """Whether a plan in force names it."""
        return any(one.received is not None for one in self.balances.values())

    @property
    def has_issued(self) -> bool:
        """Whether a plan of its own is in force."""
        return any(one.handed_down is not None for one in self.balances.values())


class LevelCount(msgspec.Struct):
    """How far the cascade has come at one level: of so many units, how many have received, how many issued."""

    level: Level
    units: int = 0
    received: int = 0
    issued: int = 0


def standings(
    tree: Sequence[TreeNode], received: Mapping[int, ByIndicator], handed_down: Mapping[int, ByIndicator]
) -> list[Standing]:
    """One per unit of the whole campaign's tree (ancestors first)."""
    found: dict[int, Standing] = {}
    nodes = {node.id: node for node in tree}
    for node in tree:
        came, went = received.get(node.id, {}), handed_down.get(node.id, {})
        balances = {number: Balance(came.get(number), went.get(number)) for number in sorted(came.keys() | went.keys())}
        found[node.id] = Standing(node, balances, None)
    for standing in found.values():
        if standing.node.parent_id is None or standing.has_received:
            continue
        above = nodes[standing.node.parent_id]
        # The top unit has to receive nothing before it hands down.
        while above.parent_id is not None and not found[above.id].has_received:
            above = nodes[above.parent_id]
        standing.blocked_by = above
        found[above.id].blocks += 1
    return list(found.values())


def level_counts(standings: Sequence[Standing]) -> list[LevelCount]:
    """The n/N of every level, from the top down."""
    found: dict[Level, LevelCount] = {}
    for one in standings:
        count = found.setdefault(one.node.level, LevelCount(one.node.level))
        count.units += 1
        count.received += one.has_received
        count.issued += one.has_issued
    return sorted(found.values(), key=lambda count: LEVEL_ORDER[count.level])
