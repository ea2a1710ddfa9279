"""The consumers that feed the projector."""

from services.chassis.app import Chassis
from services.reporting.projector.projection import KINDS, project

ORIGINS = ("quota", "progress")

# A batch is whatever has come meanwhile: one event when idle, under load many small ones or so many large ones as carry
# some 70,000 rows, of which each changes a unit and those above it. It is applied before the bus sends it again.
BATCH = 128
BATCH_BYTES = 2_000_000


def feed_projector(chassis: Chassis) -> None:
    """While the process runs, the events of each origin are applied with `project`, one batch at a time.

    Both consumers know the kinds of both: a unit that quota brings sets rows of progress free that waited for it.
    """
    for origin in ORIGINS:
        chassis.consume(origin, project, kinds=KINDS, batch=BATCH, batch_bytes=BATCH_BYTES)
