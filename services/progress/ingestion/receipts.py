"""What became of a batch, row by row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from services.contracts.words import Outcome

SHOWN = 100
"""Errors, and warnings, that a receipt shows at most."""

Status = Literal["accepted", "partially_accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class RowRemark:
    """A row (from 0), the place in the body (an RFC 6901 pointer), a stable code, and a sentence with the remedy."""

    row: int
    pointer: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class RowCounts:
    """received = created + corrected + unchanged + rejected. A row that an earlier one outdates is unchanged too."""

    received: int
    created: int
    corrected: int
    unchanged: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of every row. `batch` is null for a dry run; `truncated`: more errors or warnings than are shown."""

    batch: UUID | None
    source: str
    received_at: datetime
    status: Status
    rows: RowCounts
    errors: list[RowRemark]
    warnings: list[RowRemark]
    truncated: bool

    def encode(self) -> bytes:
        """The receipt as it is answered and kept."""
        return msgspec.json.encode(self)


@dataclass(frozen=True, slots=True)
class UnitChange:
    """The figure of a unit of the reconciliation level, all cohorts together, by whoever speaks; null is unknown."""

    unit: str
    indicator: str
    outcome: Outcome
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class RollupDifference:
    """By how much the figure of the campaign's top unit would change."""

    indicator: str
    outcome: Outcome
    difference: int


@dataclass(frozen=True, slots=True)
class Rollup:
    """What a batch would change in the figures. `truncated`: more units would change than are shown."""

    differences: list[RollupDifference]
    changes: list[UnitChange]
    truncated: bool


@dataclass(frozen=True, slots=True)
class DryReceipt(Receipt):
    """The receipt of a dry run."""

    rollup: Rollup
