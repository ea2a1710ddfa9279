"""The consumers that feed the projector."""

import msgspec

from services.chassis.app import Chassis
from services.chassis.deliveries import MAX_UNACKNOWLEDGED
from services.chassis.inbox import Event, Load
from services.reporting.projector.projection import KINDS, project

ORIGINS = ("quota", "progress")

MOST_DELTAS = 100_000
"""Rows, lines and units that one transaction takes in: some 4 s of work, before the bus sends them again."""


class _Units(msgspec.Struct):
    unit_id: list[msgspec.Raw]


class _Sized(msgspec.Struct):
    """Of an event, what is many: the rest is passed over."""

    rows: _Units | None = None
    lines: list[msgspec.Raw] = []
    units: list[msgspec.Raw] = []


_SIZED: msgspec.json.Decoder[_Sized] = msgspec.json.Decoder(_Sized)


def deltas_of(event: Event) -> int:
    """How many rows, plan lines or units the event brings; 1 where it brings none, or cannot be read."""
    if event.kind not in KINDS:
        return 1
    try:
        sized = _SIZED.decode(event.payload)
    except msgspec.DecodeError:  # `project` says what is wrong with it, and holds up nothing but that event
        return 1
    return max(1, len(sized.rows.unit_id) if sized.rows else 0, len(sized.lines), len(sized.units))


LOAD = Load(events=MAX_UNACKNOWLEDGED, weigh=deltas_of, most=MOST_DELTAS)


def feed_projector(chassis: Chassis) -> None:
    """While the process runs, the events of each origin are applied with `project`, one batch at a time.

    Both consumers know the kinds of both: a unit that quota brings sets rows of progress free that waited for it.
    """
    for origin in ORIGINS:
        chassis.consume(origin, project, kinds=KINDS, load=LOAD)
