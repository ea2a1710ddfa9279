"""Plans as issued, and the quotas in force that follow from them."""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import asyncpg

from services.contracts.events import PlanIssued
from services.reporting.projector.copies import renew_coverage
from services.reporting.projector.counting import Place
from services.reporting.projector.quota_steps import (
    BASIS_NO,
    Amounts,
    From,
    InForce,
    Issue,
    in_force,
    received,
)

_STORE_PLANS = """
    INSERT INTO plan_copy (
        id, campaign_id, family, revision, unit_id, document_number, document_date, issued_at, lines_total,
        lines_received)
    SELECT *, 0 FROM unnest(
        $1::uuid[], $2::bigint[], $3::uuid[], $4::integer[], $5::bigint[], $6::text[], $7::date[], $8::timestamptz[],
        $9::integer[]) AS plan (id)
    ORDER BY id
    ON CONFLICT (id) DO NOTHING
"""
_STORE_LINES = """
    INSERT INTO plan_line_copy (
        tenant, campaign_id, unit_id, indicator_no, cohort_no, plan_id, amount, baseline, held)
    SELECT * FROM unnest(
        $1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::uuid[], $7::bigint[],
        $8::bigint[], $9::boolean[])
        AS line (tenant, campaign_id, unit_id, indicator_no, cohort_no, plan_id)
    ORDER BY tenant, campaign_id, unit_id, indicator_no, cohort_no, plan_id
    ON CONFLICT DO NOTHING
"""
_COUNT_LINES = """
    UPDATE plan_copy SET lines_received = counted.lines
    FROM (
        SELECT id, (SELECT count(*) FROM plan_line_copy WHERE plan_id = id) AS lines
        FROM unnest($1::uuid[]) AS plan (id)
    ) AS counted
    WHERE plan_copy.id = counted.id
    RETURNING plan_copy.campaign_id, plan_copy.family, lines_received = lines_total AS is_complete
"""
# The units that a family of plans names, and their ancestors: nobody else's quota can change with it.
_TOUCHED = """
    WITH named AS (
        SELECT DISTINCT line.tenant, line.unit_id, line.indicator_no, line.cohort_no
        FROM plan_copy AS plan JOIN plan_line_copy AS line ON line.plan_id = plan.id
        WHERE plan.campaign_id = $1 AND ($2::uuid[] IS NULL OR plan.family = ANY ($2))
            AND plan.lines_received = plan.lines_total
    ), touched AS (
        SELECT DISTINCT up.ancestor_tenant AS tenant, up.ancestor_id AS unit_id, indicator_no, cohort.cohort_no
        FROM named
        JOIN campaign_closure AS up
            ON up.tenant = named.tenant AND up.campaign_id = $1 AND up.descendant_id = named.unit_id
        CROSS JOIN LATERAL (VALUES (named.cohort_no), (0::smallint)) AS cohort (cohort_no)
    )
    SELECT unit.depth, touched.tenant, unit.parent_id, touched.unit_id, indicator_no, cohort_no
    FROM touched JOIN campaign_unit AS unit ON unit.campaign_id = $1 AND unit.unit_id = touched.unit_id
    ORDER BY unit.depth DESC, touched.tenant, touched.unit_id, indicator_no, cohort_no
"""
_LINES = """
    SELECT line.unit_id, line.indicator_no, line.cohort_no, plan.family, plan.id, line.amount, line.baseline
    FROM unnest($2::bigint[], $3::bigint[], $4::smallint[]) AS touched (tenant, unit_id, indicator_no)
    JOIN plan_line_copy AS line USING (tenant, unit_id, indicator_no)
    JOIN plan_copy AS plan ON plan.id = line.plan_id
    WHERE line.campaign_id = $1 AND plan.lines_received = plan.lines_total
"""
_REVISIONS = """
    SELECT family, id, revision, document_date FROM plan_copy
    WHERE campaign_id = $1 AND family = ANY ($2::uuid[]) AND lines_received = lines_total
"""
# OFFSET 0: look-ups by key, whatever the statistics say of a campaign that has just come (half a minute otherwise, with
# 100,000 units, 2026-11).
_CHILDREN = """
    SELECT child.parent_id, step.unit_id, step.indicator_no, step.cohort_no, step.from_day, step.amount, step.baseline
    FROM unnest($2::bigint[], $3::smallint[], $4::smallint[]) AS touched (unit_id, indicator_no, cohort_no)
    CROSS JOIN LATERAL (
        SELECT tenant, unit_id, parent_id FROM campaign_unit
        WHERE campaign_id = $1 AND parent_id = touched.unit_id OFFSET 0
    ) AS child
    CROSS JOIN LATERAL (
        SELECT * FROM quota_step AS step
        WHERE step.tenant = child.tenant AND step.campaign_id = $1 AND step.unit_id = child.unit_id
            AND step.indicator_no = touched.indicator_no AND step.cohort_no = touched.cohort_no
        OFFSET 0
    ) AS step
    ORDER BY step.unit_id, step.indicator_no, step.cohort_no, step.from_day
"""
_STEPS = """
    SELECT tenant, unit_id, indicator_no, cohort_no, from_day, amount, baseline, basis
    FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[])
        AS touched (tenant, unit_id, indicator_no, cohort_no)
    JOIN quota_step USING (tenant, unit_id, indicator_no, cohort_no)
    WHERE campaign_id = $1
"""
_DROP_STEPS = """
    DELETE FROM quota_step
    USING unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::date[])
        AS old (tenant, unit_id, indicator_no, cohort_no, from_day)
    WHERE quota_step.campaign_id = $1 AND quota_step.tenant = old.tenant AND quota_step.unit_id = old.unit_id
        AND quota_step.indicator_no = old.indicator_no AND quota_step.cohort_no = old.cohort_no
        AND quota_step.from_day = old.from_day
"""
_STORE_STEPS = """
    INSERT INTO quota_step (
        tenant, campaign_id, unit_id, indicator_no, cohort_no, from_day, amount, baseline, basis)
    SELECT tenant, $1, unit_id, indicator_no, cohort_no, from_day, amount, baseline, basis
    FROM unnest(
        $2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::date[], $7::bigint[], $8::bigint[],
        $9::smallint[])
        AS step (tenant, unit_id, indicator_no, cohort_no, from_day, amount, baseline, basis)
    ORDER BY tenant, unit_id, indicator_no, cohort_no, from_day
"""

