"""Figures put together: counts, ranks among siblings, coverage and marks of units × subjects."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import cycle

import asyncpg
from msgspec import UNSET

from services.contracts.definitions import Rounding
from services.contracts.figures import CoverageFigure, Figure, NeededPerDay, PaceFigure, RateFigure
from services.contracts.rates import printed_rate
from services.contracts.words import Band, QuotaBasis
from services.reporting.exemptions.disclosure import Disclosures
from services.reporting.figures.discretion import discreet, hides_reached
from services.reporting.figures.gathering import Gathered, gather
from services.reporting.figures.queries import LABEL_BREAK, children_of
from services.reporting.figures.rules import Aim, Counts, Ratio, Standing, ranks_of, standing_of
from services.reporting.figures.subjects import Subject
from services.reporting.pace.calendar import Calendar, calendar_of
from services.reporting.pace.rules import Pace, band_of, pace_of
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

BASIS = {None: None, 1: QuotaBasis.RECEIVED, 2: QuotaBasis.DERIVED}
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


def ranks_among(
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


def labels_among(campaign: CampaignInSight, carried: Iterable[str | None]) -> list[list[str]]:
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
    subjects: Sequence[Subject],
    view: View,
) -> list[Figure]:
    """One figure per unit and subject, in the order given. The caller may see the figures of all these units.

    Coverage, labels and the marks of rows are those of the whole indicator, under each of its cohorts too.
    """
    if not units or not subjects:
        return []
    others = await siblings_of(connection, campaign, units)
    windows = windows_of(campaign, subjects, view)
    gathered = await gather(connection, campaign, units, others, subjects, view, windows=windows)
    return put_together(campaign, units, others, subjects, view, gathered)


def windows_of(campaign: CampaignInSight, subjects: Sequence[Subject], view: View) -> list[date | None]:
    """By subject, the first day that a forecast looks back to; None before any day has elapsed."""
    windows = [calendar_of(campaign.definition, one.indicator.code).window(view.as_of) for one in subjects]
    return [None if one is None else one[0] for one in windows]


def put_together(
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    others: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    gathered: Gathered,
) -> list[Figure]:
    """The figures of the units, ranked among themselves and the others, of what was gathered of both."""
    calendars = [calendar_of(campaign.definition, one.indicator.code) for one in subjects]
    columns, marks = gathered.columns, gathered.marks
    standings = [
        standing_of(counts, subject.aim) for counts, subject in zip(columns.counts, cycle(subjects), strict=False)
    ]
    ranks = ranks_among(campaign, [*units, *others], [one.rate for one in standings], len(subjects))
    rounding = campaign.definition.rounding
    labels = labels_among(campaign, marks.labels)
    mark_of = [gathered.numbers.index(one.number) for one in subjects]
    disclosures = [Disclosures(campaign, one.indicator) for one in subjects]
    found = []
    for position, unit in enumerate(units):
        for place, subject in enumerate(subjects):
            one = position * len(subjects) + place
            mark = position * len(gathered.numbers) + mark_of[place]
            counts, standing = columns.counts[one], standings[one]
            disclosure = disclosures[place].at(unit)
            counts, standing = discreet(counts, standing, subject, disclosure)
            rate = rate_figure(standing.rate, rounding)
            same = standing.adjusted_rate is standing.rate
            pace = pace_at(counts, standing, subject.aim, calendars[place], view.as_of)
            rank, ranked_of = ranks[one]
            band = band_of(quota=counts.quota, achieved=standing.achieved, reached=standing.reached, pace=pace)
            expected, reported = gathered.coverage.get((position, mark_of[place]), (0, 0))
            found.append(
                Figure(
                    unit=unit.code,
                    level=unit.level,
                    indicator=subject.indicator.code,
                    cohort=subject.cohort_code,
                    quota=counts.quota,
                    quota_basis=BASIS[columns.basis[one]],
                    baseline=counts.baseline,
                    achieved=standing.achieved,
                    exempt=counts.exempt,
                    declined=counts.declined,
                    outstanding=standing.outstanding,
                    rate=rate,
                    adjusted_rate=rate if same else rate_figure(standing.adjusted_rate, rounding),
                    target_rate=subject.target_rate,
                    reached=standing.reached,
                    rank=rank,
                    ranked_of=ranked_of,
                    band=Band.UNKNOWN if hides_reached(subject, disclosure) else band,
                    pace=pace_figure(pace),
                    coverage=CoverageFigure(reported, expected) if expected else _NOTHING_EXPECTED,
                    labels=labels[mark],
                    last_day=marks.last_day[mark],
                    last_received_at=marks.received_at[mark],
                    as_of=view.as_of,
                    known_at=view.known_at,
                    hedge="about" if (unit.id, subject.number, subject.cohort_no) in gathered.hedged else UNSET,
                )
            )
    return found


async def siblings_of(
    connection: asyncpg.Connection, campaign: CampaignInSight, units: Sequence[TreeRow]
) -> list[TreeRow]:
    """The units that these are ranked among and that are not among them."""
    asked = {unit.id for unit in units}
    groups = {(unit.parent_id, unit.level) for unit in units}
    parents = list({unit.parent_id for unit in units if unit.parent_id is not None})
    family = await children_of(connection, campaign, parents) if parents else []
    return [one for one in family if one.id not in asked and (one.parent_id, one.level) in groups]
