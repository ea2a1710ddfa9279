"""Live rows, presences and roll-ups of a campaign derived from its log in SQL, tenant by tenant, from the leaves up.

The projector reckons differences row by row (`contributions`); this sums sets, since a country's rows are too many for
Python. A law holds the two together (`test_laws.py`). Each row is summed once, at its own unit; every unit above adds
up what its children have. What stands is first compared with what should (`settling`), and written only where it
differs: reading costs a fraction of writing rows and their keys.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import asyncpg

from services.reporting.projector.chosen import COUNTS, LABEL_STEPS, STEPPED, STEPS, spoken
from services.reporting.projector.counting import CountingRules
from services.reporting.projector.settling import Part, Table, described, settle

DERIVED_ROWS = (
    "live",
    "anchor_source",
    "anchor_reported",
    "rollup_day",
    "rollup_total",
    "rollup_label",
    "rollup_received",
)
"""The tables that follow from `fact`, the tree and the campaign."""

_BY_UNIT = ("rollup_day", "rollup_label", "rollup_received")

# Each unit's anchors once, not row by row.
_PLACED = """
    placed AS MATERIALIZED (
        SELECT unit.unit_id, level.indicator_no,
            coalesce(unit.path[array_position(unit.levels, level.reconciliation_level)], unit.unit_id) AS anchor_id
        FROM campaign_unit AS unit
        CROSS JOIN unnest($3::smallint[], $4::text[]) AS level (indicator_no, reconciliation_level)
        WHERE unit.tenant = $2 AND unit.campaign_id = $1
    )
"""
_COUNTING = "tenant = $2 AND campaign_id = $1 AND acknowledgement <> ALL ($5::bigint[])"
# Newest first in the order of the log's key, which is read backwards where that is cheaper than sorting all rows.
_LIVE = f"""
    WITH {_PLACED}, newest AS (
        SELECT DISTINCT ON (indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no, day) * FROM fact
        WHERE {_COUNTING}
        ORDER BY indicator_no DESC, unit_id DESC, source_id DESC, cohort_no DESC, outcome_no DESC, reason_no DESC,
            day DESC, received_at DESC, acknowledgement DESC
    )
    SELECT tenant, campaign_id, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day,
        mode_no, value, received_at, acknowledgement, about
    FROM newest JOIN placed USING (unit_id, indicator_no)
"""
_PRESENCES = f"""
    WITH {_PLACED}
    SELECT tenant, campaign_id, indicator_no, anchor_id, outcome_no, source_id, min(day), bool_or(mode_no = 1)
    FROM fact JOIN placed USING (unit_id, indicator_no)
    WHERE {_COUNTING}
    GROUP BY tenant, campaign_id, indicator_no, anchor_id, outcome_no, source_id
"""
_REPORTED = """
    SELECT tenant, campaign_id, indicator_no, anchor_id, min(first_day)
    FROM anchor_source WHERE campaign_id = $1 AND tenant = $2
    GROUP BY tenant, campaign_id, indicator_no, anchor_id
"""
# Tenants by how far up they reach: what stands above the provinces comes last, when all below it is there. Of each the
# depths that it has units of, the deepest first, those units, and whether one of them was reported on itself.
_STEPS = """
    SELECT unit.tenant, unit.depth, array_agg(unit.unit_id) AS unit_ids,
        bool_or(EXISTS (
            SELECT FROM fact
            WHERE fact.tenant = unit.tenant AND fact.campaign_id = $1 AND fact.indicator_no = ANY ($2::smallint[])
                AND fact.unit_id = unit.unit_id
            OFFSET 0)) AS is_reported_on
    FROM campaign_unit AS unit WHERE unit.campaign_id = $1
    GROUP BY unit.tenant, unit.depth
    ORDER BY min(min(unit.depth)) OVER (PARTITION BY unit.tenant) DESC, unit.tenant, unit.depth DESC
"""
_BELOW = """
    SELECT unit.tenant, unit.depth, array_agg(DISTINCT child.tenant) AS tenants, array_agg(child.unit_id) AS unit_ids
    FROM campaign_unit AS unit
    JOIN campaign_unit AS child ON child.campaign_id = $1 AND child.parent_id = unit.unit_id
    WHERE unit.campaign_id = $1
    GROUP BY unit.tenant, unit.depth
