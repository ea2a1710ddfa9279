"""The consumers that feed the projector."""

from services.chassis.app import Chassis
from services.chassis.inbox import Consumer
from services.reporting.projector.projection import KINDS, project

ORIGINS = ("quota", "progress")

# 32 events carry up to 64,000 rows: at some 20,000 rows/s they are applied before the bus sends them again (5 s).
BATCH = 32


def projector_consumers(chassis: Chassis) -> list[Consumer]:
    """One consumer for each origin; both apply their events with `project`, one at a time.

    Both know the kinds of both: a unit that quota brings sets rows of progress free that waited for it.
    """
    return [
        Consumer(
            database=chassis.database,
            bus=chassis.bus,
            origin=origin,
            apply=project,
            consistency=chassis.consistency,
            kinds=KINDS,
            batch=BATCH,
            lease_seconds=chassis.settings.lease_seconds,
        )
        for origin in ORIGINS
    ]
