"""SQL behind reconciliation: what each source says of units, and the rows that it follows from."""

from collections import defaultdict
from collections.abc import Sequence

import asyncpg

from services.contracts.counting.series import DayRow
from services.contracts.definitions import IndicatorDefinition
from services.contracts.words import MODE_NO, Mode
from services.reporting.knowledge.rows import SCOPE, live_rows, scope_values
from services.reporting.reconciliation.rules import Series, Total
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight

Cell = tuple[int, int]
"""Indicator and outcome, by their numbers."""

_CUMULATIVE = MODE_NO[Mode.CUMULATIVE]
_SERIES = "tenant, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no"

# Rule 4: of the rows of one key without its day, those count that come from its last cumulative one on. A window, not a
# join of the rows with those days: estimates of either are far off, and a join that loops takes half a minute.
_TOTALS = f"""
    WITH scope AS ({SCOPE}), told AS (
        SELECT *, max(day) FILTER (WHERE mode_no = {_CUMULATIVE}) OVER (PARTITION BY {_SERIES}) AS beginning
        FROM ({{rows}}) AS told WHERE outcome_no = ANY ($7::smallint[])
    )
    SELECT indicator_no, outcome_no, anchor_id, unit_id, source_id,
        coalesce(sum(value) FILTER (WHERE beginning IS NULL OR day >= beginning), 0)::bigint,
        min(day) - date '1970-01-01', max(day) - date '1970-01-01', max(received_at)
    FROM told GROUP BY 1, 2, 3, 4, 5
"""
_ROWS = f"""
    WITH scope AS ({SCOPE})
    SELECT indicator_no, outcome_no, anchor_id, unit_id, source_id,
        array_agg(day - date '1970-01-01'), array_agg(mode_no), array_agg(value)
    FROM ({{rows}}) AS told
    WHERE (indicator_no, outcome_no, anchor_id) IN (
        SELECT * FROM unnest($7::smallint[], $8::smallint[], $9::bigint[]))
    GROUP BY {_SERIES}
"""
_PATHS = "SELECT unit_id, path FROM campaign_unit WHERE campaign_id = $1 AND unit_id = ANY ($2::bigint[])"


async def fetch_totals(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit_ids: Sequence[int],
    indicators: Sequence[IndicatorDefinition],
    outcome_nos: Sequence[int],
    view: View,
) -> dict[Cell, list[Total]]:
    """What sources say up to the view's day of all units that decide these, those beside them in an anchor included."""
    rows = await connection.fetch(
        _TOTALS.format(rows=live_rows(view)), *scope_values(campaign, unit_ids, indicators, view), outcome_nos
    )
    found: defaultdict[Cell, list[Total]] = defaultdict(list)
    for row in rows:
        found[row[0], row[1]].append(Total(*row[2:]))
    return found


async def fetch_series(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit_ids: Sequence[int],
    indicators: Sequence[IndicatorDefinition],
    anchors: Sequence[tuple[int, int, int]],
    view: View,
) -> dict[Cell, list[tuple[int, Series]]]:
    """Every series, each with its unit, of these anchors: (indicator, outcome, anchor id)."""
    if not anchors:
        return {}
    rows = await connection.fetch(
        _ROWS.format(rows=live_rows(view)),
        *scope_values(campaign, unit_ids, indicators, view),
        *zip(*anchors, strict=True),
    )
    found: defaultdict[Cell, list[tuple[int, Series]]] = defaultdict(list)
    for indicator_no, outcome_no, anchor_id, unit_id, source_id, days, modes, values in rows:
        told = [DayRow(day, bool(mode), value) for day, mode, value in zip(days, modes, values, strict=True)]
        found[indicator_no, outcome_no].append((unit_id, Series(anchor_id, source_id, told)))
    return found


async def fetch_paths(
    connection: asyncpg.Connection, campaign: CampaignInSight, unit_ids: Sequence[int]
) -> dict[int, Sequence[int]]:
    """By unit, the ids from the top unit down to it."""
    return {row[0]: row[1] for row in await connection.fetch(_PATHS, campaign.definition.id, unit_ids)}
