"""A figure, complete, as REST answers it and as the gateway receives it."""

from datetime import date, datetime
from typing import Literal

import msgspec

from services.contracts.words import Band, Level, QuotaBasis


class RateFigure(msgspec.Struct, frozen=True):
    """An exact rate and its printed form in percent (`69,18`), by the campaign's policy."""

    numerator: int
    denominator: int
    printed: str


class CoverageFigure(msgspec.Struct, frozen=True):
    """Of the units of the reconciliation level with a quota above 0, how many have any row (rule 6)."""

    reported: int
    expected: int


class NeededPerDay(msgspec.Struct, frozen=True):
    """An exact number per day: what is outstanding over the days that are left for it."""

    numerator: int
    denominator: int


class PaceFigure(msgspec.Struct, frozen=True):
    """Where a unit should stand by the day and where it is heading (rule 10).

    `needed_per_day` is None on the last day; `forecast` before any day that counts has elapsed.
    """

    expected: int
    difference: int
    needed_per_day: NeededPerDay | None
    forecast: int | None
    forecast_reached: bool | None
    days_left: int


class Figure(msgspec.Struct, frozen=True):
    """Where one unit stands in one indicator, as of a day. `None` is unknown, never 0 (rule 6).

    `known_at`: the moment whose knowledge it is of; None: the present one. Of a rank, `achieved` is the unit's own
    latest place. `hedge` is there where the count of an activity rests on a row that was said to be about so many.
    """

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
    band: Band
    pace: PaceFigure | None
    coverage: CoverageFigure
    labels: list[str]
    last_day: date | None
    last_received_at: datetime | None
    as_of: date
    known_at: datetime | None
    hedge: Literal["about"] | msgspec.UnsetType = msgspec.UNSET


class UnattributedFigure(msgspec.Struct, frozen=True):
    """Counts of a unit of the campaign that by another day's hierarchy belong to nobody in particular (rule 15).

    `successors`: the units of that day that each have a part of it, nobody knows which; none: nobody took it over.
    """

    unit: str
    level: Level
    name: str
    successors: list[str]
    indicator: str
    cohort: str | None
    quota: int | None
    achieved: int | None
    exempt: int | None
    declined: int | None


class ExemptionCount(msgspec.Struct, frozen=True):
    """How many cases are exempt for one reason."""

    reason: str
    name: str
    count: int | None
    suppressed: bool = False
