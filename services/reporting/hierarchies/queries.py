"""SQL behind hierarchies: a campaign's units, what became of them, and the units of another day above those."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import asyncpg

from services.contracts.words import Level
from services.reporting.hierarchies.rules import Step
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import COLUMNS, TreeRow, tree_row

_TREE = f"SELECT {COLUMNS} FROM campaign_unit AS unit WHERE unit.campaign_id = $1"
_SUCCESSORS = """
    SELECT day, predecessor_id, successor_id, weight, weights_total FROM succession_copy
    WHERE predecessor_id = ANY ($1::bigint[]) AND day > $2 AND day <= $3
"""
# Who took over a share of 0 has nothing of it.
_PREDECESSORS = """
    SELECT day, successor_id, predecessor_id, NULL::bigint, NULL::bigint FROM succession_copy
    WHERE successor_id = ANY ($1::bigint[]) AND day > $2 AND day <= $3
        AND weight IS DISTINCT FROM 0
"""
_UNITS = "SELECT id, code, level, name, parent_code, valid_from, valid_to FROM unit_copy WHERE id = ANY ($1::bigint[])"
_BEARERS = """
    SELECT id, code, level, name, parent_code, valid_from, valid_to FROM unit_copy
    WHERE code = ANY ($1::text[]) AND (valid_from IS NULL OR valid_from <= $2)
        AND (valid_to IS NULL OR $2 <= valid_to)
"""


class UnitOfDay(NamedTuple):
    """A unit outside any campaign."""

    id: int
    code: str
    level: Level
    name: str
    parent_code: str | None
    valid_from: date | None
    valid_to: date | None

    def is_valid_on(self, day: date) -> bool:
        """Whether it exists on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def _unit(row: asyncpg.Record) -> UnitOfDay:
    unit_id, code, level, *rest = row
    return UnitOfDay(unit_id, code, Level(level), *rest)


async def tree_of(connection: asyncpg.Connection, campaign: CampaignInSight) -> dict[int, TreeRow]:
    """All units of the campaign's tree, by id, whoever asks."""
    rows = await connection.fetch(_TREE, campaign.definition.id)
    return {one.id: one for one in map(tree_row, rows)}


async def units_of(connection: asyncpg.Connection, ids: Collection[int]) -> dict[int, UnitOfDay]:
    """These units, by id."""
    return {one.id: one for one in map(_unit, await connection.fetch(_UNITS, list(ids)))}


async def steps_between(
    connection: asyncpg.Connection, units: Iterable[int], *, since: date, until: date
) -> dict[int, list[Step]]:
    """What became of these units, and of whoever they became, from the day `since` to the day `until`.

    Where `until` comes first, what they had been, with days counted backwards.
    """
    is_forward = since <= until
    statement = _SUCCESSORS if is_forward else _PREDECESSORS
    bounds = (since, until) if is_forward else (until, since)
    edges: dict[tuple[int, date], dict[int | None, Fraction | None]] = defaultdict(dict)
    seen: set[int] = set()
    waiting = set(units)
    while waiting:
        seen |= waiting
        found: set[int] = set()
        for day, before, after, weight, total in await connection.fetch(statement, sorted(waiting), *bounds):
            edges[before, day][after] = None if weight is None or not total else Fraction(weight, total)
            if after is not None:
                found.add(after)
        waiting = found - seen
    known = await units_of(connection, seen)
    steps: defaultdict[int, list[Step]] = defaultdict(list)
    for (unit, day), shares in edges.items():
        number = day.toordinal() if is_forward else -day.toordinal()
        steps[unit].append(Step(number, _with_what_stays(known.get(unit), unit, day, shares, is_forward=is_forward)))
    for one in steps.values():
        one.sort(key=lambda step: step.day)
    return steps


def _with_what_stays(
    known: UnitOfDay | None,
    unit: int,
    day: date,
    edges: dict[int | None, Fraction | None],
    *,
    is_forward: bool,
) -> dict[int, Fraction | None]:
    """The shares of a step; a unit that exists on both sides of it keeps what it does not hand on."""
    shares = {other: share for other, share in edges.items() if other is not None}
    eve = date.fromordinal(day.toordinal() - 1)
    stays = known is not None and known.is_valid_on(day) and known.is_valid_on(eve)
    if not is_forward:
        if len(shares) == 1 and not stays:
            return dict.fromkeys(shares, Fraction(1))
        return {**shares, unit: None} if stays else shares
    if stays and unit not in shares:
        given = [one for one in shares.values() if one is not None]
        rest = 1 - sum(given, Fraction(0)) if len(given) == len(shares) else None
        return {**shares, unit: rest}
    return shares


async def lines_up(
    connection: asyncpg.Connection, ids: Collection[int], day: date
) -> tuple[dict[int, UnitOfDay], dict[int, tuple[int, ...]]]:
    """These units and all above them on the day; and by unit the ids from the uppermost down to it."""
    units = await units_of(connection, ids)
    by_code = {one.code: one for one in units.values()}
    waiting = {one.parent_code for one in units.values()} - by_code.keys() - {None}
    while waiting:
        found = [_unit(row) for row in await connection.fetch(_BEARERS, sorted(filter(None, waiting)), day)]
        by_code |= {one.code: one for one in found}
        units |= {one.id: one for one in found}
        waiting = {one.parent_code for one in found} - by_code.keys() - {None}
    paths: dict[int, tuple[int, ...]] = {}
    for one in units.values():
        path = [one.id]
        above = None if one.parent_code is None else by_code.get(one.parent_code)
        while above is not None and above.id not in path:
            path.append(above.id)
            above = None if above.parent_code is None else by_code.get(above.parent_code)
        paths[one.id] = tuple(reversed(path))
    return units, paths
