"""Counts, marks and coverage as they were known at a moment.

The present roll-ups, less what the roots (`knowledge.touched`) add to them now, and with what they added then; quotas
by the plans that had been issued. Where nothing came or went since, nothing is derived anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from operator import add, sub
from typing import NamedTuple

import asyncpg

from services.reporting.figures.coverage import Answer
from services.reporting.figures.queries import LABEL_BREAK, CountColumns, Marks, Sums, fetch_marks, fetch_sums
from services.reporting.figures.rules import Counts
from services.reporting.figures.subjects import Subject
from services.reporting.knowledge.quotas import QuotasThen, quotas_then
from services.reporting.knowledge.rows import SCOPE, scope_values
from services.reporting.knowledge.sums import Sum, SumsThen, sums_then
from services.reporting.knowledge.touched import Root, is_derived, last_day_of_rows, touched_since
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_ANCHORS = f"""
    SELECT DISTINCT scope.indicator_no, unit.unit_id, unit.tenant, unit.path, reported.first_day <= $5 AS is_reported
    FROM ({SCOPE}) AS scope
    JOIN anchor_reported AS reported ON reported.tenant = scope.tenant AND reported.campaign_id = $1
        AND reported.indicator_no = scope.indicator_no AND reported.anchor_id = scope.anchor_id
    JOIN campaign_unit AS unit ON unit.campaign_id = $1 AND unit.unit_id = scope.anchor_id
    WHERE $6::timestamptz IS NOT NULL
"""


class Anchored(NamedTuple):
    """A unit where authority over an indicator is decided and of which there are rows now."""

    indicator_no: int
    unit_id: int
    tenant: int
    path: Sequence[int]
    is_reported: bool


class Past:
    """What was known at the view's moment of units × subjects; read once, then told in parts."""

    def __init__(
        self,
        campaign: CampaignInSight,
        units: Sequence[TreeRow],
        subjects: Sequence[Subject],
        view: View,
        roots: Sequence[Root],
        quotas: QuotasThen,
        then: SumsThen,
        shown: Sequence[int],
    ) -> None:
        self._campaign = campaign
        self._units = units
        self._subjects = subjects
        self._through = view._replace(as_of=last_day_of_rows(campaign, view))
        self._roots = roots
        self._derived = frozenset((one.indicator_no, one.unit_id) for one in roots)
        self._quotas = quotas
        self._then = then
        self._shown = shown
        self._known_anchors: dict[tuple[int, int], Anchored] | None = None

    async def counts(self, connection: asyncpg.Connection, windows: Sequence[date | None]) -> CountColumns:
        """Counts of units × subjects."""
        keys = [(one.tenant, one.id) for one in self._units]
        root_keys = sorted({(one.tenant, one.unit_id) for one in self._roots})
        present = await fetch_sums(
            connection, self._campaign, [*keys, *root_keys], self._subjects, self._through, windows=windows
        )
        width = len(self._subjects)
        of_root = {
            (unit_id, place): present[(len(keys) + position) * width + place]
            for position, (_, unit_id) in enumerate(root_keys)
            for place in range(width)
        }
        under: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for root in self._roots:
            for above in root.path[:-1]:
                under[root.indicator_no, above].append(root.unit_id)
        counts: list[Counts] = []
        basis: list[int | None] = []
        for position, unit in enumerate(self._units):
            for place, subject in enumerate(self._subjects):
                sums = present[position * width + place]
                if is_derived(self._derived, subject.number, unit.path):
                    sums = Sums()
                for root_id in under[subject.number, unit.id]:
                    sums = Sums(*map(sub, sums, of_root[root_id, place]))
                for one in self._then.sums.get((unit.id, subject.number), ()):
                    sums = Sums(*map(add, sums, _of_subject(one, subject)))
                quota = self._quotas.of.get((unit.id, subject.number, subject.cohort_no))
                counts.append(_counts(sums, *((None, None) if quota is None else quota[:2])))
                basis.append(None if quota is None else quota.basis)
        return CountColumns(counts, basis)

    async def marks(self, connection: asyncpg.Connection, units: Sequence[TreeRow], numbers: Sequence[int]) -> Marks:
        """Marks of units × indicators: where something is derived anew, put together from the anchors below."""
        anchors = await self._anchors(connection)
        standing = [one for one in anchors.values() if not is_derived(self._derived, one.indicator_no, one.path)]
        asked = [(one.tenant, one.id) for one in units]
        below = sorted({(one.tenant, one.unit_id) for one in standing}) if self._roots else []
        present = await fetch_marks(connection, self._campaign, [*asked, *below], numbers, self._through)
        lines = list(zip(*present, strict=True))
        width = len(numbers)
        of_anchor: defaultdict[tuple[int, int], list[tuple[date | None, datetime | None, str | None]]]
        of_anchor = defaultdict(list)
        place_of = {unit_id: len(asked) + position for position, (_, unit_id) in enumerate(below)}
        if self._roots:
            for one in standing:
                if one.indicator_no in numbers:
                    line = lines[place_of[one.unit_id] * width + numbers.index(one.indicator_no)]
                    for above in one.path:
                        of_anchor[above, one.indicator_no].append(line)
        found = []
        above_roots = {(unit_id, one.indicator_no) for one in self._roots for unit_id in one.path}
        for position, unit in enumerate(units):
            for place, number in enumerate(numbers):
                key = (unit.id, number)
                if is_derived(self._derived, number, unit.path):
                    found.append(self._marks([], key))
                elif key in above_roots:
                    found.append(self._marks(of_anchor[key], key))
                else:
                    found.append(lines[position * width + place])
        return Marks(*(list(column) for column in zip(*found, strict=True))) if found else Marks([], [], [])

    def _marks(
        self, lines: Iterable[tuple[date | None, datetime | None, str | None]], key: tuple[int, int]
    ) -> tuple[date | None, datetime | None, str | None]:
        days = [one[0] for one in lines if one[0] is not None]
        moments = [one[1] for one in lines if one[1] is not None]
        labels = {label for one in lines if one[2] for label in one[2].split(LABEL_BREAK)} | self._then.labels[key]
        if key in self._then.last_day:
            days.append(self._then.last_day[key])
        if key in self._then.received_at:
            moments.append(self._then.received_at[key])
        return max(days, default=None), max(moments, default=None), LABEL_BREAK.join(sorted(labels)) or None

    async def coverage(
        self, connection: asyncpg.Connection, units: Sequence[TreeRow], numbers: Sequence[int]
    ) -> Answer:
        """Coverage of units × indicators."""
        anchors = await self._anchors(connection)
        wanted = sorted({unit_id for unit_id, _ in self._quotas.expected})
        paths = await _paths(connection, self._campaign, wanted)
        totals: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
        for unit_id, number in self._quotas.expected:
            path = paths[unit_id]
            if is_derived(self._derived, number, path):
                is_reported = (unit_id, number) in self._then.reported
            else:
                is_reported = (anchor := anchors.get((unit_id, number))) is not None and anchor.is_reported
            for above in path:
                totals[above, number][0] += 1
                totals[above, number][1] += is_reported
        return {
            (position, place): (expected, reported)
            for position, unit in enumerate(units)
            for place, number in enumerate(numbers)
            for expected, reported in [totals.get((unit.id, number), (0, 0))]
            if expected
        }

    async def _anchors(self, connection: asyncpg.Connection) -> dict[tuple[int, int], Anchored]:
        if self._known_anchors is None:
            indicators = list({one.number: one.indicator for one in self._subjects}.values())
            values = scope_values(self._campaign, self._shown, indicators, self._through)
            rows = await connection.fetch(_ANCHORS, *values)
            self._known_anchors = {(one.unit_id, one.indicator_no): one for one in (Anchored(*row) for row in rows)}
        return self._known_anchors


