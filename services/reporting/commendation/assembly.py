"""What units of one level come to: their figures, their own reports, and those beside whoever speaks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import asyncpg

from services.chassis.problems import Refusal
from services.contracts.commendation import Commendation, IndicatorVerdict, Reason
from services.contracts.definitions import CommendationDefinition, IndicatorDefinition
from services.contracts.words import (
    LEVEL_ORDER,
    OUTCOME_NO,
    IndicatorKind,
    Level,
    Outcome,
    ReportKind,
    SourceKind,
    TargetOn,
    Verdict,
)
from services.reporting.commendation.rules import (
    Attainment,
    Ground,
    OwnReports,
    gravest,
    grounds_of,
    places_of,
    score_of,
    verdict_of,
)
from services.reporting.compliance.survey import Survey, survey, units_of_level
from services.reporting.exemptions.disclosure import Disclosures
from services.reporting.figures.assembly import rate_figure
from services.reporting.figures.discretion import hides_reached
from services.reporting.figures.gathering import counts_of
from services.reporting.figures.rules import Ratio, Standing, standing_of
from services.reporting.figures.subjects import subjects_of
from services.reporting.reconciliation.queries import fetch_paths, fetch_totals
from services.reporting.reconciliation.rules import Compared, Total, chosen_in, compared, first_days, speaking_in
from services.reporting.reporters.queries import Reporters, fetch_reporters
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

Key = tuple[int, str]
"""A unit's id and an indicator."""


class NothingToCommend(Refusal):
    """{campaign} says nothing of who may be commended."""

    status = 422
    code = "commendation_not_defined"
    title = "The campaign does not say who may be commended"
    remedy = "Give the campaign a `commendation` (level, minimum_on_time_share, tolerance, weights) first."


def commended_by(campaign: CampaignInSight) -> CommendationDefinition:
    """By what the campaign commends.

    Raises: NothingToCommend.
    """
    rule = campaign.definition.commendation
    if rule is None:
        raise NothingToCommend(campaign=campaign.definition.code)
    return rule


class _Judged(NamedTuple):
    """One unit: by indicator what it comes to, all in all, and its score."""

    unit: TreeRow
    indicators: list[tuple[IndicatorDefinition, Standing, list[Ground]]]
    verdict: Verdict | None
    score: Ratio | None


async def commendations(
    connection: asyncpg.Connection, campaign: CampaignInSight, level: Level, view: View
) -> list[Commendation]:
    """Every unit of the level that the caller sees and that has a quota above 0 for an indicator, by code.

    Raises: NothingToCommend.
    """
    rule = commended_by(campaign)
    indicators = [one for one in campaign.definition.indicators if one.kind is IndicatorKind.QUOTA]
    units = await units_of_level(connection, campaign, level)
    if not units or not indicators:
        return []
    subjects = subjects_of(campaign, indicators)
    counts = (await counts_of(connection, campaign, units, subjects, view)).counts
    reporters = await fetch_reporters(connection, campaign.definition)
    reports = await _own_reports(connection, campaign, level, units, view)
    differences = await _own_beside_speaking(connection, campaign, units, indicators, reporters, view)
    disclosures = [Disclosures(campaign, one) for one in indicators]
    judged = []
    for position, unit in enumerate(units):
        found: list[tuple[IndicatorDefinition, Standing, list[Ground]]] = []
        for place, indicator in enumerate(indicators):
            count = counts[position * len(indicators) + place]
            if not count.quota:
                continue
            standing, key = standing_of(count, subjects[place].aim), (unit.id, indicator.code)
            withheld = hides_reached(subjects[place], disclosures[place].at(unit))
            aimed = standing.rate if indicator.target_on is TargetOn.RAW else standing.adjusted_rate
            grounds = grounds_of(
                rule,
                reports=reports.get(key, OwnReports()),
                own=differences.get(key),
                attainment=None if withheld else Attainment(aimed, indicator.target_rate),
            )
            found.append((indicator, standing, grounds))
        if found:
            judged.append(_all_in_all(rule, unit, found))
    scores = [None if one.verdict is Verdict.EXCLUDED else one.score for one in judged]
    ranks, ranked_of = places_of(scores)
    everything = campaign.top_visible
    return [
        _shown(campaign, rule, one, rank if everything else None, ranked_of if everything else None)
        for one, rank in zip(judged, ranks, strict=True)
    ]


