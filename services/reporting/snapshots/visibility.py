"""Snapshots as one caller sees them."""

import uuid
from collections.abc import Sequence

import asyncpg

from services.chassis.identity import Caller
from services.chassis.problems import Refusal
from services.reporting.snapshots.queries import Kept, fetch_snapshot
from services.reporting.visibility.campaigns import campaigns_in_sight


class SnapshotNotFound(Refusal):
    """There is no snapshot {snapshot} that this token may see."""

    status = 404
    code = "snapshot_not_found"
    title = "Snapshot not found"
    remedy = "Check the id; a token sees the snapshots of campaigns whose top unit's figures it may see."


async def snapshot_in_sight(connection: asyncpg.Connection, snapshot_id: str, caller: Caller) -> Kept:
    """The snapshot, to whoever may see its campaign's top unit. Raises: SnapshotNotFound."""
    try:
        asked = uuid.UUID(snapshot_id)
    except ValueError as fault:
        raise SnapshotNotFound(snapshot=snapshot_id[:64]) from fault
    seen = {one.definition.id for one in await campaigns_in_sight(connection, None, caller) if one.top_visible}
    found = await fetch_snapshot(connection, asked)
    if found is None or found.campaign_id not in seen:
        raise SnapshotNotFound(snapshot=snapshot_id[:64])
    return found


async def ledgers_in_sight(connection: asyncpg.Connection, kept: Sequence[Kept], caller: Caller) -> bool:
    """Whether the caller may know from which batches these follow: a publication opens figures, not the ledger."""
    codes = {one.campaign for one in kept}
    seen = await campaigns_in_sight(connection, sorted(codes), caller)
    return {one.definition.code for one in seen if one.unpublished.top_visible} >= codes
