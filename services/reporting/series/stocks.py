"""Stocks (rule 4): what was stated to be carried over at the start of a day, by whoever speaks (rule 5)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from services.contracts.words import OUTCOME_NO, Outcome
from services.reporting.figures.subjects import Subject
from services.reporting.knowledge.rows import SCOPE, live_rows, scope_values
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow


class Stock(NamedTuple):
    """What one unit states, by day. `path`: ids from the top unit down to it."""

    tenant: int
    unit_id: int
    path: list[int]
    stated: dict[date, int]


_STOCK_NO = OUTCOME_NO[Outcome.CARRIED_OVER]
_SOURCES = "SELECT code, id FROM source_copy WHERE code = ANY ($1::text[])"


def _rows_sql(view: View) -> str:
    return f"""
        WITH scope AS ({SCOPE}), row AS ({live_rows(view)})
        SELECT row.anchor_id, row.source_id, row.day, row.value, unit.tenant, unit.unit_id, unit.path
        FROM row
        JOIN campaign_unit AS unit
            ON unit.tenant = row.tenant AND unit.campaign_id = $1 AND unit.unit_id = row.unit_id
        WHERE row.outcome_no = {_STOCK_NO}
    """


async def fetch_stocks(
    connection: asyncpg.Connection, campaign: CampaignInSight, units: Sequence[TreeRow], subject: Subject, view: View
) -> list[Stock]:
    """The stocks that units state, at or under these or elsewhere under their anchors, for days up to the view's."""
    authority = subject.indicator.authority
    ids = dict(await connection.fetch(_SOURCES, [code for group in authority for code in group]))
    group_of = {ids[code]: place for place, group in enumerate(authority) for code in group if code in ids}
    scope = scope_values(campaign, [one.id for one in units], [subject.indicator], view)
    rows = [
        (group_of[source_id], anchor_id, *more)
        for anchor_id, source_id, *more in await connection.fetch(_rows_sql(view), *scope)
        if source_id in group_of
    ]
    begun: dict[int, dict[int, date]] = defaultdict(dict)
    for group, anchor_id, day, *_ in rows:
        begun[anchor_id][group] = min(day, begun[anchor_id].get(group, day))
    found: dict[int, Stock] = {}
    for group, anchor_id, day, value, tenant, unit_id, path in rows:
        if all(first > day for other, first in begun[anchor_id].items() if other < group):
            stated = found.setdefault(unit_id, Stock(tenant, unit_id, path, {})).stated
            stated[day] = stated.get(day, 0) + value
    return list(found.values())
