"""Counts, marks and coverage as they were known at a moment.

The present roll-ups, less what the roots (`knowledge.touched`) add to them now, and with what they added then; quotas
by the plans that had been issued. Where nothing came or went since, nothing is derived anew, nor where nothing at all
was known from some day on: there the roll-ups as of the day before say what was known, with the rows of days since.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import add, sub
from typing import NamedTuple

import asyncpg

from services.reporting.figures.coverage import Answer
from services.reporting.figures.queries import LABEL_BREAK, CountColumns, Marks, Sums, fetch_marks, fetch_sums
from services.reporting.figures.rules import Counts
from services.reporting.figures.subjects import Subject
from services.reporting.knowledge.quotas import QuotasThen, quotas_then
from services.reporting.knowledge.roots import Root, Roots, last_known_day
from services.reporting.knowledge.rows import SCOPE, scope_values
from services.reporting.knowledge.sums import Sum, SumsThen, sums_then
from services.reporting.knowledge.touched import last_day_of_rows, touched_since
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_ANCHORS = f"""
    SELECT DISTINCT scope.indicator_no, unit.unit_id, unit.tenant, unit.path, reported.first_day
    FROM ({SCOPE}) AS scope
    JOIN anchor_reported AS reported ON reported.tenant = scope.tenant AND reported.campaign_id = $1
        AND reported.indicator_no = scope.indicator_no AND reported.anchor_id = scope.anchor_id
    JOIN campaign_unit AS unit ON unit.campaign_id = $1 AND unit.unit_id = scope.anchor_id
    WHERE $5::date IS NOT NULL AND $6::timestamptz IS NOT NULL
