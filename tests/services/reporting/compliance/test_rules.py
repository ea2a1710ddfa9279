"""Sets of slots against a model that looks at one report after the other (rule 12)."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.definitions import (
    CampaignDefinition,
    ComplianceDefinition,
    IndicatorDefinition,
    PauseDefinition,
)
from services.contracts.words import Level, NotOwed, ReportKind, ReportStatus
from services.reporting.compliance.rules import Part, Received, in_order, standing_of, timetable_of
from tests.services.reporting.support import ReadModel, indicator

DUE = datetime(2024, 5, 1, 10, tzinfo=UTC)


class Told(NamedTuple):
    """One indicator of one report: whether it is open, has a quota, and when it came (hours after it was due)."""

    is_open: bool
    has_quota: bool
    came: int | None


def plainly(parts: list[Told], *, hours: int) -> tuple[ReportStatus, NotOwed | None]:
    """What became of one report, so many hours after it was due."""
    owed = [one for one in parts if one.is_open and one.has_quota]
    if not owed:
        paused = any(one.has_quota and not one.is_open for one in parts)
        return ReportStatus.NOT_OWED, NotOwed.PAUSED if paused else NotOwed.NO_QUOTA
    if any(one.came is None for one in owed):
        return (ReportStatus.NOT_OWED, NotOwed.NOT_DUE) if hours <= 0 else (ReportStatus.MISSING, None)
    return (ReportStatus.LATE, None) if any((one.came or 0) > 0 for one in owed) else (ReportStatus.ON_TIME, None)


PART = st.builds(Told, st.booleans(), st.booleans(), st.none() | st.integers(-2, 2))


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(PART, min_size=n, max_size=n), max_size=9)), st.data())
def test_sets_of_slots_say_what_looking_at_each_report_says(reports: list[list[Told]], data: st.DataObject) -> None:
    # Later slots are due later: the pending ones are the last.
    due = data.draw(st.integers(0, len(reports)))
    width = len(reports[0]) if reports else 1
    parts = []
    for place in range(width):
        column = [report[place] for report in reports]
        parts.append(
            Part(
                open=sum(one.is_open << n for n, one in enumerate(column)),
                quota=sum(one.has_quota << n for n, one in enumerate(column)),
                received=Received(
                    came=sum((one.came is not None) << n for n, one in enumerate(column)),
                    in_time=sum((one.came is not None and one.came <= 0) << n for n, one in enumerate(column)),
                ),
            )
        )
    everything = (1 << len(reports)) - 1
    found = standing_of(parts, of=everything, pending=everything & ~((1 << due) - 1))
    for place, report in enumerate(reports):
        assert found.at(place) == plainly(report, hours=1 if place < due else 0)
    assert sum(found) == everything
    for status in ReportStatus:
        assert {place for place in range(len(reports)) if found.of(status) >> place & 1} == {
            place for place in range(len(reports)) if found.at(place)[0] is status
        }
    behind = [
        place
        for place, _, _ in in_order(
            {(0, 0): found}, slots=len(reports), after=(due - 1, 0, 0), statuses=list(ReportStatus)
        )
    ]
    assert behind == list(range(due, len(reports)))


def campaign(*pauses: PauseDefinition) -> CampaignDefinition:
    indicators: tuple[IndicatorDefinition, ...] = (indicator("cccd"), indicator("sim"))
    return ReadModel(*indicators, pauses=pauses).campaign


RULE = ComplianceDefinition(level=Level.COMMUNE, due_hour=17)


def test_a_report_is_due_at_the_hour_of_the_campaign_on_its_day_or_so_many_days_after() -> None:
    table = timetable_of(campaign(), RULE, first=date(2024, 5, 1), last=date(2024, 5, 2))
    assert table.slots[0] == (date(2024, 5, 1), ReportKind.DAILY, datetime(2024, 5, 1, 10, tzinfo=UTC))
    later = ComplianceDefinition(level=Level.COMMUNE, due_hour=8, due_days_after=1)
    table = timetable_of(campaign(), later, first=date(2024, 5, 1), last=date(2024, 5, 1))
    assert table.slots[0].due_at == datetime(2024, 5, 2, 1, tzinfo=UTC)
    assert table.pending(datetime(2024, 5, 2, 1, tzinfo=UTC)) == 1
    assert table.pending(datetime(2024, 5, 2, 1, 0, 1, tzinfo=UTC)) == 0


def test_days_outside_the_campaign_are_left_out() -> None:
    table = timetable_of(campaign(), RULE, first=date(2024, 4, 1), last=date(2024, 4, 5))
    assert [slot.day for slot in table.slots] == [date(2024, 4, 4), date(2024, 4, 5)]
    assert timetable_of(campaign(), RULE, first=date(2024, 5, 2), last=date(2024, 5, 1)).slots == []


def test_a_final_report_before_the_last_day_tells_of_the_last_day_that_was_not_paused() -> None:
    pause = PauseDefinition(date(2024, 6, 24), date(2024, 6, 30), ("cccd",))
    rule = ComplianceDefinition(level=Level.COMMUNE, due_hour=17, final_report_due=date(2024, 6, 25))
    table = timetable_of(campaign(pause), rule, first=date(2024, 6, 25), last=date(2024, 6, 26))
    assert [(slot.day, slot.report) for slot in table.slots] == [
        (date(2024, 6, 25), ReportKind.DAILY),
        (date(2024, 6, 25), ReportKind.FINAL),
        (date(2024, 6, 26), ReportKind.DAILY),
    ]
    assert table.row_days["cccd"] == [None, date(2024, 6, 23), None]
    assert table.row_days["sim"] == [date(2024, 6, 25), date(2024, 6, 25), date(2024, 6, 26)]
    assert table.slots[1].due_at == datetime(2024, 6, 25, 10, tzinfo=UTC)


def test_a_final_report_after_the_last_day_tells_of_the_last_day() -> None:
    rule = ComplianceDefinition(level=Level.COMMUNE, due_hour=17, final_report_due=date(2024, 7, 5))
    table = timetable_of(campaign(), rule, first=date(2024, 7, 3), last=date(2024, 7, 3))
    assert [(slot.report, slot.due_at - DUE) for slot in table.slots] == [
        (ReportKind.DAILY, timedelta(days=63)),
        (ReportKind.FINAL, timedelta(days=65)),
    ]
