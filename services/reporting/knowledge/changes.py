"""What rows under some units change, as known at a moment: `derivation`'s SQL over the rows of then.

Roll-ups hold the present. What they held at a moment is the present less what the roots (`touched`) add to it, and what
the roots added then.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from services.contracts.words import IndicatorKind
from services.reporting.knowledge.roots import Root
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


def chosen_then(view: View) -> str:
    """The relations that `STEPS` and `LABEL_STEPS` stand on, of the roots; `root_values` are $1 to $9."""
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


def root_values(campaign: CampaignInSight, roots: Sequence[Root], view: View) -> list[Any]:
    """The parameters $1 to $9 of `chosen_then`."""
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
    """The lines of a statement that begins with `chosen_then`, planned for sets of unknown size."""
    before = await connection.fetchrow(_PLANNING)
    assert before is not None
    await connection.execute(_PLAN_FOR_SETS)
    rows = await connection.fetch(statement, *values)
    await connection.execute(_PLAN_AS_BEFORE, *before)
    return rows
