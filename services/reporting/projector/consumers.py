"""The consumers that feed the projector."""

from services.chassis.app import Chassis
from services.reporting.projector.projection import KINDS, project

ORIGINS = ("quota", "progress")

# 32 events carry up to 64,000 rows: at some 20,000 rows/s they are applied before the bus sends them again (5 s).
BATCH = 32


def feed_projector(chassis: Chassis) -> None:
    """While the process runs, the events of each origin are applied with `project`, one batch at a time.

    Both consumers know the kinds of both: a unit that quota brings sets rows of progress free that waited for it.
    """
    for origin in ORIGINS:
        chassis.consume(origin, project, kinds=KINDS, batch=BATCH)
