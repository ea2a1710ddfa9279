"""One figure, taken apart."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from services.contracts.events import day_of
from services.contracts.explanation import ExplainedBatch, ExplainedLine, ExplainedPart, ExplainedSource
from services.contracts.words import OUTCOME_NO, Explained, Outcome, PartKind, QuotaBasis
from services.reporting.exemptions.disclosure import Disclosures
from services.reporting.explain.queries import Brought, fetch_batches, fetch_lines, fetch_tellings
from services.reporting.explain.rules import Telling, counts, shares_of, speaking_since
from services.reporting.figures.gathering import counts_of
from services.reporting.figures.queries import CountColumns, children_of
from services.reporting.figures.rules import Counts
from services.reporting.figures.subjects import Subject
from services.reporting.reconciliation.queries import fetch_paths
from services.reporting.reporters.queries import fetch_reporters, reporters_by_id
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

OUTCOMES = {
    Explained.ACHIEVED: Outcome.ACHIEVED,
    Explained.EXEMPT: Outcome.EXEMPT,
    Explained.DECLINED: Outcome.DECLINED,
}
_BASIS = {None: None, 1: QuotaBasis.RECEIVED, 2: QuotaBasis.DERIVED}


class Apart(NamedTuple):
    """A figure and what it comes from; `brought` None: the caller sees figures here and not the ledger, or
    not which reasons cases are exempt for."""

    value: int | None
    withheld: bool
    basis: QuotaBasis | None
    parts: list[ExplainedPart]
    sources: list[ExplainedSource] | None
    brought: list[Brought] | None
    lines: list[ExplainedLine]
    source_codes: dict[int, str]


async def taken_apart(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    unit: TreeRow,
    subject: Subject,
    what: Explained,
    view: View,
) -> Apart:
    """The figure of a unit whose figures the caller may see."""
    disclosure = Disclosures(campaign, subject.indicator).at(unit)
    if what is Explained.EXEMPT and not disclosure.tells_exempt:
        return Apart(None, True, None, [], None, None, [], {})
    children = sorted(await children_of(connection, campaign, [unit.id]), key=lambda one: one.code)
    columns = await counts_of(connection, campaign, [unit, *children], [subject], view)
    lines = await _lines(connection, campaign, unit, subject, view)
    if what is Explained.QUOTA:
        return _quota(columns, children, lines)
    values = [_value(one, what) for one in columns.counts]
    parts = [_part(PartKind.CHILD, child, value) for child, value in zip(children, values[1:], strict=True)]
    outcome_no = OUTCOME_NO[OUTCOMES[what]]
    tellings = await fetch_tellings(connection, campaign, unit, subject, outcome_no, view)
    reporters = await fetch_reporters(connection, campaign.definition)
    groups = reporters.groups(subject.indicator)
    speaking = speaking_since(tellings, groups)
    own = [one.value for one in tellings if one.unit_id == unit.id and one.value is not None]
    if own:
        counted = [
            one.value
            for one in tellings
            if one.unit_id == unit.id and one.value is not None and counts(one, groups, speaking)
        ]
        parts.append(_part(PartKind.OWN, unit, sum(counted) if counted else None))
    value = values[0]
    if what is Explained.ACHIEVED and subject.aim.counts_baseline and value is not None:
        baseline = columns.counts[0].baseline or 0
        parts.append(_part(PartKind.BASELINE, unit, baseline))
        value += baseline
    if not campaign.sight.own.sees(unit.path):
        return Apart(value, False, None, parts, None, None, _relevant(lines, parts), {})
    under = await _under(connection, campaign, unit, tellings)
    shares = shares_of(under, groups, speaking)
    named = await reporters_by_id(connection, campaign.definition, reporters, sorted(shares))
    anchors = {(one.anchor_id, one.source_id) for one in under if counts(one, groups, speaking)}
    # What rows a batch brought, and which of them were replaced, tells how many reasons they are of (ADR 0011).
    brought = None
    if what is not Explained.EXEMPT or disclosure.is_full:
        brought = await fetch_batches(connection, campaign, unit, subject, outcome_no, view, sorted(anchors))
    sources = [
        ExplainedSource(
            source=named[source_id].code,
            name=named[source_id].name,
            kind=named[source_id].kind,
            group=groups.get(source_id),
            value=share.value,
            counted=share.counted,
            not_counted=share.not_counted,
            since=None if share.since is None else day_of(share.since),
        )
        for source_id, share in shares.items()
    ]
    sources.sort(key=lambda one: (one.group is None, one.group or 0, one.source))
    codes = {source_id: one.code for source_id, one in named.items()}
    return Apart(value, False, None, parts, sources, brought, _relevant(lines, parts), codes)


def shown_batches(found: Apart, page: Sequence[Brought]) -> list[ExplainedBatch]:
    """These batches as they are shown."""
    return [
        ExplainedBatch(
            batch=one.id,
            source=found.source_codes[one.source_id],
            received_at=one.received_at,
            labels=sorted(one.labels),
            amends=one.amends,
            rows=one.rows,
            value=one.value,
        )
        for one in page
    ]


def _value(one: Counts, what: Explained) -> int | None:
    match what:
        case Explained.ACHIEVED:
            return one.added
        case Explained.EXEMPT:
            return one.exempt
        case Explained.DECLINED:
            return one.declined
        case Explained.QUOTA:
            return one.quota


def _part(kind: PartKind, unit: TreeRow, value: int | None) -> ExplainedPart:
    return ExplainedPart(kind, unit.code, unit.level, unit.name, value)


def _quota(columns: CountColumns, children: Sequence[TreeRow], lines: list[ExplainedLine]) -> Apart:
    """What was received is what the lines say; what is derived is what the children have."""
    basis = _BASIS[columns.basis[0]]
    value = columns.counts[0].quota
    parts: list[ExplainedPart] = []
    if basis is QuotaBasis.DERIVED:
        below = [one.quota for one in columns.counts[1:]]
        parts = [_part(PartKind.CHILD, child, quota) for child, quota in zip(children, below, strict=True)]
    return Apart(value, False, basis if value is not None else None, parts, None, None, lines, {})


def _relevant(lines: list[ExplainedLine], parts: Sequence[ExplainedPart]) -> list[ExplainedLine]:
    """Lines explain counts only where a baseline is part of them."""
    return lines if any(one.kind is PartKind.BASELINE for one in parts) else []


async def _lines(
    connection: asyncpg.Connection, campaign: CampaignInSight, unit: TreeRow, subject: Subject, view: View
) -> list[ExplainedLine]:
    codes = {number: code for code, number in campaign.definition.numbers.cohorts.items()}
    return [
        ExplainedLine(
            plan=one.plan_id,
            number=one.number,
            date=one.day,
            revision=one.revision,
            issued_at=one.issued_at,
            from_unit=one.from_unit,
            cohort=codes.get(one.cohort_no),
            amount=one.amount,
            baseline=one.baseline,
        )
        for one in await fetch_lines(connection, campaign, unit, subject, view)
    ]


async def _under(
    connection: asyncpg.Connection, campaign: CampaignInSight, unit: TreeRow, tellings: Sequence[Telling]
) -> list[Telling]:
    paths = await fetch_paths(connection, campaign, sorted({one.unit_id for one in tellings}))
    return [one for one in tellings if unit.id in paths[one.unit_id]]