"""
_VOIDED = "SELECT acknowledgement FROM batch_copy WHERE campaign_id = $1 AND voided_at IS NOT NULL"
_TENANTS = "SELECT DISTINCT tenant FROM campaign_unit WHERE campaign_id = $1 ORDER BY tenant"
_NO_TENANT = "DELETE FROM {table} WHERE campaign_id = $1 AND tenant <> ALL ($2::bigint[])"
_NO_UNIT = """
    DELETE FROM {table} AS row
    WHERE row.campaign_id = $1 AND row.tenant = $2 AND row.unit_id NOT IN (
        SELECT unit_id FROM campaign_unit WHERE campaign_id = $1 AND tenant = $2)
"""

_CHOSEN = f"""
    WITH rule AS (
        SELECT * FROM unnest($6::smallint[], $7::bigint[], $8::smallint[]) AS rule (indicator_no, source_id, place)
    ), spoken AS MATERIALIZED ({spoken("presence.campaign_id = $1 AND presence.tenant = $2", "has_cumulative")}
    ), counting AS (
        SELECT live.*, spoken.until, spoken.until IS NULL AND NOT spoken.has_cumulative AS is_plain
        FROM live
        JOIN spoken USING (indicator_no, anchor_id, outcome_no, source_id)
        WHERE live.tenant = $2 AND live.campaign_id = $1 AND live.unit_id = ANY ($3::bigint[]) AND {COUNTS}
    )
"""
# Most series are of daily rows of whoever never falls silent: each row is its day's difference, and the first one makes
# the series known. They need no windows, which sort (0.4 of 1.0 s of a rebuild by day, November 2026).
_OWN_DAYS = f"""
    {_CHOSEN}, plain AS (SELECT * FROM counting WHERE is_plain
    ), chosen AS (SELECT * FROM counting WHERE NOT is_plain
    ), {STEPPED}, change AS (
        {STEPS}
        UNION ALL
        SELECT unit_id, indicator_no, cohort_no, outcome_no, reason_no, day, value, 0, 1 FROM plain
        UNION ALL
        SELECT unit_id, indicator_no, cohort_no, outcome_no, reason_no, min(day), 0, 1, 0 FROM plain
        GROUP BY 1, 2, 3, 4, 5, source_id
        UNION ALL
"""
_NO_OWN = "WITH change AS ("
_CHILDREN = """
    SELECT child.parent_id AS unit_id, {columns}
    FROM {table} AS below
    JOIN campaign_unit AS child
        ON child.tenant = below.tenant AND child.campaign_id = $1 AND child.unit_id = below.unit_id
            AND child.parent_id = ANY ($3::bigint[])
    WHERE below.tenant = ANY ($4::bigint[]) AND below.campaign_id = $1
        AND below.unit_id = ANY ($5::bigint[])
    )
"""
_DAYS = f"""
    {
    _CHILDREN.format(
        columns="indicator_no, cohort_no, outcome_no, reason_no, day, delta, known, rows", table="rollup_day"
    )
}
    SELECT $2::bigint, $1::bigint, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day,
        sum(delta), sum(known), sum(rows)
    FROM change
    GROUP BY unit_id, indicator_no, cohort_no, outcome_no, reason_no, day
    HAVING sum(delta) <> 0 OR sum(known) <> 0 OR sum(rows) <> 0
"""
_TOTALS = """
    SELECT tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no, sum(delta), sum(known)
    FROM rollup_day WHERE tenant = $2 AND campaign_id = $1
    GROUP BY tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no
    HAVING sum(delta) <> 0 OR sum(known) <> 0
"""
_OWN_LABELS = f"{_CHOSEN}, chosen AS (SELECT * FROM counting), change AS ({LABEL_STEPS} UNION ALL"
_LABELS = f"""
    {_CHILDREN.format(columns="indicator_no, label, day, rows", table="rollup_label")}
    SELECT $2::bigint, $1::bigint, unit_id, indicator_no, label, day, sum(rows) FROM change
    GROUP BY unit_id, indicator_no, label, day HAVING sum(rows) <> 0
"""
_OWN_RECEIVED = """
    WITH change AS (
        SELECT unit_id, indicator_no, day, received_at, received_at AS first_received_at
        FROM fact
        WHERE tenant = $2 AND campaign_id = $1 AND unit_id = ANY ($3::bigint[])
            AND acknowledgement <> ALL ($6::bigint[])
        UNION ALL
"""
_MOMENTS = "indicator_no, day, received_at, first_received_at"
_RECEIVED = f"""
    {_CHILDREN.format(columns=_MOMENTS, table="rollup_received")}
    SELECT $2::bigint, $1::bigint, unit_id, indicator_no, day, max(received_at), min(first_received_at) FROM change
    GROUP BY unit_id, indicator_no, day
"""
# Statistics know nothing of what this transaction has written: a loop over a million rows that were thought to be one
# takes hours, a hash of one row thought to be a million takes nothing.
_PLAN_FOR_SETS = """
    SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '256MB', true),
        set_config('plan_cache_mode', 'force_custom_plan', true)
