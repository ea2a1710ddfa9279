"""What a campaign, a unit, a plan and a source are, as their owner publishes them to the other services.

Indicators, cohorts and reasons bear small numbers (`numbers`) that never change within a campaign;
tables store the numbers. 0 stands for "no cohort" and "no reason".
"""

import uuid
from datetime import date, datetime

import msgspec

from services.contracts.words import FedBy, IndicatorKind, Level, RoundingMode, SourceKind, TargetOn

Names = dict[str, str]
"""Names by language (`vi`, `en`), in Unicode NFC."""


class Document(msgspec.Struct, frozen=True):
    """An official document: its number and its date."""

    number: str
    date: date


class UnitDefinition(msgspec.Struct, frozen=True):
    """One unit in one period of validity (both days inclusive, None: without end).

    The same code in another period is another unit. The parent on a day is whoever bears `parent_code` then.
    """

    id: int
    code: str
    level: Level
    kind: str
    parent_code: str | None
    name: str
    valid_from: date | None
    valid_to: date | None
    revision: int

    def is_valid_on(self, day: date) -> bool:
        """Whether the unit exists on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class SuccessionEdge(msgspec.Struct, frozen=True, array_like=True):
    """What became of a unit on a day, one per successor (None: abolished without one). Edges never change.

    `weight` of `weights_total` shares of the predecessor went to this successor; None: no weight was stated, so that
    nothing is shared out (rule 15). `relation`: merge, split, part, rename, abolish or move.
    """

    id: int
    day: date
    relation: str
    predecessor_id: int
    successor_id: int | None
    weight: int | None
    weights_total: int | None
    is_main: bool


class Rounding(msgspec.Struct, frozen=True):
    """How a campaign prints rates."""

    decimals: int = 2
    mode: RoundingMode = RoundingMode.HALF_UP


class ReasonDefinition(msgspec.Struct, frozen=True):
    """Why a case is exempt."""

    code: str
    name: Names
    sensitive: bool = False


class CohortDefinition(msgspec.Struct, frozen=True):
    """A disjoint part of an indicator with a quota of its own. `target_rate` is an exact decimal text."""

    code: str
    name: Names
    target_rate: str
    target_on: TargetOn
    reasons_leaving_denominator: tuple[str, ...] | None = None


class IndicatorDefinition(msgspec.Struct, frozen=True):
    """What is counted. `target_rate` is an exact decimal text; `authority` holds source codes, first group first.

    `of`: what a ratio is taken of, the indicator below the line; the ratio's own counts stand above it.

    `fed_by` the cascade: a milestone that nobody reports; of the units of its reconciliation level it counts those that
    have a plan of their own in force.
    """

    code: str
    kind: IndicatorKind
    name: Names
    measure: str
    target_rate: str
    target_on: TargetOn
    counts_baseline: bool
    reconciliation_level: Level
    authority: tuple[tuple[str, ...], ...]
    cohorts: tuple[CohortDefinition, ...] = ()
    reasons: tuple[ReasonDefinition, ...] = ()
    reasons_leaving_denominator: tuple[str, ...] | None = None
    of: str | None = None
    fed_by: FedBy | None = None

    @property
    def follows(self) -> str | None:
        """What it follows from, of an indicator that nobody reports."""
        if self.fed_by is FedBy.CASCADE:
            return "the plans that units issue"
        return None


class PauseDefinition(msgspec.Struct, frozen=True):
    """Days (both inclusive) on which the named indicators, all where none is named, cannot progress."""

    first_day: date
    last_day: date
    indicators: tuple[str, ...] = ()
    reason: str = ""


class ComplianceDefinition(msgspec.Struct, frozen=True):
    """When reports are due: by the hour, in the campaign's zone, so many days after their day."""

    level: Level
    due_hour: int
    due_days_after: int = 0
    final_report_due: date | None = None


class CommendationDefinition(msgspec.Struct, frozen=True):
    """What decides who may be commended; shares, tolerance as exact decimal texts."""

    level: Level
    minimum_on_time_share: str
    tolerance: str
    weights: dict[str, int]


class Numbers(msgspec.Struct, frozen=True):
    """The numbers (from 1) under which tables know a campaign's codes."""

    indicators: dict[str, int]
    cohorts: dict[str, int]
    reasons: dict[str, int]


class CampaignDefinition(msgspec.Struct, frozen=True):
    """A campaign as quota publishes it. `unit` is the top unit's code on the hierarchy day, `unit_id` its id.

    `closed`: the document that closed it, since when its definition and plans stay as they are; None while it is open.
    """

    id: int
    code: str
    name: Names
    unit: str
    unit_id: int
    first_day: date
    last_day: date
    time_zone: str
    hierarchy_day: date
    rounding: Rounding
    indicators: tuple[IndicatorDefinition, ...]
    numbers: Numbers
    revision: int
    decision: Document | None = None
    allow_stretch: bool = False
    pauses: tuple[PauseDefinition, ...] = ()
    compliance: ComplianceDefinition | None = None
    commendation: CommendationDefinition | None = None
    published_to: tuple[str, ...] = ()
    part_of: str | None = None
    labels: tuple[str, ...] = ()
    small_count: int = 5
    closed: Document | None = None

    def indicator(self, code: str) -> IndicatorDefinition | None:
        """The indicator of that code."""
        return next((one for one in self.indicators if one.code == code), None)


class PlanHeader(msgspec.Struct, frozen=True):
    """An issued plan. In force from its document's date; a revision (same `family`) replaces it from its own date.

    `unit_id` is None where the plan hands down to the campaign's top unit itself.
    """

    id: uuid.UUID
    campaign_id: int
    family: uuid.UUID
    revision: int
    unit_id: int | None
    document: Document
    issued_at: datetime
    lines_total: int


class PlanLine(msgspec.Struct, frozen=True, array_like=True):
    """One number handed to one unit."""

    unit_id: int
    indicator_no: int
    cohort_no: int
    amount: int
    baseline: int
    held: bool


class SourceReport(msgspec.Struct, frozen=True):
    """A source reports an indicator of a campaign at one level."""

    campaign: str
    indicator: str
    level: Level


class SourceDefinition(msgspec.Struct, frozen=True):
    """Who reports, as progress publishes it."""

    id: int
    code: str
    name: str
    kind: SourceKind
    reports: tuple[SourceReport, ...]
    revision: int
