"""Which reports are due when (rule 12), and what became of them, as pure functions of days and moments.

A report of a day has come when any row of that day, of whatever outcome, value or mode, has been received at or under
the unit from the source; of several the first counts, so that a correction makes nothing late. A batch that was
withdrawn has never come: what was sent before or after it counts instead. An amendment and a historical load count by
the moment at which they say they were received, like everything else.

What became of many reports is held as sets of slots, each an integer with a bit per slot: a province has 50,000 reports
of 110,000 parts, and is reckoned in some thousand operations.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.contracts.counting.lateness import due_moment
from services.contracts.definitions import CampaignDefinition, ComplianceDefinition, PauseDefinition
from services.contracts.words import NotOwed, ReportKind, ReportStatus

Slots = int
"""A set of slots: bit n stands for the slot at place n."""


class Slot(NamedTuple):
    """One report that is due of every unit: of a day, or the final one."""

    day: date
    report: ReportKind
    due_at: datetime


class Timetable(NamedTuple):
    """The slots in order, and by indicator the day whose rows make each (None: the indicator is paused)."""

    slots: list[Slot]
    row_days: dict[str, list[date | None]]

    @property
    def all(self) -> Slots:
        """Every slot."""
        return (1 << len(self.slots)) - 1

    def pending(self, moment: datetime) -> Slots:
        """What is not due yet at the moment."""
        return _set_of(place for place, slot in enumerate(self.slots) if moment <= slot.due_at)

    def open(self, indicator: str) -> Slots:
        """What the indicator is not paused for."""
        return _set_of(place for place, day in enumerate(self.row_days[indicator]) if day is not None)

    def between(self, first: date, until: date | None) -> Slots:
        """The reports of the days from `first` until `until`, which is left out (None: to the last)."""
        return _set_of(
            place for place, slot in enumerate(self.slots) if first <= slot.day and (until is None or slot.day < until)
        )


def _set_of(places: Iterable[int]) -> Slots:
    found = 0
    for place in places:
        found |= 1 << place
    return found


def timetable_of(campaign: CampaignDefinition, rule: ComplianceDefinition, *, first: date, last: date) -> Timetable:
    """Every report due of the days from `first` to `last`, by day, the final one after that of its day.

    The final report tells how things stand at the end of the day it is due on, or of the last day if that is earlier:
    it is made by that day's rows, or by those of the last day before it that is not paused for the indicator.
    """
    zone = ZoneInfo(campaign.time_zone)
    begin, end = max(first, campaign.first_day), min(last, campaign.last_day)
    final_day = None if rule.final_report_due is None else min(rule.final_report_due, campaign.last_day)
    slots: list[Slot] = []
    row_days: dict[str, list[date | None]] = {one.code: [] for one in campaign.indicators}
    for day in (begin + timedelta(days=passed) for passed in range((end - begin).days + 1)):
        due_at = due_moment(day, due_hour=rule.due_hour, due_days_after=rule.due_days_after, zone=zone)
        slots.append(Slot(day, ReportKind.DAILY, due_at))
        for code, days in row_days.items():
            days.append(None if is_paused(campaign.pauses, code, day) else day)
        if day == final_day and rule.final_report_due is not None:
            due_at = due_moment(rule.final_report_due, due_hour=rule.due_hour, due_days_after=0, zone=zone)
            slots.append(Slot(day, ReportKind.FINAL, due_at))
            for code, days in row_days.items():
                days.append(_last_open_day(campaign, code, day))
    return Timetable(slots, row_days)


def is_paused(pauses: Iterable[PauseDefinition], indicator: str, day: date) -> bool:
    """Whether the indicator cannot progress on that day."""
    return any(
        one.first_day <= day <= one.last_day and (not one.indicators or indicator in one.indicators) for one in pauses
    )


def _last_open_day(campaign: CampaignDefinition, indicator: str, day: date) -> date | None:
    while day >= campaign.first_day:
        if not is_paused(campaign.pauses, indicator, day):
            return day
        day -= timedelta(days=1)
    return None


class Received(NamedTuple):
    """Of one source, unit and indicator: what has come at all, and what of it came in time."""

    came: Slots = 0
    in_time: Slots = 0


NOTHING_RECEIVED = Received()


class Part(NamedTuple):
    """What a source's reports on one unit owe of one indicator. `open`: not paused; `quota`: a quota is in force."""

    open: Slots
    quota: Slots
    received: Received = NOTHING_RECEIVED

    @property
    def owed(self) -> Slots:
        """What is owed of the indicator, due or not."""
        return self.open & self.quota


class Standing(NamedTuple):
    """What became of the reports of one source on one unit. Each slot is in exactly one set.

    The last three are not owed: no indicator is open, none of the open ones has a quota in force, not due yet and not
    whole.
    """

    on_time: Slots
    late: Slots
    missing: Slots
    paused: Slots
    no_quota: Slots
    not_due: Slots

    def of(self, status: ReportStatus) -> Slots:
        """The slots of that status."""
        match status:
            case ReportStatus.ON_TIME:
                return self.on_time
            case ReportStatus.LATE:
                return self.late
            case ReportStatus.MISSING:
                return self.missing
            case ReportStatus.NOT_OWED:
                return self.paused | self.no_quota | self.not_due

    def at(self, place: int) -> tuple[ReportStatus, NotOwed | None]:
        """What became of the report in that slot, and why where it is not owed."""
        bit = 1 << place
        if self.on_time & bit:
            return ReportStatus.ON_TIME, None
        if self.late & bit:
            return ReportStatus.LATE, None
        if self.missing & bit:
            return ReportStatus.MISSING, None
        if self.not_due & bit:
            return ReportStatus.NOT_OWED, NotOwed.NOT_DUE
        return ReportStatus.NOT_OWED, NotOwed.PAUSED if self.paused & bit else NotOwed.NO_QUOTA


def standing_of(parts: Iterable[Part], *, of: Slots, pending: Slots) -> Standing:
    """What became of a source's reports on one unit, over its indicators, in the slots `of`.

    A report is missing where one indicator that it owes is, else late where one is. Before it is due a report that is
    not whole is not owed yet.
    """
    owed = unwhole = late = paused = 0
    for part in parts:
        owed |= part.owed
        unwhole |= part.owed & ~part.received.came
        late |= part.owed & part.received.came & ~part.received.in_time
        paused |= part.quota & ~part.open
    return Standing(
        on_time=of & owed & ~unwhole & ~late,
        late=of & late & ~unwhole,
        missing=of & unwhole & ~pending,
        paused=of & ~owed & paused,
        no_quota=of & ~owed & ~paused,
        not_due=of & unwhole & pending,
    )


def in_order(
    standings: Mapping[tuple[int, int], Standing],
    *,
    slots: int,
    after: tuple[int, int, int],
    statuses: Sequence[ReportStatus],
) -> Iterator[tuple[int, int, int]]:
    """(slot, unit, source) of each report of one of the statuses, in that order, behind `after`.

    `standings`: by unit and source, in order.
    """
    wanted = []
    for key, standing in standings.items():
        found = 0
        for status in statuses:
            found |= standing.of(status)
        wanted.append((key, found))
    for place in range(max(after[0], 0), slots):
        for key, found in wanted:
            if found >> place & 1 and (place, *key) > after:
                yield (place, *key)
