"""What progress tells: of which indicators it has rows."""

from collections.abc import Sequence

import msgspec

from services.chassis.database import UnitOfWork
from services.chassis.inbox import Event, Outcome
from services.contracts.events import IndicatorFirstReported

KINDS = frozenset({"indicator_first_reported"})

_REMEMBER = """
    INSERT INTO indicator_reported (campaign_id, indicator_no, known_at)
    SELECT campaign_id, indicator_no, $3
    FROM unnest($1::bigint[], $2::smallint[]) AS reported (campaign_id, indicator_no)
    ON CONFLICT DO NOTHING
"""


async def remember_reported(work: UnitOfWork, events: Sequence[Event]) -> Outcome:
    """The indicators that the events name are known to be reported."""
    named = sorted(
        (event.campaign_id, event.indicator_no)
        for event in (
            msgspec.json.decode(one.payload, type=IndicatorFirstReported) for one in events if one.kind in KINDS
        )
    )
    await work.connection.execute(
        _REMEMBER, [campaign for campaign, _ in named], [indicator for _, indicator in named], work.moment
    )
    return Outcome()
