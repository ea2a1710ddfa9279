"""How totals changed day by day, as known at a moment: the roll-ups by day, with what the roots added then."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from services.contracts.definitions import IndicatorDefinition
from services.reporting.knowledge.changes import chosen_under, fetch_then
from services.reporting.knowledge.sums import UPWARD
from services.reporting.knowledge.touched import last_day_of_rows, touched_since
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_PRESENT = """
    SELECT unit.id, row.indicator_no, row.cohort_no, row.outcome_no, row.reason_no, row.day, row.delta, row.known
    FROM unnest($2::bigint[], $3::bigint[]) AS unit (tenant, id)
    JOIN rollup_day AS row ON row.tenant = unit.tenant AND row.campaign_id = $1 AND row.unit_id = unit.id
    WHERE row.indicator_no = ANY ($4::smallint[]) AND row.day <= $5
"""
_THEN = f"""
    , asked AS (SELECT DISTINCT unit_id FROM unnest($10::bigint[]) AS asked (unit_id))
    SELECT asked.unit_id, own.indicator_no, own.cohort_no, own.outcome_no, own.reason_no, own.day,
        sum(own.delta)::bigint, sum(own.known)::integer
    FROM own {UPWARD.format(rows="own")}
    GROUP BY 1, 2, 3, 4, 5, 6
"""


class Node(NamedTuple):
    """A unit of a campaign's tree, as tables know it. `path`: ids from the top unit down to it."""

    tenant: int
    id: int
    path: Sequence[int]


class DayKey(NamedTuple):
    """What a total is of, and the day on which it changes."""

    unit_id: int
    indicator_no: int
    cohort_no: int
    outcome_no: int
    reason_no: int
    day: date


async def day_changes_then(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[Node | TreeRow],
    indicators: Sequence[IndicatorDefinition],
    view: View,
) -> dict[DayKey, tuple[int, int]]:
    """By how much totals of these units changed on each day up to the view's, and what they are known from."""
    roots = await touched_since(connection, campaign, [one.id for one in units], indicators, view)
    numbers = [campaign.number_of(one) for one in indicators]
    asked = {one.id: one for one in units}
    under: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    path_of = {one.id: one.path for one in units}
    for root in roots:
        path_of.setdefault(root.unit_id, root.path)
        for above in asked.keys() & set(root.path[:-1]):
            under[root.indicator_no, root.unit_id].append(above)
    keys = sorted({(one.tenant, one.id) for one in units} | {(one.tenant, one.unit_id) for one in roots})
    found: defaultdict[DayKey, list[int]] = defaultdict(lambda: [0, 0])

    def add(key: DayKey, delta: int, known: int) -> None:
        found[key][0] += delta
        found[key][1] += known

    tenants, ids = zip(*keys, strict=True) if keys else ((), ())
    through = last_day_of_rows(campaign, view)
    for *where, delta, known in await connection.fetch(
        _PRESENT, campaign.definition.id, tenants, ids, numbers, through
    ):
        key = DayKey(*where)
        root = roots.over(key.indicator_no, path_of[key.unit_id])
        was_known = root is None or (root.since is not None and key.day < root.since)
        if was_known and key.unit_id in asked:
            add(key, delta, known)
        for above in () if was_known else under.get((key.indicator_no, key.unit_id), ()):
            add(key._replace(unit_id=above), -delta, -known)
    for chosen, values in chosen_under(campaign, roots, view):
        for *where, delta, known in await fetch_then(connection, chosen + _THEN, *values, list(asked)):
            add(DayKey(*where), delta, known)
    return {key: (delta, known) for key, (delta, known) in found.items() if delta or known}
