"""The judge: rules 3 to 8 said plainly, slowly, over the messages themselves. Knows nothing of the projector."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.contracts.definitions import CampaignDefinition, PlanHeader, PlanLine, UnitDefinition
from services.contracts.events import BatchVoided, CampaignChanged, PlanIssued, RowsRecorded, UnitsChanged
from services.reporting.projector.projection import Message

STOCK = 4


@dataclass(frozen=True)
class Row:
    unit: int
    indicator: int
    cohort: int
    outcome: int
    reason: int
    day: int
    cumulative: bool
    value: int
    source: int
    labels: tuple[str, ...]
    received_at: datetime.datetime
    acknowledgement: int

    @property
    def series(self) -> tuple[int, ...]:
        return (self.unit, self.indicator, self.cohort, self.outcome, self.reason, self.source)


class Judge:
    """What is true once all of the messages are known."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.units: dict[int, UnitDefinition] = {}
        self.campaign: CampaignDefinition | None = None
        live: dict[tuple[int, ...], Row] = {}
        self.logged: list[Row] = []
        self.plans: dict[Any, PlanHeader] = {}
        self.lines: dict[Any, dict[tuple[int, int, int], PlanLine]] = {}
        voided = {one.batch.acknowledgement for one in messages if isinstance(one, BatchVoided)}
        for message in messages:
            match message:
                case UnitsChanged():
                    for unit in message.units:
                        if unit.id not in self.units or self.units[unit.id].revision < unit.revision:
                            self.units[unit.id] = unit
                case CampaignChanged():
                    if self.campaign is None or self.campaign.revision < message.campaign.revision:
                        self.campaign = message.campaign
                case PlanIssued():
                    self.plans[message.plan.id] = message.plan
                    for line in message.lines:
                        key = (line.unit_id, line.indicator_no, line.cohort_no)
                        self.lines.setdefault(message.plan.id, {})[key] = line
                case RowsRecorded() if message.batch.acknowledgement not in voided:
                    for row in _rows(message):
                        self.logged.append(row)
                        old = live.get((*row.series, row.day))
                        newer = (row.received_at, row.acknowledgement)
                        if old is None or (old.received_at, old.acknowledgement) < newer:
                            live[*row.series, row.day] = row
        self.live = list(live.values())

    def path(self, unit_id: int) -> list[int]:
        """From the unit up to the top of the campaign."""
        assert self.campaign is not None
        ids = {unit.code: unit.id for unit in self.units.values()}
        found = [unit_id]
        while found[-1] != self.campaign.unit_id:
            parent = self.units[found[-1]].parent_code
            assert parent is not None
            found.append(ids[parent])
        return found

    def anchor(self, unit_id: int, indicator: int) -> int:
        assert self.campaign is not None
        level = self._indicator(indicator).reconciliation_level
        at_level = [one for one in self.path(unit_id) if self.units[one].level == level]
        return at_level[0] if at_level else unit_id

    def _indicator(self, number: int) -> Any:
        assert self.campaign is not None
        return next(one for one in self.campaign.indicators if self.campaign.numbers.indicators[one.code] == number)

    def speaking(self, day: int) -> list[Row]:
        """The live rows up to the day of the groups that speak on it."""
        found = []
        for row in self.live:
            if row.outcome == STOCK or row.day > day:
                continue
            anchor = self.anchor(row.unit, row.indicator)
            here = {
                f"s{other.source}"
                for other in self.live
                if (other.indicator, other.outcome) == (row.indicator, row.outcome)
                and self.anchor(other.unit, other.indicator) == anchor
                and other.day <= day
            }
            groups = [group for group in self._indicator(row.indicator).authority if here & set(group)]
            if groups and f"s{row.source}" in groups[0]:
                found.append(row)
        return found

    def figures(self, day: int) -> dict[tuple[int, ...], tuple[int, int]]:
        """By unit, indicator, cohort, outcome, reason: the total as of the day, and from how many series."""
        by_series: dict[tuple[int, ...], list[Row]] = {}
        for row in self.speaking(day):
            by_series.setdefault(row.series, []).append(row)
        found: dict[tuple[int, ...], tuple[int, int]] = {}
        for rows in by_series.values():
            start = max((row.day for row in rows if row.cumulative), default=-1)
            total = sum(row.value for row in rows if row.day > start or (row.day == start and row.cumulative))
            one = rows[0]
            for unit in self.path(one.unit):
                key = (unit, one.indicator, one.cohort, one.outcome, one.reason)
                value, known = found.get(key, (0, 0))
                found[key] = (value + total, known + 1)
        return found

    def labels(self, day: int) -> dict[tuple[int, int, str], int]:
        found: dict[tuple[int, int, str], int] = {}
        for row in self.speaking(day):
            for unit in self.path(row.unit):
                for label in row.labels:
                    found[unit, row.indicator, label] = found.get((unit, row.indicator, label), 0) + 1
        return found

    def rows_of_day(self, day: int) -> dict[tuple[int, ...], int]:
        """How many rows of the day count on it."""
        found: dict[tuple[int, ...], int] = {}
        for row in self.speaking(day):
            if row.day == day:
                for unit in self.path(row.unit):
                    key = (unit, row.indicator, row.cohort, row.outcome, row.reason)
                    found[key] = found.get(key, 0) + 1
        return found

    def reported(self) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = {}
        for row in self.live:
            key = (self.anchor(row.unit, row.indicator), row.indicator)
            found[key] = min(found.get(key, row.day), row.day)
        return found

    def received(self) -> dict[tuple[int, int, int], tuple[datetime.datetime, datetime.datetime]]:
        """By unit, indicator and day: when the first row was received, and the newest."""
        found: dict[tuple[int, int, int], tuple[datetime.datetime, datetime.datetime]] = {}
        for row in self.logged:
            for unit in self.path(row.unit):
                key = (unit, row.indicator, row.day)
                first, newest = found.get(key, (row.received_at, row.received_at))
                found[key] = (min(first, row.received_at), max(newest, row.received_at))
        return found

    def quota(self, unit_id: int, indicator: int, cohort: int, day: datetime.date) -> tuple[int, int, int] | None:
        """(amount, baseline, basis) in force on the day."""
        in_force = {}
        for plan in sorted(self.plans.values(), key=lambda one: one.revision):
            if len(self.lines.get(plan.id, ())) == plan.lines_total and plan.document.date <= day:
                in_force[plan.family] = plan.id
        received = [
            line
            for plan_id in in_force.values()
            for (unit, number, of), line in self.lines.get(plan_id, {}).items()
            if (unit, number) == (unit_id, indicator) and cohort in {0, of}
        ]
        if received:
            return sum(line.amount for line in received), sum(line.baseline for line in received), 1
        code = self.units[unit_id].code
        below = [
            found
            for unit in self.units.values()
            if unit.parent_code == code and (found := self.quota(unit.id, indicator, cohort, day))
        ]
        return (sum(one[0] for one in below), sum(one[1] for one in below), 2) if below else None


def _rows(message: RowsRecorded) -> Iterable[Row]:
    columns, batch = message.rows, message.batch
    for unit, indicator, cohort, outcome, reason, day, mode, value in zip(
        columns.unit_id,
        columns.indicator_no,
        columns.cohort_no,
        columns.outcome_no,
        columns.reason_no,
        columns.day,
        columns.mode_no,
        columns.value,
        strict=True,
    ):
        yield Row(
            unit, indicator, cohort, outcome, reason, day, bool(mode), value, batch.source_id, batch.labels,
            batch.received_at, batch.acknowledgement,
        )  # fmt: skip
