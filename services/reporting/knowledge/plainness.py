"""Anchors where what was known is the total as of a day with what each row of later days says, no more and no less.

Only daily rows count there (rule 4), and whoever speaks spoke before that day and never falls silent (rule 5). Then the
rows of the days before it need not be read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

import asyncpg

from services.reporting.projector.counting import STOCK_NO
from services.reporting.reporters.queries import fetch_reporters
from services.reporting.visibility.campaigns import CampaignInSight

_PRESENCES = f"""
    SELECT presence.indicator_no, presence.anchor_id, outcome_no, source_id, first_day, has_cumulative
    FROM unnest($2::bigint[], $3::smallint[], $4::bigint[]) AS anchor (tenant, indicator_no, anchor_id)
    JOIN anchor_source AS presence ON presence.tenant = anchor.tenant AND presence.campaign_id = $1
        AND presence.indicator_no = anchor.indicator_no AND presence.anchor_id = anchor.anchor_id
    WHERE outcome_no <> {STOCK_NO}
"""

Key = tuple[int, int]
"""Indicator and anchor."""


class Presence(NamedTuple):
    """A source that has rows at an anchor, for one outcome; `place` of its authority group."""

    place: int
    first_day: date
    has_cumulative: bool


def is_plain(presences: Iterable[Presence], since: date) -> bool:
    """Whether of an outcome's rows only daily ones count, of the group that spoke before the day and always will."""
    ordered = sorted(presences)
    speaking = [one for one in ordered if one.place == ordered[0].place]
    begun = min((one.first_day for one in speaking), default=date.min)
    return (
        not any(one.has_cumulative for one in ordered)
        and begun < since
        and all(one.first_day >= begun for one in ordered)
    )


async def plain_since(
    connection: asyncpg.Connection, campaign: CampaignInSight, anchors: Mapping[Key, tuple[int, date]]
) -> set[Key]:
    """Those of the anchors (tenant, since when) where that holds for each outcome."""
    if not anchors:
        return set()
    reporters = await fetch_reporters(connection, campaign.definition)
    groups = {campaign.number_of(one): reporters.groups(one) for one in campaign.definition.indicators}
    numbers, ids = zip(*anchors, strict=True)
    tenants = [tenant for tenant, _ in anchors.values()]
    found: defaultdict[tuple[Key, int], list[Presence]] = defaultdict(list)
    for number, anchor_id, outcome_no, source_id, *presence in await connection.fetch(
        _PRESENCES, campaign.definition.id, tenants, numbers, ids
    ):
        if source_id in groups[number]:
            found[(number, anchor_id), outcome_no].append(Presence(groups[number][source_id], *presence))
    return anchors.keys() - {key for (key, _), some in found.items() if not is_plain(some, anchors[key][1])}
