"""Everything of some units that cannot all be right, as of a day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from services.chassis.problems import FieldError, Refusal
from services.contracts.contradictions import Contradiction
from services.contracts.counting.authority import chosen_changes
from services.contracts.counting.series import DayRow
from services.contracts.definitions import IndicatorDefinition
from services.contracts.events import day_of
from services.contracts.words import OUTCOME_NO, ContradictionKind, IndicatorKind, Outcome
from services.reporting.contradictions.rules import WHAT_TO_DO, exceeding, handed_down_too_much, is_printed_of
from services.reporting.exemptions.disclosure import Disclosures
from services.reporting.figures.discretion import discreet
from services.reporting.figures.gathering import counts_of
from services.reporting.figures.queries import children_of
from services.reporting.figures.rules import Counts, standing_of
from services.reporting.figures.subjects import EVERY_COHORT, Subject, subject_of, subjects_of
from services.reporting.reading import plan_for_sets
from services.reporting.reconciliation.queries import fetch_paths, fetch_series, fetch_totals
from services.reporting.reconciliation.rules import chosen_in, first_days, speaking_in
from services.reporting.reporters.queries import Reporters, fetch_reporters
from services.reporting.series.courses import course_of
from services.reporting.series.stocks import fetch_stocks
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_RECEIVED = 1
"""How columns of counts say that a quota was received."""

_ACHIEVED = OUTCOME_NO[Outcome.ACHIEVED]
_GAINED = {OUTCOME_NO[Outcome.RECEIVED]: 1, OUTCOME_NO[Outcome.RESOLVED]: -1}


Key = tuple[int, str, int, str, int, date, str]
"""What contradictions are sorted by: depth and code of the unit, indicator, cohort, kind, day, source."""


class ShareNotPrinted(Refusal):
    """{printed!r} is not a share as documents print it."""

    status = 422
    code = "share_not_printed"
    title = "Not a printed share"
    remedy = "Give a percentage with a comma and without its sign, `69,18` for instance."


class ShareOfNothing(Refusal):
    """{unit} has no rate in {indicator} as of {day}, so that no share of it can be printed."""

    status = 422
    code = "share_of_nothing"
    title = "There is no rate to compare the share with"
    remedy = "Ask for a unit and an indicator that has a quota, and for a day on which something is known."


class _Subjects(NamedTuple):
    """What is looked at: units, whole indicators with a quota and their cohorts, flows."""

    units: Sequence[TreeRow]
    quotas: list[Subject]
    flows: list[IndicatorDefinition]


async def contradictions_of(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicators: Sequence[IndicatorDefinition],
    view: View,
) -> list[tuple[Key, Contradiction]]:
    """In the order of their keys. The caller may see what sources tell of the units."""
    if not units:
        return []
    depths = {one.code: one.depth for one in units}
    counted = [one for one in indicators if one.kind is IndicatorKind.QUOTA]
    asked = _Subjects(
        units,
        subjects_of(campaign, counted, EVERY_COHORT) if counted else [],
        [one for one in indicators if one.kind is IndicatorKind.FLOW],
    )
    reporters = await fetch_reporters(connection, campaign.definition)
    found = [
        *await _of_quotas(connection, campaign, asked, view),
        *await _below_anchors(connection, campaign, units, counted, reporters, view),
        *await _of_stocks(connection, campaign, asked, reporters, view),
    ]
    indicator_place = {one.code: place for place, one in enumerate(campaign.definition.indicators)}
    kinds = list(ContradictionKind)

    def key(one: Contradiction) -> Key:
        return (
            depths[one.unit],
            one.unit,
            indicator_place[one.indicator],
            one.cohort or "",
            kinds.index(one.kind),
            one.day,
            one.source or "",
        )

    return sorted(((key(one), one) for one in found), key=lambda pair: pair[0])


async def printed_otherwise(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit: TreeRow,
    indicator: IndicatorDefinition,
    printed: str,
    view: View,
) -> list[Contradiction]:
    """The printed share, where no rounding of the unit's raw or adjusted rate gives it; else nothing.

    Raises: ShareNotPrinted, ShareOfNothing.
    """
    subject = subject_of(campaign, indicator)
    (counts,) = (await counts_of(connection, campaign, [unit], [subject], view)).counts
    counts, standing = discreet(
        counts, standing_of(counts, subject.aim), subject, Disclosures(campaign, indicator).at(unit)
    )
    if standing.rate is None:
        raise ShareOfNothing(unit=unit.code, indicator=indicator.code, day=view.as_of)
    rates = [one for one in (standing.rate, standing.adjusted_rate) if one is not None]
    try:
        if any(is_printed_of(printed, *one) for one in rates):
            return []
    except ValueError as fault:
        detail = "Give a percentage with a comma, 69,18 for instance."
        raise ShareNotPrinted(
            printed=printed[:64], errors=[FieldError("/query/printed", ShareNotPrinted.code, detail)]
        ) from fault
    return [
        Contradiction(
            kind=ContradictionKind.PRINTED_SHARE,
            unit=unit.code,
            level=unit.level,
            indicator=indicator.code,
            cohort=None,
            day=view.as_of,
            value=standing.rate.numerator,
            limit=standing.rate.denominator,
            difference=standing.rate.numerator - standing.rate.denominator,
            numbers={},
            source=None,
            printed=printed,
            what_to_do=WHAT_TO_DO[ContradictionKind.PRINTED_SHARE],
        )
    ]


def _contradiction(
    kind: ContradictionKind,
    unit: TreeRow,
    indicator: str,
    day: date,
    *,
    value: int,
    limit: int,
    cohort: str | None = None,
    numbers: Mapping[str, int] | None = None,
    source: str | None = None,
) -> Contradiction:
    return Contradiction(
        kind=kind,
        unit=unit.code,
        level=unit.level,
        indicator=indicator,
        cohort=cohort,
        day=day,
        value=value,
        limit=limit,
        difference=value - limit,
        numbers=dict(numbers or {}),
        source=source,
        printed=None,
        what_to_do=WHAT_TO_DO[kind],
    )


async def _of_quotas(
    connection: asyncpg.Connection, campaign: CampaignInSight, asked: _Subjects, view: View
) -> list[Contradiction]:
    """Outcomes above the quota, and quotas handed down above what was received."""
    if not asked.quotas:
        return []
    children = await children_of(connection, campaign, [one.id for one in asked.units])
    everybody = list({one.id: one for one in (*asked.units, *children)}.values())
    columns = await counts_of(connection, campaign, everybody, asked.quotas, view)
    width, place = len(asked.quotas), {one.id: position for position, one in enumerate(everybody)}
    below: defaultdict[int, list[int]] = defaultdict(list)
    for child in children:
        if child.parent_id is not None:
            below[child.parent_id].append(place[child.id])
    disclosures = {one.indicator.code: Disclosures(campaign, one.indicator) for one in asked.quotas}
    found: list[Contradiction] = []
    for unit in asked.units:
        for number, subject in enumerate(asked.quotas):
            one = place[unit.id] * width + number
            counts = columns.counts[one]
            disclosure = disclosures[subject.indicator.code].at(unit)
            counts, standing = discreet(counts, standing_of(counts, subject.aim), subject, disclosure)
            told = {
                Outcome.ACHIEVED: standing.achieved,
                Outcome.EXEMPT: counts.exempt,
                Outcome.DECLINED: counts.declined,
            }
            code, cohort = subject.indicator.code, subject.cohort_code
            numbers = exceeding(told, counts.quota)
            if numbers is not None and counts.quota is not None:
                kind, value = ContradictionKind.OUTCOMES_ABOVE_QUOTA, sum(numbers.values())
                found.append(
                    _contradiction(
                        kind, unit, code, view.as_of, value=value, limit=counts.quota, cohort=cohort, numbers=numbers
                    )
                )
            if columns.basis[one] == _RECEIVED:
                handed = [columns.counts[child * width + number] for child in below[unit.id]]
                found += _handed_down(unit, subject, counts, handed, view.as_of)
    return found


def _handed_down(
    unit: TreeRow, subject: Subject, counts: Counts, children: Iterable[Counts], day: date
) -> list[Contradiction]:
    handed = handed_down_too_much(counts.quota, (one.quota for one in children))
    if handed is None or counts.quota is None:
        return []
    return [
        _contradiction(
            ContradictionKind.QUOTA_HANDED_DOWN,
            unit,
            subject.indicator.code,
            day,
            value=handed,
            limit=counts.quota,
            cohort=subject.cohort_code,
        )
    ]


async def _below_anchors(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicators: Sequence[IndicatorDefinition],
    reporters: Reporters,
    view: View,
) -> list[Contradiction]:
    """Sources whose sum over the units below one of the reconciliation level exceeds what whoever speaks says there."""
    asked = {one.id: one for one in units}
    anchored = [one for one in units if any(one.level == each.reconciliation_level for each in indicators)]
    if not anchored:
        return []
    await plan_for_sets(connection)
    ids = [one.id for one in anchored]
    everything = await fetch_totals(connection, campaign, ids, indicators, [_ACHIEVED], view)
    codes = {one.id: one.code for one in reporters.all}
    found: list[Contradiction] = []
    for indicator in indicators:
        groups = reporters.groups(indicator)
        totals = everything.get((campaign.number_of(indicator), _ACHIEVED), [])
        speaking = speaking_in(first_days(totals, groups))
        chosen = chosen_in(totals, groups, speaking)
        below: defaultdict[tuple[int, int], int] = defaultdict(int)
        for one in totals:
            group = groups.get(one.source_id)
            if one.unit_id != one.anchor_id and (group is None or group != speaking.get(one.anchor_id)):
                below[one.anchor_id, one.source_id] += one.value
        for (anchor, source_id), value in below.items():
            if anchor in asked and anchor in chosen and value > chosen[anchor] and source_id in codes:
                found.append(
                    _contradiction(
                        ContradictionKind.CHILDREN_ABOVE_PARENT,
                        asked[anchor],
                        indicator.code,
                        view.as_of,
                        value=value,
                        limit=chosen[anchor],
                        source=codes[source_id],
                    )
                )
    return found


async def _of_stocks(
    connection: asyncpg.Connection, campaign: CampaignInSight, asked: _Subjects, reporters: Reporters, view: View
) -> list[Contradiction]:
    """Stocks that were stated otherwise than what the day before had left, unit by unit."""
    by_id = {one.id: one for one in asked.units}
    found: list[Contradiction] = []
    for indicator in asked.flows:
        subject = subject_of(campaign, indicator)
        stocks = await fetch_stocks(connection, campaign, asked.units, subject, view)
        gained = await _gained(connection, campaign, asked.units, indicator, reporters, view)
        paths = await fetch_paths(connection, campaign, sorted(gained))
        stated = {one.unit_id for one in stocks}
        own: defaultdict[int, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
        for unit_id, by_day in gained.items():
            holder = next((above for above in reversed(paths[unit_id]) if above in stated), None)
            if holder is not None:
                for day, delta in by_day.items():
                    own[holder][day] += delta
        for one in stocks:
            unit = by_id.get(one.unit_id)
            if unit is None:
                continue
            course = course_of(one.stated, own[one.unit_id], first=campaign.definition.first_day, last=view.as_of)
            found += [
                _contradiction(
                    ContradictionKind.OPENING_STOCK,
                    unit,
                    indicator.code,
                    day,
                    value=broken.stated,
                    limit=broken.expected,
                )
                for day, broken in course.breaks.items()
            ]
    return found


async def _gained(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicator: IndicatorDefinition,
    reporters: Reporters,
    view: View,
) -> dict[int, dict[date, int]]:
    """By unit, what was received less what was resolved on each day, by whoever spoke on it."""
    ids, number = [one.id for one in units], campaign.number_of(indicator)
    totals = await fetch_totals(connection, campaign, ids, [indicator], list(_GAINED), view)
    anchors = sorted({(*cell, one.anchor_id) for cell, told in totals.items() for one in told})
    series = await fetch_series(connection, campaign, ids, [indicator], anchors, view)
    groups = reporters.groups(indicator)
    found: defaultdict[int, dict[date, int]] = defaultdict(dict)
    for outcome_no, sign in _GAINED.items():
        by_anchor: defaultdict[int, dict[tuple[int, int], tuple[int, Iterable[DayRow]]]] = defaultdict(dict)
        for place, (unit_id, one) in enumerate(series.get((number, outcome_no), [])):
            if one.source_id in groups:
                by_anchor[one.anchor_id][unit_id, place] = (groups[one.source_id], one.rows)
        for told in by_anchor.values():
            for (unit_id, _), contribution in chosen_changes(told).items():
                for change in contribution.changes:
                    day = day_of(change.day)
                    found[unit_id][day] = found[unit_id].get(day, 0) + sign * change.delta
    return found
