"""Flows put together: one unit's stock over days, with what was received and resolved."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import asyncpg

from services.contracts.words import OUTCOME_NO, Outcome
from services.reporting.figures.subjects import Subject
from services.reporting.knowledge.days import Node
from services.reporting.series.courses import Course, course_of, together
from services.reporting.series.queries import fetch_changes
from services.reporting.series.rules import Change, Days
from services.reporting.series.stocks import fetch_stocks
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_RECEIVED, _RESOLVED = OUTCOME_NO[Outcome.RECEIVED], OUTCOME_NO[Outcome.RESOLVED]


class FlowOf(NamedTuple):
    """The course of a stock, and what was received and resolved meanwhile; None: not known."""

    course: Course
    received: int | None
    resolved: int | None


async def flow_of(
    connection: asyncpg.Connection, campaign: CampaignInSight, unit: TreeRow, subject: Subject, view: View, days: Days
) -> FlowOf:
    """The flow of everything at or under the unit.

    A stock is followed where it is stated: what is received and resolved at or under a unit that states one belongs to
    its stock, as far as no unit further down states its own.
    """
    stocks = [
        one
        for one in await fetch_stocks(connection, campaign, [unit], subject, view)
        if unit.id in one.path and min(one.stated) <= days.last
    ]
    nodes = {
        unit.id: Node(unit.tenant, unit.id, unit.path),
        **{one.unit_id: Node(one.tenant, one.unit_id, one.path) for one in stocks},
    }
    changes = await fetch_changes(
        connection, campaign, list(nodes.values()), [subject], view, first=campaign.definition.first_day, last=days.last
    )
    gained: dict[int, dict[date, int]] = {}
    for node in nodes:
        received, resolved = (changes.get((node, 0, outcome), ()) for outcome in (_RECEIVED, _RESOLVED))
        gained[node] = _summed([*received, *(one._replace(delta=-one.delta) for one in resolved)])
    own = {node: defaultdict(int, by_day) for node, by_day in gained.items()}
    for one in stocks:
        above = next((node for node in reversed(one.path[:-1]) if node in nodes), None)
        if above is not None and one.unit_id != unit.id:
            for day, delta in gained[one.unit_id].items():
                own[above][day] -= delta
    courses = [course_of(one.stated, own[one.unit_id], first=days.first, last=days.last) for one in stocks]
    states_itself = any(one.unit_id == unit.id for one in stocks)
    unstated = 0 if states_itself else sum(delta for day, delta in own[unit.id].items() if days.first <= day)
    return FlowOf(
        together(courses, unstated=unstated),
        _within(changes.get((unit.id, 0, _RECEIVED), ()), days),
        _within(changes.get((unit.id, 0, _RESOLVED), ()), days),
    )


def _summed(changes: Iterable[Change]) -> dict[date, int]:
    found: dict[date, int] = defaultdict(int)
    for one in changes:
        found[one.day] += one.delta
    return found


def _within(changes: Iterable[Change], days: Days) -> int | None:
    """What the total gained in these days, unknown where it is at their end."""
    every = list(changes)
    if sum(one.known for one in every) <= 0:
        return None
    return sum(one.delta for one in every if one.day >= days.first)
