"""What quota and progress have on record, page by page: the same as their events have told, for whoever fills up anew.

`GET /internal/history/…`, each page with the `next` to send back as `?after=`; None ends the stream. Only what is
committed is told, so a row may be committed behind a page that was read already: whoever needs all of them asks for
the batches once more when nothing may be missed, and for the rows of those that are new (`?acknowledgement=`).
"""

from datetime import datetime

import msgspec

from services.contracts.definitions import CampaignDefinition, SourceDefinition, SuccessionEdge, UnitDefinition
from services.contracts.events import BatchHeader, PeriodClosed, PlanIssued

ROWS_A_PAGE = 20_000
"""Rows, plan lines or units a page carries, about: some 1.5 MB of JSON."""


class UnitsPage(msgspec.Struct, frozen=True):
    """quota, `/internal/history/units`: every unit, by id."""

    units: list[UnitDefinition]
    next: str | None


class SuccessionsPage(msgspec.Struct, frozen=True):
    """quota, `/internal/history/successions`: what ever became of a unit, by id."""

    edges: list[SuccessionEdge]
    next: str | None


class CampaignsPage(msgspec.Struct, frozen=True):
    """quota, `/internal/history/campaigns`: every campaign as it stands, by id."""

    campaigns: list[CampaignDefinition]
    next: str | None


class PlansPage(msgspec.Struct, frozen=True):
    """quota, `/internal/history/plans`: every plan that was issued, by id, each whole."""

    plans: list[PlanIssued]
    next: str | None


class SourcesPage(msgspec.Struct, frozen=True):
    """progress, `/internal/history/sources`: every source as it stands, by code."""

    sources: list[SourceDefinition]
    next: str | None


class ClosuresPage(msgspec.Struct, frozen=True):
    """progress, `/internal/history/closures`: every closure of every campaign, by campaign and revision."""

    closures: list[PeriodClosed]
    next: str | None


class RecordedBatch(msgspec.Struct, frozen=True):
    """A batch of which rows were taken, and the moment from which on it is as if it had never come."""

    batch: BatchHeader
    voided_at: datetime | None = None


class BatchesPage(msgspec.Struct, frozen=True):
    """progress, `/internal/history/batches?campaign=`: the batches of one campaign (its id), by acknowledgement."""

    batches: list[RecordedBatch]
    next: str | None


class LedgerColumns(msgspec.Struct, frozen=True):
    """Rows as columns of one length, as in `events.RowColumns`; `about` lists positions."""

    tenant: list[int]
    unit_id: list[int]
    indicator_no: list[int]
    source_id: list[int]
    cohort_no: list[int]
    outcome_no: list[int]
    reason_no: list[int]
    day: list[int]
    acknowledgement: list[int]
    mode_no: list[int]
    value: list[int]
    about: list[int]


class LedgerPage(msgspec.Struct, frozen=True):
    """progress, `/internal/history/rows?campaign=`: every row that was ever reported, in the order of its key.

    With `&acknowledgement=`: those of one batch alone.
    """

    rows: LedgerColumns
    next: str | None
