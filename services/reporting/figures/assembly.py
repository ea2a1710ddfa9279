"""Figures put together: counts, ranks among siblings, coverage and marks of units × indicators as of a day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import cycle

import asyncpg

from services.contracts.definitions import IndicatorDefinition, Rounding
from services.contracts.figures import CoverageFigure, Figure, NeededPerDay, PaceFigure, RateFigure
from services.contracts.rates import printed_rate
from services.contracts.words import IndicatorKind, QuotaBasis
from services.reporting.figures.coverage import fetch_coverage
from services.reporting.figures.queries import (
    LABEL_BREAK,
    REASON_SPAN,
    CountColumns,
    children_of,
    fetch_counts,
    fetch_marks,
)
from services.reporting.figures.rules import Aim, Counts, Ratio, Standing, aim_of, ranks_of, standing_of
from services.reporting.pace.calendar import Calendar, calendar_of
from services.reporting.pace.rules import Pace, band_of, pace_of
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_BASIS = {None: None, 1: QuotaBasis.RECEIVED, 2: QuotaBasis.DERIVED}
_NOTHING_EXPECTED = CoverageFigure(reported=0, expected=0)

Rank = tuple[int | None, int | None]


def rate_figure(rate: Ratio | None, rounding: Rounding) -> RateFigure | None:
    """The rate with its printed form, by the campaign's policy."""
    if rate is None:
        return None
    numerator, denominator = rate
    printed = printed_rate(numerator, denominator, decimals=rounding.decimals, mode=rounding.mode)
    return RateFigure(numerator, denominator, printed)


def pace_at(counts: Counts, standing: Standing, aim: Aim, calendar: Calendar, day: date) -> Pace | None:
    """The pace of what is counted so, as of the day (rule 10)."""
    return pace_of(
        quota=counts.quota,
        baseline=(counts.baseline or 0) if aim.counts_baseline else 0,
        achieved=standing.achieved,
        outstanding=standing.outstanding,
        recent=counts.recent,
        target=aim.target,
        calendar=calendar,
        day=day,
    )


def pace_figure(pace: Pace | None) -> PaceFigure | None:
    """The pace as it is shown."""
    if pace is None:
        return None
    needed = None if pace.needed_per_day is None else NeededPerDay(*pace.needed_per_day)
    return PaceFigure(pace.expected, pace.difference, needed, pace.forecast, pace.forecast_reached, pace.days_left)


def leaving_reasons(campaign: CampaignInSight, indicators: Sequence[IndicatorDefinition]) -> list[int]:
    """Which exempt reasons leave the denominator of which indicator; all reasons where an indicator names none."""
    numbers = campaign.definition.numbers
    found = []
    for indicator in indicators:
        named = indicator.reasons_leaving_denominator
        reasons = [one.code for one in indicator.reasons] if named is None else named
        found += [numbers.indicators[indicator.code] * REASON_SPAN + numbers.reasons[code] for code in reasons]
    return found


async def counts_of(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicators: Sequence[IndicatorDefinition],
    view: View,
    *,
    windows: Sequence[date | None] | None = None,
) -> CountColumns:
    """Counts, unit by unit, each in the order of the indicators; `windows` as `fetch_counts` takes them."""
    return await fetch_counts(
        connection,
        campaign,
        [(unit.tenant, unit.id) for unit in units],
        [campaign.number_of(one) for one in indicators],
        view,
        leaving=leaving_reasons(campaign, indicators),
        windows=[None] * len(indicators) if windows is None else windows,
    )


def _ranks(
    campaign: CampaignInSight, units: Sequence[TreeRow], rates: Sequence[Ratio | None], width: int
) -> list[Rank]:
    """Rank and number of ranked among siblings of one level, one per rate; none where not all siblings are seen.

    `units` holds all siblings of each of its units; `rates` one rate per unit × indicator, `width` indicators a unit.
    """
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for position, unit in enumerate(units):
        if unit.parent_id is not None:
            groups[unit.parent_id, unit.level].append(position)
    found: list[Rank] = [(None, None)] * len(rates)
    for positions in groups.values():
        parent = units[positions[0]].path[:-1]
        if not campaign.sight.sees_all([units[one].id for one in positions], under=parent):
            continue
        for place in range(width):
            compared = [position * width + place for position in positions]
            ranks, ranked_of = ranks_of([rates[one] for one in compared])
            for one, rank in zip(compared, ranks, strict=True):
                found[one] = (rank, ranked_of)
    return found


