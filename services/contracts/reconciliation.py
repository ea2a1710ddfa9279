"""What sources say of the same number (rule 5), as REST answers it and as the gateway receives it."""

from datetime import date, datetime

import msgspec

from services.contracts.figures import RateFigure
from services.contracts.words import Level, Outcome, SourceKind


class SpeakingGroup(msgspec.Struct, frozen=True):
    """An authority group (from 1) that speaks, for how many units of the reconciliation level, since which day."""

    group: int
    sources: list[str]
    units: int
    since: date


class SourceFigure(msgspec.Struct, frozen=True):
    """What one source says of a unit, beside whoever speaks.

    Sources of one group add up, so the comparison is that of the `group_value`; a source in no group stands for itself.
    `compared_with`: the figure of whoever speaks in the units of the reconciliation level that the group tells of too.
    `difference` is group less speaking there, `difference_rate` its size by that figure (None where that is 0).
    `beyond_tolerance` is None where the campaign sets no tolerance; `beyond_since`: the first day since which the
    difference has been beyond it without a break.
    """

    source: str
    name: str
    kind: SourceKind
    outcome: Outcome
    group: int | None
    speaks: bool
    value: int
    group_value: int
    compared_with: int | None
    difference: int | None
    difference_rate: RateFigure | None
    beyond_tolerance: bool | None
    beyond_since: date | None
    last_day: date
    last_received_at: datetime


class Reconciliation(msgspec.Struct, frozen=True):
    """One unit, indicator and outcome: `value` by whoever speaks (None: nothing known), and what each source says."""

    unit: str
    level: Level
    indicator: str
    outcome: Outcome
    value: int | None
    speaking: list[SpeakingGroup]
    sources: list[SourceFigure]
