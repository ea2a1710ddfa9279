"""Every source's figure of units × indicators beside that of whoever speaks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import asyncpg

from services.contracts.definitions import IndicatorDefinition
from services.contracts.events import day_of
from services.contracts.figures import RateFigure
from services.contracts.reconciliation import Reconciliation, SourceFigure, SpeakingGroup
from services.contracts.words import OUTCOME_BY_NO, OUTCOME_NO, IndicatorKind, Outcome
from services.reporting.exemptions.disclosure import Disclosures
from services.reporting.figures.assembly import rate_figure
from services.reporting.figures.rules import Ratio
from services.reporting.reading import plan_for_sets
from services.reporting.reconciliation.queries import Cell, fetch_paths, fetch_series, fetch_totals
from services.reporting.reconciliation.rules import (
    Compared,
    Groups,
    Total,
    beyond_since,
    chosen_in,
    compared,
    first_days,
    speaking_in,
)
from services.reporting.reporters.queries import Reporter, Reporters, fetch_reporters, reporters_by_id
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

OUTCOMES: dict[IndicatorKind, tuple[Outcome, ...]] = {
    IndicatorKind.QUOTA: (Outcome.ACHIEVED, Outcome.EXEMPT, Outcome.DECLINED),
    IndicatorKind.ACTIVITY: (Outcome.ACHIEVED,),
    IndicatorKind.MILESTONE: (Outcome.ACHIEVED,),
    IndicatorKind.FLOW: (Outcome.RECEIVED, Outcome.RESOLVED),
}
"""What sources tell of each kind of indicator that adds up; stocks and places in a table do not."""


class Voice(NamedTuple):
    """Sources that add up, and the group that they are (None: a source in no group)."""

    group: int | None
    sources: frozenset[int]


class Place(NamedTuple):
    """One unit, indicator and outcome."""

    unit: TreeRow
    indicator: IndicatorDefinition
    outcome: Outcome


class _Told(NamedTuple):
    """What is told of one place. `first`: by anchor and group, the first day; `speaking`: by anchor, the group."""

    place: Place
    cell: Cell
    under: list[Total]
    groups: Groups
    first: Mapping[int, Mapping[int, int]]
    speaking: Mapping[int, int]
    voices: list[Voice]
    compared: list[Compared | None]
    chosen: Mapping[int, int]


async def reconciliations(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicators: Sequence[IndicatorDefinition],
    view: View,
    *,
    outcomes: Collection[Outcome] = tuple(Outcome),
) -> list[Reconciliation]:
    """By unit, indicator and outcome, those of which any source tells. The caller may see what sources tell of them.

    Exempt cases are left out where their sum would tell of sensitive reasons (rule 14).
    """
    indicators = [one for one in indicators if one.kind in OUTCOMES]
    if not units or not indicators:
        return []
    await plan_for_sets(connection)
    ids = [one.id for one in units]
    reporters = await fetch_reporters(connection, campaign.definition)
    numbers = [OUTCOME_NO[one] for one in outcomes]
    everything = await fetch_totals(connection, campaign, ids, indicators, numbers, view)
    told = await _told(connection, campaign, units, indicators, reporters, everything)
    tolerance = tolerance_of(campaign)
    since = await _standing(connection, campaign, ids, indicators, told, tolerance, view)
    named = await reporters_by_id(
        connection,
        campaign.definition,
        reporters,
        sorted({total.source_id for one in told for total in one.under}),
    )
    return [_shown(campaign, one, named, tolerance, since) for one in told]


def tolerance_of(campaign: CampaignInSight) -> Fraction | None:
    """The share by which figures may differ; None where the campaign sets none."""
    rule = campaign.definition.commendation
    return None if rule is None else Fraction(rule.tolerance)


async def _told(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicators: Sequence[IndicatorDefinition],
    reporters: Reporters,
    everything: Mapping[Cell, Sequence[Total]],
) -> list[_Told]:
    paths = await fetch_paths(
        connection, campaign, sorted({one.unit_id for totals in everything.values() for one in totals})
    )
    asked = {one.id for one in units}
    under: dict[tuple[Cell, int], list[Total]] = defaultdict(list)
    for cell, totals in everything.items():
        for one in totals:
            for above in asked.intersection(paths[one.unit_id]):
                under[cell, above].append(one)
    groups = {campaign.number_of(one): reporters.groups(one) for one in indicators}
    first = {cell: first_days(totals, groups[cell[0]]) for cell, totals in everything.items()}
    speaking = {cell: speaking_in(days) for cell, days in first.items()}
    disclosed = {one.code: Disclosures(campaign, one) for one in indicators}
    found: list[_Told] = []
    for unit in units:
        for indicator in indicators:
            for outcome in OUTCOMES[indicator.kind]:
                cell = (campaign.number_of(indicator), OUTCOME_NO[outcome])
                totals = under.get((cell, unit.id))
                if totals is None or (
                    outcome is Outcome.EXEMPT and not disclosed[indicator.code].at(unit).tells_exempt
                ):
                    continue
                voices = voices_of({one.source_id for one in totals}, groups[cell[0]])
                chosen = chosen_in(totals, groups[cell[0]], speaking[cell])
                comparisons = [compared(totals, one.sources, chosen) for one in voices]
                place = Place(unit, indicator, outcome)
                found.append(
                    _Told(
                        place, cell, totals, groups[cell[0]], first[cell], speaking[cell], voices, comparisons, chosen
                    )
                )
    return found


def voices_of(source_ids: Iterable[int], groups: Groups) -> list[Voice]:
    """The groups of these sources in order, then those that stand in none."""
    by_group: defaultdict[int, set[int]] = defaultdict(set)
    alone = []
    for source_id in sorted(source_ids):
        if source_id in groups:
            by_group[groups[source_id]].add(source_id)
        else:
            alone.append(Voice(None, frozenset({source_id})))
    return [Voice(group, frozenset(by_group[group])) for group in sorted(by_group)] + alone


_Standing = dict[tuple[int, Cell, frozenset[int]], int | None]
"""By unit, indicator and outcome, and voice: the day since which it has been beyond the tolerance."""


async def _standing(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit_ids: Sequence[int],
    indicators: Sequence[IndicatorDefinition],
    told: Sequence[_Told],
    tolerance: Fraction | None,
    view: View,
) -> _Standing:
    """Only of what is beyond the tolerance now: the rows of all days are read for those places alone."""
    if tolerance is None:
        return {}
    beyond = [
        (one, voice)
        for one in told
        for voice, found in zip(one.voices, one.compared, strict=True)
        if found is not None and found.is_beyond(tolerance)
    ]
    anchors = {(*one.cell, total.anchor_id) for one, _ in beyond for total in one.under}
    series = await fetch_series(connection, campaign, unit_ids, indicators, sorted(anchors), view)
    found: _Standing = {}
    for one, voice in beyond:
        units = {total.unit_id for total in one.under}
        found[one.place.unit.id, one.cell, voice.sources] = beyond_since(
            [rows for unit_id, rows in series[one.cell] if unit_id in units],
            voice.sources,
            groups=one.groups,
            first=one.first,
            tolerance=tolerance,
        )
    return found


def _shown(
    campaign: CampaignInSight,
    one: _Told,
    named: Mapping[int, Reporter],
    tolerance: Fraction | None,
    since: _Standing,
) -> Reconciliation:
    anchors = {total.anchor_id for total in one.under}
    speaking = {anchor: one.speaking[anchor] for anchor in anchors if anchor in one.speaking}
    sources: list[SourceFigure] = []
    for voice, found in zip(one.voices, one.compared, strict=True):
        group_value = sum(total.value for total in one.under if total.source_id in voice.sources)
        standing = since.get((one.place.unit.id, one.cell, voice.sources))
        speaks = voice.group is not None and voice.group in speaking.values()
        for source_id in sorted(voice.sources, key=lambda one: named[one].code):
            own = [total for total in one.under if total.source_id == source_id]
            source = named[source_id]
            sources.append(
                SourceFigure(
                    source=source.code,
                    name=source.name,
                    kind=source.kind,
                    outcome=one.place.outcome,
                    group=voice.group,
                    speaks=speaks,
                    value=sum(total.value for total in own),
                    group_value=group_value,
                    compared_with=None if found is None else found.speaking,
                    difference=None if found is None else found.difference,
                    difference_rate=_rate(campaign, found),
                    beyond_tolerance=None if found is None or tolerance is None else found.is_beyond(tolerance),
                    beyond_since=None if standing is None else day_of(standing),
                    last_day=day_of(max(total.last_day for total in own)),
                    last_received_at=max(total.received_at for total in own),
                )
            )
    return Reconciliation(
        unit=one.place.unit.code,
        level=one.place.unit.level,
        indicator=one.place.indicator.code,
        outcome=OUTCOME_BY_NO[one.cell[1]],
        value=sum(one.chosen.values()) if one.chosen else None,
        speaking=_speaking(one, speaking),
        sources=sources,
    )


def _rate(campaign: CampaignInSight, found: Compared | None) -> RateFigure | None:
    if found is None or not found.speaking:
        return None
    return rate_figure(Ratio(abs(found.difference), found.speaking), campaign.definition.rounding)


def _speaking(one: _Told, speaking: Mapping[int, int]) -> list[SpeakingGroup]:
    anchors: defaultdict[int, list[int]] = defaultdict(list)
    for anchor, group in speaking.items():
        anchors[group].append(anchor)
    return [
        SpeakingGroup(
            group=group,
            sources=list(one.place.indicator.authority[group - 1]),
            units=len(anchors[group]),
            since=day_of(min(one.first[anchor][group] for anchor in anchors[group])),
        )
        for group in sorted(anchors)
    ]
