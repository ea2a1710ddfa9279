"""What became of units, and what they were made of, one step either way."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

import asyncpg

from services.chassis.identity import Caller
from services.contracts.graph import SuccessionsAnswer, UnitNode
from services.reporting.graph.units import units_by_code

_ACTS = """
    SELECT unit.code, act.day, act.successor_id = unit.id AS is_made, other.code AS other
    FROM unit_copy AS unit
    JOIN succession_copy AS act ON act.predecessor_id = unit.id OR act.successor_id = unit.id
    JOIN unit_copy AS other ON other.id = CASE
        WHEN act.successor_id = unit.id THEN act.predecessor_id ELSE act.successor_id END
    WHERE unit.code = ANY ($1::text[]) AND (unit.valid_from IS NULL OR unit.valid_from <= $2)
        AND (unit.valid_to IS NULL OR $2 <= unit.valid_to)
    ORDER BY other.code COLLATE "C", act.day
"""


async def successions_of(
    connection: asyncpg.Connection, codes: Sequence[str], *, on: date, caller: Caller
) -> SuccessionsAnswer:
    """Of the units that the caller sees on that day, those others that it sees on the day of the act, or its eve."""
    seen = await units_by_code(connection, codes, on=on, caller=caller)
    acts = await connection.fetch(_ACTS, list(seen), on)
    days: dict[date, set[str]] = defaultdict(set)
    for act in acts:
        days[_day(act)].add(act["other"])
    others = {day: await units_by_code(connection, sorted(named), on=day, caller=caller) for day, named in days.items()}
    found: tuple[dict[str, list[UnitNode]], dict[str, list[UnitNode]]] = ({}, {})
    for act in acts:
        node = others[_day(act)].get(act["other"])
        if node is not None:
            found[not act["is_made"]].setdefault(act["code"], []).append(node)
    return SuccessionsAnswer(*found)


def _day(act: asyncpg.Record) -> date:
    """When the other unit is as it counts: before the act, or from then on."""
    return act["day"] - timedelta(days=1) if act["is_made"] else act["day"]
