"""SQL of what a source reports of units by now: achieved, exempt and declined together, all live days (rule 4)."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg
import msgspec

from services.contracts.words import OUTCOME_NO, Outcome

COUNTED = frozenset(OUTCOME_NO[one] for one in (Outcome.ACHIEVED, Outcome.EXEMPT, Outcome.DECLINED))
"""What a quota is used up by (rule 9)."""

_LIVE = f"""
    SELECT l.unit_id, l.cohort_no, l.outcome_no, l.reason_no, l.day, l.mode_no, l.value FROM latest l
    WHERE l.tenant = asked.tenant AND l.campaign_id = $1 AND l.unit_id = asked.unit_id
      AND l.indicator_no = asked.indicator_no AND l.source_id = $2
      AND l.outcome_no IN ({", ".join(map(str, sorted(COUNTED)))})
    OFFSET 0
"""
_ASKED = """
    unnest($3::integer[], $4::bigint[], $5::bigint[], $6::smallint[]) AS asked (nth, tenant, unit_id, indicator_no)
"""
_SUMS = f"""
    SELECT asked.nth, live.cohort_no, sum(live.value)::bigint, count(*)
    FROM {_ASKED} CROSS JOIN LATERAL ({_LIVE}) live
    GROUP BY 1, 2
"""
# The last running total of a series, and the daily rows behind it.
_TOTALS = f"""
    SELECT asked.nth, live.cohort_no, sum(live.value) FILTER (WHERE live.day >= live.from_day)::bigint, count(*)
    FROM {_ASKED}
    CROSS JOIN LATERAL (
        SELECT one.*, coalesce(
            max(one.day) FILTER (WHERE one.mode_no = 1) OVER (PARTITION BY cohort_no, outcome_no, reason_no),
            date '-infinity') AS from_day
        FROM ({_LIVE}) one
    ) live
    GROUP BY 1, 2
"""


class Asked(NamedTuple):
    """A unit whose rows count for the total of that number."""

    nth: int
    tenant: int
    unit_id: int
    indicator_no: int


class Standing(msgspec.Struct, frozen=True):
    """What stands under a number and cohort (0: without cohorts), and how many live rows say so."""

    nth: int
    cohort_no: int
    total: int
    rows: int


async def standing(
    connection: asyncpg.Connection, *, campaign_id: int, source_id: int, asked: Sequence[Asked], running: bool
) -> list[Standing]:
    """What stands of each number; none where nothing does. `running`: there may be running totals among the rows."""
    columns = map(list, zip(*asked, strict=True))
    found = await connection.fetch(_TOTALS if running else _SUMS, campaign_id, source_id, *columns)
    return [Standing(*row) for row in found]