Key = tuple[int, int, int]
"""Unit, indicator, cohort (0: all together)."""

PlanCourse = list[From[Amounts]]


class Touched(NamedTuple):
    """A quota to reckon anew."""

    depth: int
    tenant: int
    parent_id: int | None
    unit_id: int
    indicator_no: int
    cohort_no: int

    @property
    def key(self) -> Key:
        """Unit, indicator, cohort."""
        return self.unit_id, self.indicator_no, self.cohort_no


async def store_plans(
    connection: asyncpg.Connection, events: Sequence[PlanIssued], places: dict[int, dict[int, Place]]
) -> dict[int, set[uuid.UUID]]:
    """The plans and lines are here; answers, by campaign, the families of those that are complete.

    `places`: by campaign, where the units of the lines stand.
    """
    if not events:
        return {}
    plans = {event.plan.id: event.plan for event in events}
    columns = zip(
        *(
            (
                one.id,
                one.campaign_id,
                one.family,
                one.revision,
                one.unit_id,
                one.document.number,
                one.document.date,
                one.issued_at,
                one.lines_total,
            )
            for one in plans.values()
        ),
        strict=True,
    )
    await connection.execute(_STORE_PLANS, *columns)
    lines = [
        (
            places[event.plan.campaign_id][line.unit_id].tenant,
            event.plan.campaign_id,
            line.unit_id,
            line.indicator_no,
            line.cohort_no,
            event.plan.id,
            line.amount,
            line.baseline,
            line.held,
        )
        for event in events
        for line in event.lines
    ]
    if lines:
        await connection.execute(_STORE_LINES, *zip(*lines, strict=True))
    complete: defaultdict[int, set[uuid.UUID]] = defaultdict(set)
    for row in await connection.fetch(_COUNT_LINES, sorted(plans)):
        if row["is_complete"]:
            complete[row["campaign_id"]].add(row["family"])
    return complete