"""

Line = tuple[date | None, datetime | None, str | None]
"""Last day, newest reception and labels of one unit and indicator."""


class Anchored(NamedTuple):
    """A unit where authority over an indicator is decided and of which there are rows now, the first of `first_day`."""

    indicator_no: int
    unit_id: int
    tenant: int
    path: Sequence[int]
    first_day: date


class Past:
    """What was known at the view's moment of units × subjects; read once, then told in parts."""

    def __init__(
        self,
        campaign: CampaignInSight,
        units: Sequence[TreeRow],
        subjects: Sequence[Subject],
        view: View,
        roots: Roots,
        quotas: QuotasThen,
        then: SumsThen,
        shown: Sequence[int],
    ) -> None:
        self._campaign = campaign
        self._units = units
        self._subjects = subjects
        self._through = view._replace(as_of=last_day_of_rows(campaign, view))
        self._roots = roots
        self._quotas = quotas
        self._then = then
        self._shown = shown
        self._known_anchors: dict[tuple[int, int], Anchored] | None = None

    async def counts(self, connection: asyncpg.Connection, windows: Sequence[date | None]) -> CountColumns:
        """Counts of units × subjects."""
        keys = [(one.tenant, one.id) for one in self._units]
        root_keys = sorted({(one.tenant, one.unit_id) for one in self._roots} - set(keys))
        present = await self._sums(connection, [*keys, *root_keys], self._through, windows)
        before: dict[tuple[int, int], Sums] = {}
        for last, roots in self._roots.cut.items():
            cut = self._cut(last, roots, self._units)
            some = sorted({(tenant, unit_id) for tenant, unit_id, _ in cut})
            found = await self._sums(connection, some, self._through._replace(as_of=last), windows)
            for _, unit_id, number in cut:
                for place, subject in enumerate(self._subjects):
                    if subject.number == number:
                        before[unit_id, place] = found[unit_id, place]
        under: defaultdict[tuple[int, int], list[Root]] = defaultdict(list)
        for root in self._roots:
            for above in root.path[:-1]:
                under[root.indicator_no, above].append(root)
        counts: list[Counts] = []
        basis: list[int | None] = []
        for unit in self._units:
            for place, subject in enumerate(self._subjects):
                root = self._roots.over(subject.number, unit.path)
                if root is None:
                    sums = present[unit.id, place]
                else:
                    sums = Sums() if root.since is None else before[unit.id, place]
                for below in under[subject.number, unit.id]:
                    sums = Sums(*map(sub, sums, present[below.unit_id, place]))
                    if below.since is not None:
                        sums = Sums(*map(add, sums, before[below.unit_id, place]))
                for one in self._then.sums.get((unit.id, subject.number), ()):
                    sums = Sums(*map(add, sums, _of_subject(one, subject)))
                quota = self._quotas.of.get((unit.id, subject.number, subject.cohort_no))
                counts.append(_counts(sums, *((None, None) if quota is None else quota[:2])))
                basis.append(None if quota is None else quota.basis)
        return CountColumns(counts, basis)

    async def _sums(
        self,
        connection: asyncpg.Connection,
        units: Sequence[tuple[int, int]],
        view: View,
        windows: Sequence[date | None],
    ) -> dict[tuple[int, int], Sums]:
        found = await fetch_sums(connection, self._campaign, units, self._subjects, view, windows=windows)
        places = range(len(self._subjects))
        return dict(zip(((unit_id, place) for _, unit_id in units for place in places), found, strict=True))

    def _cut(self, last: date, roots: Iterable[Root], units: Iterable[TreeRow]) -> set[tuple[int, int, int]]:
        """Tenant, unit and indicator of these roots, and of those of the units that are under one, cut after the day.

        A unit that is cut for one indicator may be derived, or be cut on another day, for the next.
        """
        numbers = {one.number for one in self._subjects}
        return {(one.tenant, one.unit_id, one.indicator_no) for one in roots} | {
            (unit.tenant, unit.id, number)
            for unit in units
            for number in numbers
            if (root := self._roots.over(number, unit.path)) is not None and last_known_day(root) == last
        }

    async def marks(self, connection: asyncpg.Connection, units: Sequence[TreeRow], numbers: Sequence[int]) -> Marks:
        """Marks of units × indicators: where roots lie below, put together from these and from the other anchors."""
        present = await self._lines(connection, [(one.tenant, one.id) for one in units], numbers, self._through)
        before = await self._lines_cut(connection, units, numbers)
        below = await self._lines_below(connection, numbers, before) if self._roots else {}
        over_roots = {(unit_id, one.indicator_no) for one in self._roots for unit_id in one.path[:-1]}
        found: list[Line] = []
        for unit in units:
            for number in numbers:
                key = (unit.id, number)
                root = self._roots.over(number, unit.path)
                if root is not None:
                    found.append(self._put_together([] if root.since is None else [before[key]], key))
                elif key in over_roots:
                    found.append(self._put_together(below.get(key, ()), key))
                else:
                    found.append(present[key])
        return Marks(*(list(column) for column in zip(*found, strict=True))) if found else Marks([], [], [])

    async def _lines(
        self, connection: asyncpg.Connection, units: Sequence[tuple[int, int]], numbers: Sequence[int], view: View
    ) -> dict[tuple[int, int], Line]:
        """By unit and indicator, as of the view's day."""
        marks = await fetch_marks(connection, self._campaign, units, numbers, view)
        keys = ((unit_id, number) for _, unit_id in units for number in numbers)
        return dict(zip(keys, zip(*marks, strict=True), strict=True))

    async def _lines_cut(
        self, connection: asyncpg.Connection, units: Sequence[TreeRow], numbers: Sequence[int]
    ) -> dict[tuple[int, int], Line]:
        """Of roots that are cut and of units under these: as of the last day of which anything was known."""
        ids = {unit.id for unit in units}
        found: dict[tuple[int, int], Line] = {}
        for last, roots in self._roots.cut.items():
            cut = self._cut(last, (one for one in roots if not ids.isdisjoint(one.path)), units)
            some = sorted({(tenant, unit_id) for tenant, unit_id, _ in cut})
            lines = await self._lines(connection, some, numbers, self._through._replace(as_of=last))
            found |= {(unit_id, number): lines[unit_id, number] for _, unit_id, number in cut if number in numbers}
        return found

    async def _lines_below(
        self, connection: asyncpg.Connection, numbers: Sequence[int], before: Mapping[tuple[int, int], Line]
    ) -> dict[tuple[int, int], list[Line]]:
        """By each unit above: the lines of anchors that stand as they are, and of roots that are cut."""
        anchors = await self._anchors(connection)
        standing = [
            one
            for one in anchors.values()
            if one.indicator_no in numbers and self._roots.over(one.indicator_no, one.path) is None
        ]
        keys = sorted({(one.tenant, one.unit_id) for one in standing})
        present = await self._lines(connection, keys, numbers, self._through)
        found: defaultdict[tuple[int, int], list[Line]] = defaultdict(list)
        for one in standing:
            for above in one.path:
                found[above, one.indicator_no].append(present[one.unit_id, one.indicator_no])
        for root in self._roots:
            line = before.get((root.unit_id, root.indicator_no))
            if line is not None:
                for above in root.path[:-1]:
                    found[above, root.indicator_no].append(line)
        return found

    def _put_together(self, lines: Iterable[Line], key: tuple[int, int]) -> Line:
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
            is_reported = self._is_reported(anchors.get((unit_id, number)), (unit_id, number), path)
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

    def _is_reported(self, anchor: Anchored | None, key: tuple[int, int], path: Sequence[int]) -> bool:
        root = self._roots.over(key[1], path)
        last = self._through.as_of if root is None else last_known_day(root)
        if anchor is not None and last is not None and anchor.first_day <= last:
            return True
        return root is not None and key in self._then.reported

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