async def past_of(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    windows: Sequence[date | None],
    *,
    shown: Sequence[TreeRow] = (),
) -> Past:
    """What was known of these units at the view's moment; marks and coverage of those of them that are `shown`."""
    indicators = list({one.number: one.indicator for one in subjects}.values())
    ids = [one.id for one in units]
    roots = await touched_since(connection, campaign, ids, indicators, view)
    since = {one.number: day for one, day in zip(subjects, windows, strict=True) if day is not None}
    then = await sums_then(connection, campaign, roots, ids, view, list(since.items()))
    covered = [one.id for one in shown]
    quotas = await quotas_then(connection, campaign, ids, indicators, view, covered=covered)
    return Past(campaign, units, subjects, view, roots, quotas, then, covered)


async def _paths(
    connection: asyncpg.Connection, campaign: CampaignInSight, unit_ids: Sequence[int]
) -> dict[int, Sequence[int]]:
    rows = await connection.fetch(
        "SELECT unit_id, path FROM campaign_unit WHERE campaign_id = $1 AND unit_id = ANY ($2::bigint[])",
        campaign.definition.id,
        unit_ids,
    )
    return dict(map(tuple, rows))


def _of_subject(one: Sum, subject: Subject) -> Sums:
    if subject.cohort_no not in {0, one.cohort_no}:
        return Sums()
    match one.outcome_no:
        case 1:
            return Sums(added=one.value, added_known=one.known, recent=one.recent)
        case 2:
            leaving = one.value if one.reason_no in subject.leaving else 0
            return Sums(exempt=one.value, exempt_known=one.known, leaving=leaving)
        case 3:
            return Sums(declined=one.value, declined_known=one.known)
        case _:
            return Sums()


def _counts(sums: Sums, quota: int | None, baseline: int | None) -> Counts:
    return Counts(
        quota=quota,
        baseline=baseline,
        added=sums.added if sums.added_known else None,
        exempt=sums.exempt if sums.exempt_known else None,
        leaving=sums.leaving if sums.exempt_known else None,
        declined=sums.declined if sums.declined_known else None,
        recent=sums.recent,
    )