async def reckon_quotas(
    connection: asyncpg.Connection, campaign_id: int, families: Iterable[uuid.UUID] | None = None
) -> None:
    """The quotas in force of every unit that these families of plans (None: all) name, and of its ancestors."""
    wanted = None if families is None else sorted(families)
    touched = [Touched(*row) for row in await connection.fetch(_TOUCHED, campaign_id, wanted)]
    if not touched:
        return
    own = await _received(connection, campaign_id, touched)
    below = await _children(connection, campaign_id, touched)
    steps: set[tuple[int, int, int, int, datetime.date, int | None, int | None, int | None]] = set()
    for one in touched:
        course = in_force(own.get(one.key, []), below[one.key].values())
        steps |= {(one.tenant, *one.key, *_columns(point)) for point in course}
        if one.parent_id is not None:
            below[one.parent_id, one.indicator_no, one.cohort_no][one.unit_id] = [
                From(point.day, point.value.amounts if point.value else None) for point in course
            ]
    await _replace(connection, campaign_id, touched, steps)


def _columns(point: From[InForce]) -> tuple[datetime.date, int | None, int | None, int | None]:
    if point.value is None:
        return point.day, None, None, None
    return point.day, *point.value.amounts, BASIS_NO[point.value.basis]


async def _received(
    connection: asyncpg.Connection, campaign_id: int, touched: Sequence[Touched]
) -> dict[Key, PlanCourse]:
    """What the units received themselves, over time; over all cohorts under cohort 0."""
    named = sorted({(one.tenant, one.unit_id, one.indicator_no) for one in touched})
    lines: defaultdict[Key, dict[uuid.UUID, Amounts]] = defaultdict(dict)
    families: defaultdict[Key, set[uuid.UUID]] = defaultdict(set)
    for row in await connection.fetch(_LINES, campaign_id, *zip(*named, strict=True)):
        unit_id, indicator_no, cohort_no, family, plan_id, amount, baseline = row
        for cohort in {cohort_no, 0}:
            key = (unit_id, indicator_no, cohort)
            old = lines[key].get(plan_id, Amounts(0, 0))
            lines[key][plan_id] = Amounts(old.amount + amount, old.baseline + baseline)
            families[key].add(family)
    revisions: defaultdict[uuid.UUID, list[Issue[uuid.UUID]]] = defaultdict(list)
    wanted = sorted(set().union(*families.values()))
    for row in await connection.fetch(_REVISIONS, campaign_id, wanted):
        revisions[row["family"]].append(Issue(row["revision"], row["document_date"], row["id"]))
    return {
        key: received(by_plan, [revisions[family] for family in sorted(families[key])])
        for key, by_plan in lines.items()
    }


async def _children(
    connection: asyncpg.Connection, campaign_id: int, touched: Sequence[Touched]
) -> defaultdict[Key, dict[int, PlanCourse]]:
    """By parent's key and child: the children's quotas as they stand."""
    found: defaultdict[Key, dict[int, PlanCourse]] = defaultdict(dict)
    keys = zip(*(one.key for one in touched), strict=True)
    for row in await connection.fetch(_CHILDREN, campaign_id, *keys):
        parent_id, unit_id, indicator_no, cohort_no, day, amount, baseline = row
        value = None if amount is None else Amounts(amount, baseline)
        found[parent_id, indicator_no, cohort_no].setdefault(unit_id, []).append(From(day, value))
    return found


async def _replace(
    connection: asyncpg.Connection,
    campaign_id: int,
    touched: Sequence[Touched],
    steps: set[tuple[int, int, int, int, datetime.date, int | None, int | None, int | None]],
) -> None:
    keys = zip(*((one.tenant, *one.key) for one in touched), strict=True)
    standing = {tuple(row) for row in await connection.fetch(_STEPS, campaign_id, *keys)}
    gone, new = standing - steps, steps - standing
    if gone:
        await connection.execute(_DROP_STEPS, campaign_id, *list(zip(*gone, strict=True))[:5])
    if new:
        await connection.execute(_STORE_STEPS, campaign_id, *zip(*new, strict=True))
    if gone or new:
        await renew_coverage(connection, campaign_id)