def _labels(campaign: CampaignInSight, carried: Iterable[str | None]) -> list[list[str]]:
    """The labels of the campaign and those that rows carry, sorted."""
    own = set(campaign.definition.labels)
    known: dict[str | None, list[str]] = {}
    found = []
    for joined in carried:
        if joined not in known:
            known[joined] = sorted(own.union(joined.split(LABEL_BREAK) if joined else ()))
        found.append(known[joined])
    return found


async def figures_of(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicators: Sequence[IndicatorDefinition],
    view: View,
) -> list[Figure]:
    """One figure per unit and indicator, in the order given. The caller may see the figures of all these units."""
    if not units or not indicators:
        return []
    width = len(indicators)
    asked = {unit.id for unit in units}
    parents = list({unit.parent_id for unit in units if unit.parent_id is not None})
    groups = {(unit.parent_id, unit.level) for unit in units}
    family = await children_of(connection, campaign, parents) if parents else []
    siblings = [one for one in family if one.id not in asked and (one.parent_id, one.level) in groups]
    everybody = [*units, *siblings]

    calendars = [calendar_of(campaign.definition, one.code) for one in indicators]
    windows = [one.window(view.as_of) for one in calendars]
    columns = await counts_of(
        connection, campaign, everybody, indicators, view, windows=[one and one[0] for one in windows]
    )
    keys, numbers = [(unit.tenant, unit.id) for unit in units], [campaign.number_of(one) for one in indicators]
    marks = await fetch_marks(connection, campaign, keys, numbers, view)
    coverage = await fetch_coverage(
        connection,
        campaign,
        [unit.id for unit in units],
        [(number, one.reconciliation_level) for number, one in zip(numbers, indicators, strict=True)],
        view,
    )
    aims = [aim_of(one) for one in indicators]
    standings = [standing_of(*one) for one in zip(columns.counts, cycle(aims), strict=False)]
    ranks = _ranks(campaign, everybody, [one.rate for one in standings], width)
    rounding = campaign.definition.rounding
    labels = _labels(campaign, marks.labels)
    found = []
    for position, unit in enumerate(units):
        for place, indicator in enumerate(indicators):
            one = position * width + place
            counts, standing = columns.counts[one], standings[one]
            rate = rate_figure(standing.rate, rounding)
            same = standing.adjusted_rate is standing.rate
            rank, ranked_of = ranks[one]
            pace = pace_at(counts, standing, aims[place], calendars[place], view.as_of)
            expected, reported = coverage.get((position, place), (0, 0))
            found.append(
                Figure(
                    unit=unit.code,
                    level=unit.level,
                    indicator=indicator.code,
                    cohort=None,
                    quota=counts.quota,
                    quota_basis=_BASIS[columns.basis[one]],
                    baseline=counts.baseline,
                    achieved=standing.achieved,
                    exempt=counts.exempt,
                    declined=counts.declined,
                    outstanding=standing.outstanding,
                    rate=rate,
                    adjusted_rate=rate if same else rate_figure(standing.adjusted_rate, rounding),
                    target_rate=indicator.target_rate if indicator.kind is IndicatorKind.QUOTA else None,
                    reached=standing.reached,
                    rank=rank,
                    ranked_of=ranked_of,
                    band=band_of(quota=counts.quota, achieved=standing.achieved, reached=standing.reached, pace=pace),
                    pace=pace_figure(pace),
                    coverage=CoverageFigure(reported, expected) if expected else _NOTHING_EXPECTED,
                    labels=labels[one],
                    last_day=marks.last_day[one],
                    last_received_at=marks.received_at[one],
                    as_of=view.as_of,
                    known_at=view.known_at,
                )
            )
    return found
