"""A figure, complete, as REST answers it and as the gateway receives it."""

from datetime import date, datetime

import msgspec

from services.contracts.words import Level, QuotaBasis


class RateFigure(msgspec.Struct, frozen=True):
    """An exact rate and its printed form in percent (`69,18`), by the campaign's policy."""

    numerator: int
    denominator: int
    printed: str


class CoverageFigure(msgspec.Struct, frozen=True):
    """Of the units of the reconciliation level with a quota above 0, how many have any row (rule 6)."""

    reported: int
    expected: int


class Figure(msgspec.Struct, frozen=True):
    """Where one unit stands in one indicator, as of a day. `None` is unknown, never 0 (rule 6)."""

    unit: str
    level: Level
    indicator: str
    cohort: str | None
    quota: int | None
    quota_basis: QuotaBasis | None
    baseline: int | None
    achieved: int | None
    exempt: int | None
    declined: int | None
    outstanding: int | None
    rate: RateFigure | None
    adjusted_rate: RateFigure | None
    target_rate: str | None
    reached: bool | None
    rank: int | None
    ranked_of: int | None
    coverage: CoverageFigure
    labels: list[str]
    last_day: date | None
    last_received_at: datetime | None
    as_of: date


class ExemptionCount(msgspec.Struct, frozen=True):
    """How many cases are exempt for one reason."""

    reason: str
    name: str
    count: int | None
    suppressed: bool = False
