"""What the rows under roots came to at a moment, for each unit asked for: sums, marks, and who had reported."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from services.reporting.knowledge.changes import chosen_under, fetch_then
from services.reporting.knowledge.roots import Roots
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight

UPWARD = """
    CROSS JOIN LATERAL (
        SELECT unit.path FROM campaign_unit AS unit WHERE unit.campaign_id = $1 AND unit.unit_id = {rows}.unit_id
        OFFSET 0
    ) AS unit
    CROSS JOIN LATERAL unnest(unit.path) AS above (unit_id)
    JOIN asked ON asked.unit_id = above.unit_id
"""
"""From rows at units up to those asked for; `asked` holds their ids."""

# Kinds of lines: 1 sums, 2 the newest reception, 3 a label, 4 an anchor that was reported on.
_SUMS = f"""
    , asked AS (SELECT DISTINCT unit_id FROM unnest($10::bigint[]) AS asked (unit_id)
    ), since AS (SELECT * FROM unnest($11::smallint[], $12::date[]) AS since (indicator_no, day)
    ), summed AS (
        SELECT own.unit_id, own.indicator_no, cohort_no, outcome_no, reason_no, sum(delta) AS value,
            sum(known) AS known, sum(delta) FILTER (WHERE own.day >= since.day) AS recent,
            max(own.day) FILTER (WHERE rows > 0) AS last_day
        FROM own LEFT JOIN since USING (indicator_no)
        GROUP BY 1, 2, 3, 4, 5
    ), newest AS (
        SELECT unit_id, indicator_no, max(received_at) AS received_at FROM live GROUP BY 1, 2
    ), labelled AS (
        SELECT DISTINCT chosen.unit_id, chosen.indicator_no, label
        FROM chosen JOIN batch_copy AS batch USING (acknowledgement) CROSS JOIN unnest(batch.labels) AS label
        WHERE chosen.until IS NULL
    )
    SELECT 1 AS kind, asked.unit_id, indicator_no, cohort_no, outcome_no, reason_no, sum(value)::bigint AS value,
        sum(known)::bigint AS known, coalesce(sum(recent), 0)::bigint AS recent, max(last_day) AS last_day,
        NULL::timestamptz AS received_at, NULL::text AS label
    FROM summed {UPWARD.format(rows="summed")}
    GROUP BY 2, 3, 4, 5, 6
    UNION ALL
    SELECT 2, asked.unit_id, indicator_no, 0, 0, 0, 0, 0, 0, NULL, max(received_at), NULL
    FROM newest {UPWARD.format(rows="newest")}
    GROUP BY 2, 3
    UNION ALL
    SELECT DISTINCT 3, asked.unit_id, indicator_no, 0, 0, 0, 0, 0, 0, NULL::date, NULL::timestamptz, label
    FROM labelled {UPWARD.format(rows="labelled")}
    UNION ALL
    SELECT DISTINCT 4, anchor_id, indicator_no, 0, 0, 0, 0, 0, 0, NULL::date, NULL::timestamptz, NULL FROM live
"""

Key = tuple[int, int]
"""Unit and indicator."""


class Sum(NamedTuple):
    """One cohort, outcome and reason: total, from how many series it is known, what was added within the window."""

    cohort_no: int
    outcome_no: int
    reason_no: int
    value: int
    known: int
    recent: int


class SumsThen:
    """By unit and indicator; `reported`: anchors and indicators."""

    def __init__(self) -> None:
        self.sums: defaultdict[Key, list[Sum]] = defaultdict(list)
        self.last_day: dict[Key, date] = {}
        self.received_at: dict[Key, datetime] = {}
        self.labels: defaultdict[Key, set[str]] = defaultdict(set)
        self.reported: set[Key] = set()

    def take(self, rows: Iterable[asyncpg.Record]) -> None:
        """Lines of `_SUMS`, of roots that nothing was taken of before."""
        for kind, unit_id, indicator_no, cohort_no, outcome_no, reason_no, value, known, recent, *marks in rows:
            key = (unit_id, indicator_no)
            last_day, received_at, label = marks
            match kind:
                case 1:
                    self.sums[key].append(Sum(cohort_no, outcome_no, reason_no, value, known, recent))
                    if last_day is not None:
                        self.last_day[key] = max(last_day, self.last_day.get(key, last_day))
                case 2:
                    self.received_at[key] = max(received_at, self.received_at.get(key, received_at))
                case 3:
                    self.labels[key].add(label)
                case _:
                    self.reported.add(key)


async def sums_then(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    roots: Roots,
    unit_ids: Sequence[int],
    view: View,
    windows: Sequence[tuple[int, date]],
) -> SumsThen:
    """What rows at and under the roots came to at each of these units, those of the days since where a root has one.

    `windows`: by indicator, since when `recent` counts.
    """
    found = SumsThen()
    since = [list(column) for column in zip(*windows, strict=True)] if windows else [[], []]
    for chosen, values in chosen_under(campaign, roots, view):
        found.take(await fetch_then(connection, chosen + _SUMS, *values, unit_ids, *since))
    return found
