"""All reports due on units of one level over some days, and what became of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from services.chassis.problems import FieldError, Refusal
from services.contracts.compliance import ComplianceSummary, ReportCounts, ReportDue, SourceCounts
from services.contracts.definitions import ComplianceDefinition
from services.contracts.words import Level, ReportStatus, SourceKind
from services.reporting.compliance.queries import Wanted, fetch_moments, fetch_quotas, fetch_received
from services.reporting.compliance.rules import (
    NOTHING_RECEIVED,
    Part,
    Standing,
    Timetable,
    in_order,
    standing_of,
    timetable_of,
)
from services.reporting.figures.assembly import rate_figure
from services.reporting.figures.queries import units_under
from services.reporting.figures.rules import Ratio
from services.reporting.reading import plan_for_sets
from services.reporting.reporters.queries import Reporter, fetch_reporters
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight, DaysReversed
from services.reporting.visibility.units import TreeRow


class ReportsNotRequired(Refusal):
    """{campaign} says nothing of when reports are due, so that none is late or missing."""

    status = 422
    code = "reports_not_required"
    title = "The campaign does not say when reports are due"
    remedy = "Give the campaign a `compliance` (level, due_hour) first."


class Survey(NamedTuple):
    """By place of the unit and of the source: what became of each report in the timetable."""

    campaign: CampaignInSight
    level: Level
    units: Sequence[TreeRow]
    reporters: Sequence[Reporter]
    timetable: Timetable
    parts: Mapping[tuple[int, int], Mapping[str, Part]]
    standings: Mapping[tuple[int, int], Standing]
    moment: datetime

    def summary(self) -> ComplianceSummary:
        """How many reports are in which state."""
        found = {place: self._counted(place) for place in range(len(self.reporters))}
        return ComplianceSummary(
            level=self.level,
            first_day=self.timetable.slots[0].day if self.timetable.slots else None,
            last_day=self.timetable.slots[-1].day if self.timetable.slots else None,
            units=len(self.units),
            counts=self._counts(sum(counts) for counts in zip(*found.values(), strict=True)) if found else self._none(),
            sources=[
                SourceCounts(reporter.code, reporter.name, reporter.kind, self._counts(found[place]))
                for place, reporter in enumerate(self.reporters)
            ],
        )

    def _counted(self, reporter: int) -> list[int]:
        standings = [one for (_, place), one in self.standings.items() if place == reporter]
        return [sum(one.of(status).bit_count() for one in standings) for status in ReportStatus]

    def _none(self) -> ReportCounts:
        return self._counts([0] * len(ReportStatus))

    def _counts(self, numbers: Iterable[int]) -> ReportCounts:
        on_time, late, missing, not_owed = numbers
        owed = on_time + late + missing
        share = rate_figure(Ratio(on_time, owed), self.campaign.definition.rounding) if owed else None
        return ReportCounts(on_time, late, missing, not_owed, share)

    async def reports(self, connection: asyncpg.Connection, places: Sequence[tuple[int, int, int]]) -> list[ReportDue]:
        """The reports at these places (slot, unit, source), in that order."""
        numbers = self.campaign.definition.numbers.indicators
        wanted: list[Wanted] = []
        for place, (slot, unit, source) in enumerate(places):
            status, _ = self.standings[unit, source].at(slot)
            if status not in (ReportStatus.ON_TIME, ReportStatus.LATE):
                continue
            for code, part in self.parts[unit, source].items():
                day = self.timetable.row_days[code][slot]
                if part.owed >> slot & 1 and day is not None:
                    wanted.append(Wanted(place, self.units[unit].id, self.reporters[source].id, numbers[code], day))
        moments = await fetch_moments(connection, self.campaign, wanted, moment=self.moment)
        return [self._report(*one, received_at=moments.get(place)) for place, one in enumerate(places)]

    def _report(self, slot: int, unit: int, source: int, *, received_at: datetime | None) -> ReportDue:
        day, report, due_at = self.timetable.slots[slot]
        reporter, bit = self.reporters[source], 1 << slot
        status, reason = self.standings[unit, source].at(slot)
        parts = self.parts[unit, source] if status is not ReportStatus.NOT_OWED else {}
        return ReportDue(
            unit=self.units[unit].code,
            source=reporter.code,
            kind=reporter.kind,
            day=day,
            report=report,
            status=status,
            reason=reason,
            due_at=due_at,
            received_at=received_at,
            missing=[code for code, one in parts.items() if one.owed & ~one.received.came & bit],
            late=[code for code, one in parts.items() if one.owed & one.received.came & ~one.received.in_time & bit],
        )


def required(campaign: CampaignInSight) -> ComplianceDefinition:
    """What the campaign requires of reports.

    Raises: ReportsNotRequired.
    """
    rule = campaign.definition.compliance
    if rule is None:
        raise ReportsNotRequired(campaign=campaign.definition.code)
    return rule


def checked_days(campaign: CampaignInSight, first: date | None, last: date | None, as_of: date) -> tuple[date, date]:
    """The days asked for: from the campaign's first to the day that figures are as of unless given.

    Raises: DaysReversed.
    """
    begin, end = first or campaign.definition.first_day, min(last or as_of, as_of)
    if first is not None and last is not None and first > last:
        detail = f"Give a day up to {last}."
        raise DaysReversed(first=first, last=last, errors=[FieldError("/query/from", DaysReversed.code, detail)])
    return begin, end


async def units_of_level(
    connection: asyncpg.Connection, campaign: CampaignInSight, level: Level, *, within: TreeRow | None = None
) -> list[TreeRow]:
    """The units of the level, at or under one, that the caller sees, by code."""
    top = campaign.definition.unit_id if within is None else within.id
    found = await units_under(
        connection, campaign, ancestor_id=top, depth=None, level=level, beginning=None, limit=None
    )
    return sorted(found, key=lambda one: one.code)


async def survey(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    *,
    level: Level,
    first: date,
    last: date,
    view: View,
    indicator: str | None = None,
    source: str | None = None,
    kinds: Collection[SourceKind] = tuple(SourceKind),
) -> Survey:
    """What became of the reports on these units of the level, which the caller may see, as known in the view.

    Raises: ReportsNotRequired.
    """
    definition = campaign.definition
    codes = [one.code for one in definition.indicators if indicator is None or one.code == indicator]
    reporters = [
        one
        for one in (await fetch_reporters(connection, definition)).all
        if (source is None or one.code == source)
        and one.kind in kinds
        and any(one.reports_at(code, level) for code in codes)
    ]
    moment = view.known_at or view.now
    timetable = timetable_of(definition, required(campaign), first=first, last=last)
    await plan_for_sets(connection)
    received = await fetch_received(
        connection, campaign, units, timetable, codes, [one.id for one in reporters], moment=moment
    )
    quotas = await fetch_quotas(connection, campaign, units, timetable, codes, view)
    opened = {code: timetable.open(code) for code in codes}
    parts = {
        (unit, place): {
            code: Part(
                opened[code], quotas.get((unit, code), 0), received.get((unit, reporter.id, code), NOTHING_RECEIVED)
            )
            for code in codes
            if reporter.reports_at(code, level)
        }
        for unit in range(len(units))
        for place, reporter in enumerate(reporters)
    }
    everything, pending = timetable.all, timetable.pending(moment)
    standings = {key: standing_of(one.values(), of=everything, pending=pending) for key, one in parts.items()}
    return Survey(campaign, level, units, reporters, timetable, parts, standings, moment)


def page_of(
    found: Survey, *, after: tuple[int, int, int], statuses: Sequence[ReportStatus], limit: int
) -> tuple[list[tuple[int, int, int]], bool]:
    """The places of so many reports behind `after`, and whether there are more."""
    places: list[tuple[int, int, int]] = []
    for place in in_order(found.standings, slots=len(found.timetable.slots), after=after, statuses=statuses):
        if len(places) == limit:
            return places, True
        places.append(place)
    return places, False
