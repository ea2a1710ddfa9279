"""Versions: what an answer of reporting follows from, so that it may be kept until one of them changes."""

import msgspec

TOPIC = "versions"
"""What reporting announces `Versions` under, on the bus."""

HEARTBEAT_SECONDS = 0.5
"""How often it does so where nothing changes."""


class Versions(msgspec.Struct, frozen=True):
    """Of each campaign, by its code, and of all units and successions. Each grows with every commit that changes what
    is read of it, within one `epoch`; another epoch is another database.
    """

    epoch: str
    units: int
    campaigns: dict[str, int]


class VersionsQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/versions` → `Versions`, of those of these campaigns that the caller may see."""

    campaigns: list[str]
