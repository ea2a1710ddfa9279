"""What stands where in this process and behind it, looked up when `/metrics` is asked."""

import asyncio
from typing import TYPE_CHECKING

from prometheus_client import Gauge

from services.chassis.bus import QUESTION_FAULTS
from services.chassis.database import TRANSIENT_DATABASE_FAULTS

if TYPE_CHECKING:
    from services.chassis.app import Chassis

UNKNOWN = float("nan")
OUTBOX_BACKLOG = Gauge("bonphu_outbox_backlog", "Events recorded and not yet published.", ["service"])
OUTBOX_OLDEST = Gauge(
    "bonphu_outbox_oldest_seconds",
    "Age of the oldest event that is not yet published; 0 where there is none.",
    ["service"],
)
EVENTS_PENDING = Gauge(
    "bonphu_events_pending", "Events of an origin on the bus that are not yet applied here.", ["service", "origin"]
)
EVENTS_HELD = Gauge(
    "bonphu_events_held",
    "Events kept until what they mention is known (`unknown_thing`), or because applying them failed (`fault`).",
    ["service", "reason"],
)
PROJECTION_LAG = Gauge(
    "bonphu_projection_lag_seconds",
    "Age of the oldest event that is being applied here at the moment; 0 where none is.",
    ["service", "origin"],
)
POOL_IN_USE = Gauge("bonphu_pool_in_use", "Connections to PostgreSQL that are in use.", ["service"])
POOL_SIZE = Gauge("bonphu_pool_size", "Connections to PostgreSQL that there may be.", ["service"])

_OUTBOX = """
    SELECT count(*) AS backlog, coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::float AS oldest
    FROM outbox WHERE published_at IS NULL
"""
_HELD = """
    SELECT count(*) FILTER (WHERE needs <> 'fault') AS unknown_thing, count(*) FILTER (WHERE needs = 'fault') AS fault
    FROM waiting_event
"""
_SECONDS = 2


async def measure(chassis: "Chassis") -> None:
    """The gauges are of this moment; those whose keeper does not answer are NaN."""
    service = chassis.service
    POOL_IN_USE.labels(service).set(chassis.database.in_use)
    POOL_SIZE.labels(service).set(chassis.settings.pool_size)
    backlog = oldest = unknown_thing = fault = UNKNOWN
    try:
        async with asyncio.timeout(_SECONDS), chassis.database.reading() as connection:
            backlog, oldest = await connection.fetchrow(_OUTBOX)
            unknown_thing, fault = await connection.fetchrow(_HELD)
    except (TimeoutError, *TRANSIENT_DATABASE_FAULTS):
        pass
    OUTBOX_BACKLOG.labels(service).set(backlog)
    OUTBOX_OLDEST.labels(service).set(max(0.0, oldest) if backlog else oldest)
    EVENTS_HELD.labels(service, "unknown_thing").set(unknown_thing)
    EVENTS_HELD.labels(service, "fault").set(fault)
    for consumer in chassis.consumers:
        PROJECTION_LAG.labels(service, consumer.origin).set(consumer.lag_seconds)
        pending: float = UNKNOWN
        try:
            async with asyncio.timeout(_SECONDS):
                pending = await chassis.bus.pending(consumer.origin, service)
        except QUESTION_FAULTS:
            pass
        EVENTS_PENDING.labels(service, consumer.origin).set(pending)