def _all_in_all(
    rule: CommendationDefinition,
    unit: TreeRow,
    found: list[tuple[IndicatorDefinition, Standing, list[Ground]]],
) -> _Judged:
    weighted = [grounds for indicator, _, grounds in found if rule.weights.get(indicator.code, 0)]
    verdict = gravest(verdict_of(grounds) for grounds in weighted)
    rates = {indicator.code: standing.rate for indicator, standing, _ in found}
    return _Judged(unit, found, verdict, score_of(rates, rule.weights))


def _shown(
    campaign: CampaignInSight, rule: CommendationDefinition, one: _Judged, rank: int | None, ranked_of: int | None
) -> Commendation:
    rounding = campaign.definition.rounding
    return Commendation(
        unit=one.unit.code,
        level=one.unit.level,
        verdict=one.verdict,
        score=rate_figure(one.score, rounding),
        rank=rank,
        ranked_of=ranked_of,
        indicators=[
            IndicatorVerdict(
                indicator=indicator.code,
                verdict=verdict_of(grounds),
                weight=rule.weights.get(indicator.code, 0),
                rate=rate_figure(standing.rate, rounding),
                reasons=[
                    Reason(
                        ground.code,
                        ground.leads_to,
                        ground.value,
                        ground.of,
                        rate_figure(ground.share, rounding),
                        ground.limit,
                    )
                    for ground in grounds
                ],
            )
            for indicator, standing, grounds in one.indicators
        ],
    )


async def _own_reports(
    connection: asyncpg.Connection, campaign: CampaignInSight, level: Level, units: Sequence[TreeRow], view: View
) -> dict[Key, OwnReports]:
    """What units owed themselves, up to the view's day: those of the level that reports are required of, under each."""
    required = campaign.definition.compliance
    if required is None:
        return {}
    reporting = required.level if LEVEL_ORDER[required.level] > LEVEL_ORDER[level] else level
    below = units if reporting == level else await units_of_level(connection, campaign, reporting)
    found = await survey(
        connection,
        campaign,
        below,
        level=reporting,
        first=campaign.definition.first_day,
        last=view.as_of,
        view=view,
        kinds=(SourceKind.UNIT,),
    )
    return _summed(found, {one.id for one in units})


def _summed(found: Survey, units: set[int]) -> dict[Key, OwnReports]:
    pending = found.timetable.pending(found.moment)
    final = sum(1 << place for place, slot in enumerate(found.timetable.slots) if slot.report is ReportKind.FINAL)
    summed: defaultdict[Key, OwnReports] = defaultdict(OwnReports)
    for (place, _), parts in found.parts.items():
        above = units.intersection(found.units[place].path)
        for code, part in parts.items():
            owed = part.owed & ~(pending & ~part.received.came)
            on_time = (owed & part.received.in_time).bit_count()
            is_final_missing = bool(owed & final & ~part.received.came)
            for unit_id in above:
                old = summed[unit_id, code]
                summed[unit_id, code] = OwnReports(
                    old.owed + owed.bit_count(), old.on_time + on_time, old.is_final_missing or is_final_missing
                )
    return summed


async def _own_beside_speaking(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicators: Sequence[IndicatorDefinition],
    reporters: Reporters,
    view: View,
) -> dict[Key, Compared]:
    """What units themselves say they achieved, beside whoever speaks, where both are known."""
    own = {one.id for one in reporters.all if one.kind is SourceKind.UNIT}
    ids = [one.id for one in units]
    achieved = OUTCOME_NO[Outcome.ACHIEVED]
    everything = await fetch_totals(connection, campaign, ids, indicators, [achieved], view)
    paths = await fetch_paths(
        connection, campaign, sorted({one.unit_id for totals in everything.values() for one in totals})
    )
    found: dict[Key, Compared] = {}
    for indicator in indicators:
        groups = reporters.groups(indicator)
        totals = everything.get((campaign.number_of(indicator), achieved), [])
        speaking = speaking_in(first_days(totals, groups))
        for unit_id, under in _by_unit(totals, set(ids), paths).items():
            beside = compared(under, own, chosen_in(under, groups, speaking))
            if beside is not None:
                found[unit_id, indicator.code] = beside
    return found


def _by_unit(totals: Iterable[Total], units: set[int], paths: Mapping[int, Sequence[int]]) -> dict[int, list[Total]]:
    found: defaultdict[int, list[Total]] = defaultdict(list)
    for one in totals:
        for unit_id in units.intersection(paths[one.unit_id]):
            found[unit_id].append(one)
    return found