"""
_PLAN_AS_BEFORE = """
    SELECT set_config('enable_nestloop', $1, true), set_config('work_mem', $2, true),
        set_config('plan_cache_mode', $3, true)
"""
_PLANNING = """
    SELECT current_setting('enable_nestloop'), current_setting('work_mem'), current_setting('plan_cache_mode')
"""


class Step(NamedTuple):
    """So many of so many tenants are derived."""

    done: int
    of: int


Tell = Callable[[Step], None]


async def derive_rows(connection: asyncpg.Connection, rules: CountingRules, tell: Tell | None = None) -> None:
    """Live rows, presences and roll-ups of the campaign follow from its log; of its plans nothing is done here."""
    before = await connection.fetchrow(_PLANNING)
    await connection.execute(_PLAN_FOR_SETS)
    campaign_id = rules.campaign_id
    levels = (list(rules.levels), [str(level) for level in rules.levels.values()])
    tenants = [row["tenant"] for row in await connection.fetch(_TENANTS, campaign_id)]
    tables = await described(connection, DERIVED_ROWS)
    for table in DERIVED_ROWS:
        await connection.execute(_NO_TENANT.format(table=table), campaign_id, tenants)
    voided = [row["acknowledgement"] for row in await connection.fetch(_VOIDED, campaign_id)]
    for done, tenant in enumerate(tenants):
        of_tenant = Part(campaign_id, tenant)
        await settle(connection, tables["live"], _LIVE, of_tenant, *levels, voided)
        await settle(connection, tables["anchor_source"], _PRESENCES, of_tenant, *levels, voided)
        await settle(connection, tables["anchor_reported"], _REPORTED, of_tenant)
        for table in _BY_UNIT:
            await connection.execute(_NO_UNIT.format(table=table), campaign_id, tenant)
        _tell(tell, done + 1, 2 * len(tenants))
    groups = [
        (indicator_no, source_id, place)
        for indicator_no, by_source in rules.groups.items()
        if rules.is_summed(indicator_no, 0)
        for source_id, place in by_source.items()
    ]
    rule = [list(column) for column in zip(*groups, strict=True)] if groups else [[], [], []]
    below = {
        (tenant, depth): (tenants_below, units_below)
        for tenant, depth, tenants_below, units_below in await connection.fetch(_BELOW, campaign_id)
    }
    steps = await connection.fetch(_STEPS, campaign_id, list(rules.levels))
    for place, (tenant, depth, unit_ids, is_reported_on) in enumerate(steps):
        part = Part(campaign_id, tenant, unit_ids)
        children = below.get((tenant, depth), ([], []))
        await _sum_up(connection, tables, part, children, rule, voided, is_reported_on=is_reported_on)
        if place + 1 == len(steps) or steps[place + 1]["tenant"] != tenant:
            await settle(connection, tables["rollup_total"], _TOTALS, Part(campaign_id, tenant))
            _tell(tell, len(tenants) + len({row["tenant"] for row in steps[: place + 1]}), 2 * len(tenants))
    await connection.execute(_PLAN_AS_BEFORE, *before)


async def _sum_up(
    connection: asyncpg.Connection,
    tables: Mapping[str, Table],
    part: Part,
    children: tuple[list[int], list[int]],
    rule: list[list[int]],
    voided: list[int],
    *,
    is_reported_on: bool,
) -> None:
    """The units of the part have what they were told themselves and what their children have.

    `children`: the tenants that these are of, and their ids.
    """
    for table, own, of_children, more in (
        ("rollup_day", _OWN_DAYS, _DAYS, rule),
        ("rollup_label", _OWN_LABELS, _LABELS, rule),
        ("rollup_received", _OWN_RECEIVED, _RECEIVED, [voided]),
    ):
        if is_reported_on:
            await settle(connection, tables[table], own + of_children, part, *children, *more)
        else:
            await settle(connection, tables[table], _NO_OWN + of_children, part, *children)


def _tell(tell: Tell | None, done: int, of: int) -> None:
    if tell is not None:
        tell(Step(done, of))
