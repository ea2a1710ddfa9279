"""What rows under some units change, as known at a moment: `derivation`'s SQL over the rows of then.

Roll-ups hold the present. What they held at a moment is the present less what the roots (`touched`) add to it, and what
the roots added then.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from services.contracts.words import IndicatorKind
from services.reporting.knowledge.roots import Root, Roots
from services.reporting.knowledge.rows import live_rows
from services.reporting.knowledge.touched import last_day_of_rows
from services.reporting.projector.chosen import COUNTS, STEPPED, STEPS, spoken
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight

_SCOPE_OF_ROOTS = """
    SELECT member.tenant, root.indicator_no, member.unit_id,
        coalesce(member.path[array_position(member.levels, root.reconciliation_level)], member.unit_id) AS anchor_id
    FROM unnest($2::bigint[], $3::smallint[], $4::text[]) AS root (unit_id, indicator_no, reconciliation_level)
    JOIN campaign_closure AS line ON line.campaign_id = $1 AND line.ancestor_id = root.unit_id
    JOIN campaign_unit AS member
        ON member.tenant = line.tenant AND member.campaign_id = $1 AND member.unit_id = line.descendant_id
"""
_RULE = """
    SELECT given.indicator_no, source.id AS source_id, min(given.place) AS place
    FROM unnest($7::smallint[], $8::text[], $9::smallint[]) AS given (indicator_no, code, place)
    JOIN source_copy AS source ON source.code = given.code
    GROUP BY 1, 2
"""


# Nobody knows how many rows each step has: hashes and sorts, and loops only where a key is looked up (LATERAL leaves no
# choice). A loop over all pairs took 40 s for a province (2026-11).
_PLANNING = "SELECT current_setting('enable_nestloop'), current_setting('work_mem'), current_setting('plan_cache_mode')"
_PLAN_FOR_SETS = """
    SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true),
        set_config('plan_cache_mode', 'force_custom_plan', true)
"""
_PLAN_AS_BEFORE = """
    SELECT set_config('enable_nestloop', $1, true), set_config('work_mem', $2, true),
        set_config('plan_cache_mode', $3, true)
"""


def chosen_under(campaign: CampaignInSight, roots: Roots, view: View) -> list[tuple[str, list[Any]]]:
    """Statements that begin with the relations `live`, `chosen` and `own` of roots, with their parameters $1 to $9.

    `live` has the rows of then, `chosen` those that count, `own` what they change by unit and day: of all days where
    roots are derived anew, else of the days since.
    """
    found = []
    if roots.derived:
        found.append((_chosen_then(view), _values(campaign, roots.derived, view)))
    if roots.told_since:
        values = _values(campaign, roots.told_since, view)
        values[3] = [one.since for one in roots.told_since]
        found.append((_CHOSEN_SINCE, values))
    return found


def _chosen_then(view: View) -> str:
    return f"""
        WITH scope AS MATERIALIZED ({_SCOPE_OF_ROOTS}
        ), live AS MATERIALIZED ({live_rows(view)}
        ), rule AS MATERIALIZED ({_RULE}
        ), anchor_source AS MATERIALIZED (
            SELECT tenant, indicator_no, anchor_id, outcome_no, source_id, min(day) AS first_day
            FROM live GROUP BY 1, 2, 3, 4, 5
        ), spoken AS MATERIALIZED ({spoken("true")}
        ), chosen AS MATERIALIZED (
            SELECT live.*, spoken.until
            FROM live JOIN spoken USING (indicator_no, anchor_id, outcome_no, source_id)
            WHERE {COUNTS}
        ), {STEPPED}, own AS MATERIALIZED ({STEPS})
    """


_SPOKEN_AT_ROOTS = spoken("""
    presence.campaign_id = $1 AND (presence.tenant, presence.indicator_no, presence.anchor_id) IN (
        SELECT tenant, indicator_no, anchor_id FROM root)
