"""Figures as columns of JSON values: only what is asked for is fetched, reckoned and written.

A figure as a whole is `figures.assembly`; what is not found here is taken from there. A test holds the two together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle
from operator import attrgetter
from typing import Any, get_args

import asyncpg
import msgspec

from services.contracts.definitions import Rounding
from services.contracts.figures import Figure
from services.contracts.rates import printed_rate
from services.contracts.words import IndicatorKind
from services.reporting.exemptions.disclosure import Disclosures
from services.reporting.figures.assembly import (
    BASIS,
    figures_of,
    labels_among,
    ranks_among,
    siblings_of,
)
from services.reporting.figures.coverage import fetch_coverage
from services.reporting.figures.discretion import discreet
from services.reporting.figures.gathering import counts_of
from services.reporting.figures.present import Present, is_present, present_counts
from services.reporting.figures.queries import fetch_marks
from services.reporting.figures.rules import Counts, Ratio, Standing, order_key, ranks_of_keys, standing_of
from services.reporting.figures.subjects import Subject
from services.reporting.graph.questions import invalid
from services.reporting.graph.siblings import siblings_under
from services.reporting.graph.values import Column, plain, written
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_GIVEN = frozenset({"unit", "level", "indicator", "cohort", "target_rate", "as_of", "known_at"})
_RATES = tuple(
    f"{rate}.{part}" for rate in ("rate", "adjusted_rate") for part in ("numerator", "denominator", "printed")
)
_COUNTED = frozenset(
    {"quota", "quota_basis", "baseline", "achieved", "exempt", "declined", "outstanding", "reached", *_RATES}
)
_UNUSUAL = frozenset({IndicatorKind.MILESTONE, IndicatorKind.RANK})
"""Kinds whose coverage and marks are not those of sums."""
_RANKED = frozenset({"rank", "ranked_of"})
_MARKED = frozenset({"labels", "last_day", "last_received_at"})
_COVERED = frozenset({"coverage.reported", "coverage.expected"})
_FAST = _GIVEN | _COUNTED | _RANKED | _MARKED | _COVERED

_PACED = frozenset(
    f"pace.{part}"
    for part in ("expected", "difference", "forecast", "needed_per_day.numerator", "needed_per_day.denominator")
)
NUMBERS = (_COUNTED | _PACED | {"count"}) - {"quota_basis", "reached", "rate.printed", "adjusted_rate.printed"}
"""Columns of counts and of what is reckoned from them: what the graph shows as `BigInt`."""

Columns = dict[str, Column]


def _names(shape: type[msgspec.Struct], before: str = "") -> Iterator[str]:
    for one in msgspec.structs.fields(shape):
        if one.default is msgspec.UNSET:  # not every figure has it, so that it is no column
            continue
        parts = [part for part in (one.type, *get_args(one.type)) if isinstance(part, type)]
        inner = next((part for part in parts if issubclass(part, msgspec.Struct)), None)
        if inner is None:
            yield before + one.name
        else:
            yield from _names(inner, f"{before}{one.name}.")


ALL = frozenset(_names(Figure))
"""Every column that there is."""


async def figure_columns(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    asked: Iterable[str],
) -> Columns:
    """By name the columns asked for, unit by unit, each in the order of the subjects.

    The caller may see the figures of all these units, each of which is there once.
    Raises: InvalidInput (there is no such column).
    """
    wanted = frozenset(asked)
    if unknown := wanted - ALL:
        raise invalid(["steps"], "column_unknown", f"Figures have no column {min(unknown)[:40]}.")
    if not units or not subjects:
        return {name: [] for name in wanted}
    kinds = {one.indicator.kind for one in subjects}
    if not wanted <= _FAST or view.known_at is not None or kinds & _UNUSUAL:
        figures = await figures_of(connection, campaign, units, subjects, view)
        return {name: written(map(_reader(name), figures)) for name in wanted}
    found = _given(units, subjects, view)
    if wanted & (_COUNTED | _RANKED):
        plainly = _is_alike(campaign) and not any(one.aim.is_ratio for one in subjects)
        quick = plainly and await is_present(connection, campaign, subjects, view)
        found |= await (_counted_at_present if quick else _counted)(connection, campaign, units, subjects, view, wanted)
    if wanted & (_MARKED | _COVERED):
        found |= await _marked(connection, campaign, units, subjects, view, wanted)
    return {name: found[name] for name in wanted}


def _given(units: Sequence[TreeRow], subjects: Sequence[Subject], view: View) -> Columns:
    width, times = len(subjects), len(units)
    return {
        "unit": [text for text in written(one.code for one in units) for _ in range(width)],
        "level": [text for text in written(str(one.level) for one in units) for _ in range(width)],
        "indicator": written(one.indicator.code for one in subjects) * times,
        "cohort": written(one.cohort_code for one in subjects) * times,
        "target_rate": written(one.target_rate for one in subjects) * times,
        "as_of": written([view.as_of]) * (width * times),
        "known_at": written([view.known_at]) * (width * times),
    }


def _is_alike(campaign: CampaignInSight) -> bool:
    """Whether the caller sees everything, and may know as much of each unit as of any other."""
    return campaign.sight.everything and (campaign.sensitive.everything or campaign.sensitive.is_blind)


async def _counted_at_present(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    wanted: frozenset[str],
) -> Columns:
    """As `_counted`, subject by subject and without an object per figure: a level of 700 units costs a third."""
    width, times = len(subjects), len(units)
    everybody: list[tuple[int, int, int | None, str]] = [
        (one.tenant, one.id, one.parent_id, one.level) for one in units
    ]
    if wanted & _RANKED:
        asked = {unit.id for unit in units}
        groups = {(unit.parent_id, unit.level) for unit in units if unit.parent_id is not None}
        family = await siblings_under(connection, campaign, list({parent for parent, _ in groups}))
        everybody += [(*one,) for one in family if one.id not in asked and (one.parent_id, one.level) in groups]
    keys = [(tenant, unit_id) for tenant, unit_id, _, _ in everybody]
    present = await present_counts(connection, campaign, keys, subjects, view)
    families = _families(everybody, times) if wanted & _RANKED else []
    by_subject = [
        _of_subject(campaign, subject, Present(*(column[place::width] for column in present)), families, times, wanted)
        for place, subject in enumerate(subjects)
    ]
    return {name: _woven([one[name] for one in by_subject]) for name in by_subject[0]}


def _families(everybody: Sequence[tuple[int, int, int | None, str]], times: int) -> list[list[int]]:
    """Positions of units that are ranked among each other, where one of the first `times` is among them."""
    groups: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for position, (_, _, parent_id, level) in enumerate(everybody):
        if parent_id is not None:
            groups[parent_id, level].append(position)
    return [one for one in groups.values() if one[0] < times]


def _of_subject(
    campaign: CampaignInSight,
    subject: Subject,
    counts: Present,
    families: Sequence[Sequence[int]],
    times: int,
    wanted: frozenset[str],
) -> Columns:
    """The columns of one subject, of the first `times` units."""
    disclosure = Disclosures(campaign, subject.indicator).everywhere(told=campaign.sensitive.everything)
    achieved = counts.added
    if subject.aim.counts_baseline:
        pairs = zip(counts.added, counts.baseline, strict=True)
        achieved = [None if added is None else added + (baseline or 0) for added, baseline in pairs]
    rated = zip(achieved, counts.quota, strict=True)
    above = [one if quota else None for one, quota in rated]
    below = [quota if one is not None else None for one, quota in zip(above, counts.quota, strict=True)]
    pairs = list(zip(above, below, strict=True))
    found: Columns = {}
    if wanted & _RANKED:
        keys = [None if one is None or quota is None else order_key(one, quota) for one, quota in pairs]
        ranks: list[int | None] = [None] * len(keys)
        ranked_of: list[int | None] = [None] * len(keys)
        for family in families:
            placed, of = ranks_of_keys([keys[one] for one in family])
            for one, rank in zip(family, placed, strict=True):
                ranks[one], ranked_of[one] = rank, of
        found["rank"], found["ranked_of"] = plain(ranks[:times]), plain(ranked_of[:times])
    simple = wanted & {
        "quota",
        "baseline",
        "achieved",
        "quota_basis",
        "rate.numerator",
        "rate.denominator",
        "rate.printed",
    }
    if not wanted <= simple | _RANKED | _GIVEN | _MARKED | _COVERED:
        rows = zip(
            counts.quota, counts.baseline, counts.added, counts.exempt, counts.leaving, counts.declined, strict=True
        )
        whole = [Counts(*row[:4], row[4] or 0, row[5]) for _, row in zip(range(times), rows, strict=False)]
        shown = [discreet(one, standing_of(one, subject.aim), subject, disclosure) for one in whole]
        for name in ("exempt", "declined"):
            found[name] = plain([getattr(one, name) for one, _ in shown])
        for name in ("outstanding", "reached"):
            found[name] = plain([getattr(one, name) for _, one in shown])
        adjusted = [one.adjusted_rate for _, one in shown]
        found |= _rate_columns("adjusted_rate", adjusted, campaign.definition.rounding, wanted)
    found["quota"], found["baseline"] = plain(counts.quota[:times]), plain(counts.baseline[:times])
    found["achieved"] = plain(achieved[:times])
    found["quota_basis"] = [_BASIS_TEXTS[one] for one in counts.basis[:times]]
    found["rate.numerator"], found["rate.denominator"] = plain(above[:times]), plain(below[:times])
    if "rate.printed" in wanted:
        found["rate.printed"] = _printed(pairs[:times], campaign.definition.rounding)
    return found


_BASIS_TEXTS = {key: "null" if word is None else f'"{word}"' for key, word in BASIS.items()}


def _woven(columns: Sequence[Column]) -> Column:
    """Unit by unit, each in the order of the subjects."""
    if len(columns) == 1:
        return columns[0]
    return [text for row in zip(*columns, strict=True) for text in row]


async def _counted(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    wanted: frozenset[str],
) -> Columns:
    is_ranked = bool(wanted & _RANKED)
    everybody = [*units, *(await siblings_of(connection, campaign, units) if is_ranked else ())]
    columns = await counts_of(connection, campaign, everybody, subjects, view)
    standings = [
        standing_of(counts, subject.aim) for counts, subject in zip(columns.counts, cycle(subjects), strict=False)
    ]
    found: Columns = {}
    size = len(units) * len(subjects)
    if is_ranked:
        ranks = ranks_among(campaign, everybody, [one.rate for one in standings], len(subjects))[:size]
        found["rank"] = plain([rank for rank, _ in ranks])
        found["ranked_of"] = plain([ranked_of for _, ranked_of in ranks])
    counts, standings = _discreet(campaign, units, subjects, columns.counts[:size], standings[:size])
    for name in wanted & {"quota", "baseline", "exempt", "declined"}:
        found[name] = plain([getattr(one, name) for one in counts])
    for name in wanted & {"achieved", "outstanding", "reached"}:
        found[name] = plain([getattr(one, name) for one in standings])
    if "quota_basis" in wanted:
        found["quota_basis"] = written(BASIS[one] for one in columns.basis[:size])
    for name in ("rate", "adjusted_rate"):
        if any(column.startswith(f"{name}.") for column in wanted):
            rates: list[Ratio | None] = [getattr(one, name) for one in standings]
            found |= _rate_columns(name, rates, campaign.definition.rounding, wanted)
    return found


def _discreet(
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    counts: Sequence[Counts],
    standings: Sequence[Standing],
) -> tuple[list[Counts], list[Standing]]:
    """Without what would tell of sensitive reasons, as in a figure as a whole."""
    disclosures = [Disclosures(campaign, one.indicator) for one in subjects]
    asked = [
        (subject, disclosure.at(unit))
        for unit in units
        for subject, disclosure in zip(subjects, disclosures, strict=True)
    ]
    shown = [discreet(count, standing, *one) for count, standing, one in zip(counts, standings, asked, strict=True)]
    return [one for one, _ in shown], [one for _, one in shown]


async def _marked(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    subjects: Sequence[Subject],
    view: View,
    wanted: frozenset[str],
) -> Columns:
    """What cohorts share with their indicator."""
    indicators = list({one.number: one.indicator for one in subjects}.values())
    numbers = [campaign.number_of(one) for one in indicators]
    mark_of = [numbers.index(one.number) for one in subjects]
    places = [(position, mark) for position in range(len(units)) for mark in mark_of]
    found: Columns = {}
    if wanted & _MARKED:
        keys = [(unit.tenant, unit.id) for unit in units]
        marks = await fetch_marks(connection, campaign, keys, numbers, view)
        order = [position * len(numbers) + mark for position, mark in places]
        labels = labels_among(campaign, marks.labels)
        found["labels"] = written(labels[one] for one in order)
        found["last_day"] = written(marks.last_day[one] for one in order)
        found["last_received_at"] = written(marks.received_at[one] for one in order)
    if wanted & _COVERED:
        pairs = [(number, one.reconciliation_level) for number, one in zip(numbers, indicators, strict=True)]
        coverage = await fetch_coverage(connection, campaign, [unit.id for unit in units], pairs, view)
        both = [coverage.get(place, (0, 0)) for place in places]
        found["coverage.expected"] = plain([expected for expected, _ in both])
        found["coverage.reported"] = plain([reported for _, reported in both])
    return found


def _rate_columns(name: str, rates: Sequence[Ratio | None], rounding: Rounding, wanted: frozenset[str]) -> Columns:
    found = {
        f"{name}.numerator": plain([None if one is None else one.numerator for one in rates]),
        f"{name}.denominator": plain([None if one is None else one.denominator for one in rates]),
    }
    if f"{name}.printed" in wanted:
        found[f"{name}.printed"] = _printed([one or (None, None) for one in rates], rounding)
    return found


def _printed(rates: Iterable[tuple[int | None, int | None]], rounding: Rounding) -> Column:
    decimals, mode = rounding.decimals, rounding.mode
    return [
        "null"
        if numerator is None or denominator is None
        else f'"{printed_rate(numerator, denominator, decimals=decimals, mode=mode)}"'
        for numerator, denominator in rates
    ]


def _reader(name: str) -> Callable[[Any], Any]:
    """Reads a field of a figure, of a part of it where the name has a dot; None where there is no such part."""
    outer, _, inner = name.partition(".")
    if not inner:
        return attrgetter(outer)
    read = _reader(inner)

    def read_part(figure: Any) -> Any:
        part = getattr(figure, outer)
        return None if part is None else read(part)

    return read_part
