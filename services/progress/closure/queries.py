"""SQL of closures. One is never changed; the newest counts."""

from datetime import date, datetime

import asyncpg
import msgspec

_NEWEST = """
    SELECT revision, through, decision_number, decision_date, closed_at, closed_by FROM closure
    WHERE campaign_id = $1 ORDER BY revision DESC LIMIT 1
"""
_ADD = """
    INSERT INTO closure (
        campaign_id, revision, through, decision_number, decision_date, closed_at, closed_by
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class Closure(msgspec.Struct, frozen=True):
    """Days up to `through` are closed, none where it is None."""

    revision: int
    through: date | None
    decision_number: str
    decision_date: date
    closed_at: datetime
    closed_by: str


async def newest(connection: asyncpg.Connection, campaign_id: int) -> Closure | None:
    """What is closed, None where nothing ever was."""
    row = await connection.fetchrow(_NEWEST, campaign_id)
    return None if row is None else Closure(**row)


async def add(connection: asyncpg.Connection, campaign_id: int, closure: Closure) -> None:
    """The closure is the newest."""
    await connection.execute(
        _ADD,
        campaign_id,
        closure.revision,
        closure.through,
        closure.decision_number,
        closure.decision_date,
        closure.closed_at,
        closure.closed_by,
    )