""")
# Where only daily rows count, of whoever spoke before that day already (`plainness`), each row adds what it says.
_CHOSEN_SINCE = f"""
    WITH root AS MATERIALIZED (
        SELECT unit.tenant, root.indicator_no, root.unit_id AS anchor_id, root.since
        FROM unnest($2::bigint[], $3::smallint[], $4::date[]) AS root (unit_id, indicator_no, since)
        JOIN campaign_unit AS unit ON unit.campaign_id = $1 AND unit.unit_id = root.unit_id
    ), rule AS MATERIALIZED ({_RULE}
    ), spoken AS MATERIALIZED ({_SPOKEN_AT_ROOTS}
    ), live AS MATERIALIZED (
        SELECT now.tenant, now.indicator_no, now.anchor_id, now.outcome_no, now.unit_id, now.source_id, now.cohort_no,
            now.reason_no, now.day, row.value, row.received_at, row.acknowledgement, now.has_begun
        FROM root CROSS JOIN LATERAL (
            SELECT live.*, EXISTS (
                SELECT FROM live AS earlier
                WHERE earlier.tenant = live.tenant AND earlier.campaign_id = $1
                    AND earlier.indicator_no = live.indicator_no AND earlier.anchor_id = live.anchor_id
                    AND earlier.outcome_no = live.outcome_no AND earlier.unit_id = live.unit_id
                    AND earlier.source_id = live.source_id AND earlier.cohort_no = live.cohort_no
                    AND earlier.reason_no = live.reason_no AND earlier.day < root.since) AS has_begun
            FROM live
            WHERE live.tenant = root.tenant AND live.campaign_id = $1 AND live.indicator_no = root.indicator_no
                AND live.anchor_id = root.anchor_id AND live.day >= root.since AND live.day <= $5
            OFFSET 0
        ) AS now CROSS JOIN LATERAL (
            SELECT now.value, now.received_at, now.acknowledgement WHERE now.received_at <= $6
            UNION ALL
            (
                SELECT fact.value, fact.received_at, fact.acknowledgement FROM fact
                WHERE now.received_at > $6 AND fact.tenant = now.tenant AND fact.campaign_id = $1
                    AND fact.indicator_no = now.indicator_no AND fact.unit_id = now.unit_id
                    AND fact.source_id = now.source_id AND fact.cohort_no = now.cohort_no
                    AND fact.outcome_no = now.outcome_no AND fact.reason_no = now.reason_no AND fact.day = now.day
                    AND fact.received_at <= $6 AND NOT EXISTS (
                        SELECT FROM batch_copy AS batch
                        WHERE batch.acknowledgement = fact.acknowledgement AND batch.voided_at IS NOT NULL)
                ORDER BY fact.received_at DESC, fact.acknowledgement DESC
                LIMIT 1
            )
        ) AS row
    ), chosen AS MATERIALIZED (
        SELECT live.*, spoken.until
        FROM live JOIN spoken USING (indicator_no, anchor_id, outcome_no, source_id)
        WHERE spoken.until IS NULL
    ), own AS MATERIALIZED (
        SELECT unit_id, indicator_no, cohort_no, outcome_no, reason_no, day, value AS delta,
            (NOT has_begun AND row_number() OVER (
                PARTITION BY indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no ORDER BY day
            ) = 1)::integer AS known, 1 AS rows
        FROM chosen
    )
"""


def _values(campaign: CampaignInSight, roots: Sequence[Root], view: View) -> list[Any]:
    definition = campaign.definition
    by_number = {campaign.number_of(one): one for one in definition.indicators}
    levels = [str(by_number[one.indicator_no].reconciliation_level) for one in roots]
    asked = {one.indicator_no for one in roots}
    groups = [
        (number, code, place)
        for number, indicator in by_number.items()
        if number in asked and indicator.kind is not IndicatorKind.RANK
        for place, group in enumerate(indicator.authority)
        for code in group
    ]
    rule = [list(column) for column in zip(*groups, strict=True)] if groups else [[], [], []]
    return [
        definition.id,
        [one.unit_id for one in roots],
        [one.indicator_no for one in roots],
        levels,
        last_day_of_rows(campaign, view),
        view.known_at,
        *rule,
    ]


async def fetch_then(connection: asyncpg.Connection, statement: str, *values: Any) -> list[asyncpg.Record]:
    """The lines of a statement that begins with one of `chosen_under`, planned for sets of unknown size."""
    before = await connection.fetchrow(_PLANNING)
    assert before is not None
    await connection.execute(_PLAN_FOR_SETS)
    rows = await connection.fetch(statement, *values)
    await connection.execute(_PLAN_AS_BEFORE, *before)
    return rows
