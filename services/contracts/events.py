"""What services tell each other. Tagged structs; an event carries at most 2,000 rows and 512 KiB.

Entities carry a revision, and a copy ignores an older one. Rows travel as columns.
"""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TypeVar

import msgspec

from services.contracts.definitions import (
    CampaignDefinition,
    Document,
    PlanHeader,
    PlanLine,
    SourceDefinition,
    SuccessionEdge,
    UnitDefinition,
)

MAX_ROWS = 2_000

Row = TypeVar("Row")

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Days since 1 January 1970."""
    return day.toordinal() - _EPOCH_ORDINAL


def day_of(number: int) -> date:
    """The inverse of `day_number`."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


def in_events(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in slices that fit an event each; one empty slice where there are none."""
    for start in range(0, max(len(rows), 1), MAX_ROWS):
        yield rows[start : start + MAX_ROWS]


class UnitsChanged(msgspec.Struct, frozen=True, tag="units_changed"):
    """quota: these units are new or have changed."""

    units: list[UnitDefinition]


class SuccessionsChanged(msgspec.Struct, frozen=True, tag="successions_changed"):
    """quota: units became others; edges are added and never changed."""

    edges: list[SuccessionEdge]


class CampaignChanged(msgspec.Struct, frozen=True, tag="campaign_changed"):
    """quota: a campaign is new or has changed."""

    campaign: CampaignDefinition


class PlanIssued(msgspec.Struct, frozen=True, tag="plan_issued"):
    """quota: a plan was issued. One of several events where it has many lines; it counts once all have come."""

    plan: PlanHeader
    lines: list[PlanLine]


class SourceChanged(msgspec.Struct, frozen=True, tag="source_changed"):
    """progress: a source is new or has changed."""

    source: SourceDefinition


class BatchHeader(msgspec.Struct, frozen=True):
    """Where rows come from. `acknowledgement` orders batches that were received at one moment (rule 3)."""

    id: uuid.UUID
    acknowledgement: int
    campaign_id: int
    campaign: str
    source_id: int
    source: str
    received_at: datetime
    labels: tuple[str, ...] = ()
    amends: bool = False


class RowColumns(msgspec.Struct, frozen=True):
    """Rows as columns of one length. Days are days since 1970-01-01; numbers as in `definitions` and `words`.

    `about` lists the positions of the values that carry the hedge "about".
    """

    unit_id: list[int]
    indicator_no: list[int]
    cohort_no: list[int]
    outcome_no: list[int]
    reason_no: list[int]
    day: list[int]
    mode_no: list[int]
    value: list[int]
    about: list[int] = msgspec.field(default_factory=list)


class RowsRecorded(msgspec.Struct, frozen=True, tag="rows_recorded"):
    """progress: rows of one batch and one tenant entered the ledger, those that repeat or are outdated too."""

    tenant: int
    batch: BatchHeader
    rows: RowColumns


class BatchVoided(msgspec.Struct, frozen=True, tag="batch_voided"):
    """progress: from `voided_at` on it is as if the batch had never come (rule 3). It may be told before its rows."""

    batch: BatchHeader
    voided_at: datetime
    reason: str


class PeriodClosed(msgspec.Struct, frozen=True, tag="period_closed"):
    """progress: days of a campaign up to `through` are closed (None: none any more); the highest revision counts."""

    campaign_id: int
    revision: int
    through: date | None
    decision: Document
    closed_at: datetime


class IndicatorFirstReported(msgspec.Struct, frozen=True, tag="indicator_first_reported"):
    """progress: the first row of an indicator has come; what it means may no longer be changed."""

    campaign_id: int
    indicator_no: int


class SnapshotPublished(msgspec.Struct, frozen=True, tag="snapshot_published"):
    """reporting: an issue was frozen. `hash`: SHA-256 of its canonical content."""

    id: uuid.UUID
    campaign_id: int
    as_of: date
    hash: str
