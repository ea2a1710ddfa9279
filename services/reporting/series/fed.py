"""The series of milestones that the cascade feeds: when units began or ceased to have a plan of their own in force."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from services.contracts.words import OUTCOME_NO, Outcome
from services.reporting.figures.cascade_fed import is_fed
from services.reporting.figures.subjects import Subject
from services.reporting.series.rules import Change
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_ACHIEVED = OUTCOME_NO[Outcome.ACHIEVED]

_REVISIONS = """
    SELECT unit_id, family, revision, document_date, lines_total > 0 FROM plan_copy
    WHERE campaign_id = $1 AND lines_received = lines_total AND unit_id IS NOT NULL AND document_date <= $2
        AND ($3::timestamptz IS NULL OR issued_at <= $3)
"""
_MEMBERS = """
    SELECT asked.id, level.place, array_agg(member.unit_id)
    FROM unnest($2::bigint[]) AS asked (id)
    JOIN campaign_closure AS line ON line.campaign_id = $1 AND line.ancestor_id = asked.id
    JOIN campaign_unit AS member
        ON member.tenant = line.tenant AND member.campaign_id = $1 AND member.unit_id = line.descendant_id
    JOIN unnest($3::text[]) WITH ORDINALITY AS level (name, place) ON level.name = member.level
    GROUP BY 1, 2
"""


class Revision(NamedTuple):
    """One issued revision of a plan, and whether it hands anything down."""

    family: uuid.UUID
    revision: int
    day: date
    hands_down: bool


def turns(revisions: Iterable[Revision]) -> list[tuple[date, int]]:
    """The days on which whoever issued these begins (1) or ceases (-1) to have a plan in force that hands down.

    In force on a day is of each family the highest revision that is dated by then.
    """
    every = list(revisions)
    found: list[tuple[date, int]] = []
    stands = False
    for day in sorted({one.day for one in every}):
        newest: dict[uuid.UUID, Revision] = {}
        for one in every:
            if one.day <= day and (one.family not in newest or newest[one.family].revision < one.revision):
                newest[one.family] = one
        now = any(one.hands_down for one in newest.values())
        if now is not stands:
            found.append((day, 1 if now else -1))
            stands = now
    return found


async def fed_changes(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    *,
    last: date,
) -> Mapping[tuple[int, int, int], list[Change]]:
    """By unit, place of a fed subject and outcome, how the number of units that have issued changes up to the last day.

    It is known from the beginning: nobody has to report it.
    """
    fed = [(place, one.indicator) for place, one in enumerate(subjects) if is_fed(one.indicator)]
    if not fed:
        return {}
    campaign_id = campaign.definition.id
    of_unit: defaultdict[int, list[Revision]] = defaultdict(list)
    for unit_id, *revision in await connection.fetch(_REVISIONS, campaign_id, last, view.known_at):
        of_unit[unit_id].append(Revision(*revision))
    days = {unit_id: turns(revisions) for unit_id, revisions in of_unit.items()}
    levels = [one.reconciliation_level for _, one in fed]
    found: dict[tuple[int, int, int], list[Change]] = {}
    for unit_id, level, members in await connection.fetch(_MEMBERS, campaign_id, [one.id for one in units], levels):
        gained: defaultdict[date, int] = defaultdict(int)
        for member in members:
            for day, turn in days.get(member, ()):
                gained[day] += turn
        changes = [Change(date.min, 0, 1), *(Change(day, delta, 0) for day, delta in sorted(gained.items()))]
        found[unit_id, fed[level - 1][0], _ACHIEVED] = changes
    return found
