"""What was done, as plain data: the hierarchy, the campaign, who reports, and the acts one after another.

The place of an act in `Story.acts` is its acknowledgement. A moment of None is the act's own, live moment: a minute an
act, long after the campaign, so that whatever is live comes after whatever was loaded as history.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

LEVELS = ("country", "province", "district", "commune", "residential_area", "team", "body")
DAY = 24 * 60
LIVE = 1000 * DAY


@dataclass(frozen=True)
class Unit:
    code: str
    level: str
    parent: str | None


@dataclass(frozen=True)
class Reason:
    code: str
    sensitive: bool = False


@dataclass(frozen=True)
class Cohort:
    code: str
    target_rate: str | None = None
    target_on: str | None = None
    leaving: tuple[str, ...] | None = None
    """`reasons_leaving_denominator`."""


@dataclass(frozen=True)
class Indicator:
    code: str
    level: str
    """The reconciliation level."""
    authority: tuple[tuple[str, ...], ...]
    kind: str = "quota"
    cohorts: tuple[Cohort, ...] = ()
    target_rate: str = "1"
    target_on: str = "raw"
    counts_baseline: bool = False
    reasons: tuple[Reason, ...] = ()
    leaving: tuple[str, ...] | None = None
    of: str | None = None
    """Of a ratio: what stands below the line."""
    fed: bool = False
    """Of a milestone: it counts the units of its level that have a plan of their own in force; nobody reports it."""


@dataclass(frozen=True)
class Pause:
    first_day: int
    last_day: int
    indicators: tuple[str, ...] = ()
    """All of them where none is named."""


@dataclass(frozen=True)
class Compliance:
    level: str
    hour: int
    """By which a day's report is due, `days_after` days later."""
    days_after: int = 0
    final_day: int | None = None


@dataclass(frozen=True)
class Commendation:
    level: str
    on_time: str
    """The least share of a unit's own reports that has to be on time."""
    tolerance: str
    weights: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Campaign:
    days: int
    """From day 0 to day `days` − 1, both included."""
    indicators: tuple[Indicator, ...]
    pauses: tuple[Pause, ...] = ()
    decimals: int = 2
    rounding: str = "half_up"
    labels: tuple[str, ...] = ()
    small_count: int = 5
    compliance: Compliance | None = None
    commendation: Commendation | None = None


@dataclass(frozen=True)
class Source:
    code: str
    levels: tuple[tuple[str, str], ...]
    """Indicator and the level at which it is reported."""
    kind: str = "register"


@dataclass(frozen=True)
class Line:
    unit: str
    indicator: str
    amount: int
    baseline: int = 0
    cohort: str | None = None


@dataclass(frozen=True)
class Issue:
    """A revision of a plan is issued; without lines it withdraws the plan."""

    plan: int
    """Which plan: its revisions bear the same number."""
    unit: str | None
    day: int
    """The document's date; days before the campaign are negative."""
    lines: tuple[Line, ...]
    moment: int | None = None


@dataclass(frozen=True)
class Row:
    unit: str
    indicator: str
    day: int
    value: int
    outcome: str = "achieved"
    reason: str | None = None
    cohort: str | None = None
    mode: str = "daily"
    about: bool = False
    """Said to be about so many ("khoảng")."""


@dataclass(frozen=True)
class Report:
    source: str
    rows: tuple[Row, ...]
    moment: int | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Void:
    """The report at that place of the acts is withdrawn; always live."""

    report: int


@dataclass(frozen=True)
class Repause:
    """The campaign's pauses are these from now on."""

    pauses: tuple[Pause, ...]


Act: TypeAlias = Issue | Report | Void | Repause


@dataclass(frozen=True)
class Story:
    units: tuple[Unit, ...]
    campaign: Campaign
    sources: tuple[Source, ...]
    acts: tuple[Act, ...] = field(default=())

    @cached_property
    def lines_up(self) -> dict[str, list[Unit]]:
        """By code, the unit, then those above it, to the top."""
        by_code = {one.code: one for one in self.units}
        found: dict[str, list[Unit]] = {}
        for one in self.units:
            line = [one]
            while (above := line[-1].parent) is not None:
                line.append(by_code[above])
            found[one.code] = line
        return found

    def moment(self, place: int) -> int:
        """When the act at that place happened."""
        given = getattr(self.acts[place], "moment", None)
        return LIVE + place if given is None else given

    def until(self, moment: int | None) -> Iterator[tuple[int, Act]]:
        """What was known at that moment, with its place; all of it where none is asked for."""
        for place, act in enumerate(self.acts):
            if moment is None or self.moment(place) <= moment:
                yield place, act

    def indicator(self, code: str) -> Indicator:
        return next(one for one in self.campaign.indicators if one.code == code)
