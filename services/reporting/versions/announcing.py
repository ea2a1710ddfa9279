"""Announces versions: at once when something was applied here, else as a heartbeat.

Every replica does. Nothing depends on an announcement coming: it is not kept, and who misses the heartbeat asks.
"""

import time

import msgspec

from services.chassis.app import Chassis
from services.chassis.bus import QUESTION_FAULTS
from services.contracts.versions import HEARTBEAT_SECONDS, TOPIC, Versions
from services.reporting.versions.queries import fetch_versions

LOOK_SECONDS = 0.2
"""How often they are looked at, since another replica or an upkeep may be what commits."""


class Announcing:
    """The background work of one process."""

    def __init__(self, chassis: Chassis) -> None:
        self._chassis = chassis

    async def run(self) -> None:
        """Announces until cancelled."""
        said: Versions | None = None
        said_at = 0.0
        while True:
            await self._chassis.consistency.something_applied(within=LOOK_SECONDS)
            async with self._chassis.database.reading() as connection:
                versions = await fetch_versions(connection)
            if versions == said and time.monotonic() - said_at < HEARTBEAT_SECONDS:
                continue
            try:
                await self._chassis.bus.announce(TOPIC, msgspec.json.encode(versions))
            except QUESTION_FAULTS:
                continue
            said, said_at = versions, time.monotonic()
