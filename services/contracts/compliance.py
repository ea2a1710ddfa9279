"""Who reported in time (rule 12), as REST answers it and as the gateway receives it."""

from datetime import date, datetime

import msgspec

from services.contracts.figures import RateFigure
from services.contracts.words import Level, NotOwed, ReportKind, ReportStatus, SourceKind


class ReportDue(msgspec.Struct, frozen=True):
    """What became of the report of one source on one unit and day.

    `reason`: why it is not owed. `received_at`: when it was whole, None where it is not. `missing` and `late`: the
    indicators that it lacks, and those that came late. Of a source of kind `unit` the unit itself owes it.
    """

    unit: str
    source: str
    kind: SourceKind
    day: date
    report: ReportKind
    status: ReportStatus
    reason: NotOwed | None
    due_at: datetime
    received_at: datetime | None
    missing: list[str]
    late: list[str]


class ReportCounts(msgspec.Struct, frozen=True):
    """How many reports are in which state. `on_time_share`: of those owed; None where none is."""

    on_time: int
    late: int
    missing: int
    not_owed: int
    on_time_share: RateFigure | None


class SourceCounts(msgspec.Struct, frozen=True):
    """The same of one source."""

    source: str
    name: str
    kind: SourceKind
    counts: ReportCounts


class ComplianceSummary(msgspec.Struct, frozen=True):
    """The reports of the days `first_day` to `last_day` (None: the campaign has not begun) on units of one level."""

    level: Level
    first_day: date | None
    last_day: date | None
    units: int
    counts: ReportCounts
    sources: list[SourceCounts]
