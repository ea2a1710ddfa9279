"""Rule 12: which reports are due, and what became of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.laws.model import hierarchy
from tests.laws.model import pace as paces
from tests.laws.model.figures import Knowledge
from tests.laws.model.story import DAY, Report, Source, Unit, Void


@dataclass(frozen=True)
class Slot:
    """A report that is due of every unit."""

    day: int
    report: str
    due: int


@dataclass(frozen=True)
class Part:
    """What a source owes of one indicator in one slot. `row_day`: the day whose rows make it; None: paused."""

    indicator: str
    row_day: int | None
    has_quota: bool
    came: int | None

    @property
    def is_owed(self) -> bool:
        return self.row_day is not None and self.has_quota


def slots(knowledge: Knowledge, day: int) -> list[Slot]:
    """One a day up to `day`; after that of the day on which the final one falls due, or of the last, the final one."""
    campaign = knowledge.story.campaign
    rule = campaign.compliance
    assert rule is not None
    found = []
    for on in range(day + 1):
        found.append(Slot(on, "daily", (on + rule.days_after) * DAY + rule.hour * 60))
        if rule.final_day is not None and on == min(rule.final_day, campaign.days - 1):
            found.append(Slot(on, "final", rule.final_day * DAY + rule.hour * 60))
    return found


def first_received(knowledge: Knowledge, unit: str, source: str, indicator: str, day: int) -> int | None:
    """When the source first told anything of the day, at or under the unit, in a batch that stands."""
    acts = list(knowledge.story.until(knowledge.known))
    voided = {act.report for _, act in acts if isinstance(act, Void)}
    return min(
        (
            knowledge.story.moment(place)
            for place, act in acts
            if isinstance(act, Report) and act.source == source and place not in voided
            for row in act.rows
            if row.indicator == indicator
            and row.day == day
            and hierarchy.is_at_or_under(knowledge.story, row.unit, unit)
        ),
        default=None,
    )


def reporters(knowledge: Knowledge, level: str) -> list[Source]:
    """Those that tell of units of the level in any indicator, by code."""
    return [
        source
        for source in sorted(knowledge.story.sources, key=lambda one: one.code)
        if any(hierarchy.is_at_or_below(own, level) for _, own in source.levels)
    ]


def units_of(knowledge: Knowledge, level: str) -> list[Unit]:
    found = [one for one in knowledge.story.units if one.level == level]
    return sorted(found, key=lambda one: one.code)


def parts(knowledge: Knowledge, slot: Slot, unit: str, source: Source, level: str) -> list[Part]:
    """Of each indicator that the source reports at the level or below it."""
    told_at = dict(source.levels)
    found = []
    for one in knowledge.story.campaign.indicators:
        if one.code not in told_at or not hierarchy.is_at_or_below(told_at[one.code], level):
            continue
        open_days = paces.days_that_count(knowledge.story, knowledge.pauses, one.code)
        if slot.report == "final":
            row_day = max((day for day in open_days if day <= slot.day), default=None)
        else:
            row_day = slot.day if slot.day in open_days else None
        quota = knowledge.quota(unit, one.code, None, slot.day)
        has_quota = quota is not None and quota.amount > 0
        came = None if row_day is None else first_received(knowledge, unit, source.code, one.code, row_day)
        found.append(Part(one.code, row_day, has_quota, came))
    return found


def is_pending(knowledge: Knowledge, slot: Slot) -> bool:
    """Whether it is not due yet at the moment of knowing. All live moments come long after the campaign."""
    return knowledge.known is not None and knowledge.known <= slot.due


def became(knowledge: Knowledge, slot: Slot, of: list[Part]) -> tuple[str, str | None]:
    """Missing where one owed part is, else late where one is; why, where it is not owed."""
    owed = [part for part in of if part.is_owed]
    if not owed:
        is_paused = any(part.has_quota and part.row_day is None for part in of)
        return "not_owed", "paused" if is_paused else "no_quota"
    if any(part.came is None for part in owed):
        return ("not_owed", "not_due") if is_pending(knowledge, slot) else ("missing", None)
    return ("late" if any((part.came or 0) > slot.due for part in owed) else "on_time"), None


def reports(knowledge: Knowledge, level: str, day: int) -> Iterator[dict[str, Any]]:
    """By slot, unit and source."""
    for slot in slots(knowledge, day):
        for unit in units_of(knowledge, level):
            for source in reporters(knowledge, level):
                of = parts(knowledge, slot, unit.code, source, level)
                status, reason = became(knowledge, slot, of)
                owed = [part for part in of if part.is_owed] if status != "not_owed" else []
                came = [(part.indicator, part.came) for part in owed if part.came is not None]
                yield {
                    "unit": unit.code,
                    "source": source.code,
                    "kind": source.kind,
                    "day": slot.day,
                    "report": slot.report,
                    "status": status,
                    "reason": reason,
                    "due_at": slot.due,
                    "received_at": max(at for _, at in came) if status in ("on_time", "late") else None,
                    "missing": [part.indicator for part in owed if part.came is None],
                    "late": [indicator for indicator, at in came if at > slot.due],
                }


def counts(knowledge: Knowledge, found: list[dict[str, Any]]) -> dict[str, Any]:
    """How many are in which state, and the share on time of those owed."""
    by_status = {
        status: sum(1 for one in found if one["status"] == status)
        for status in ("on_time", "late", "missing", "not_owed")
    }
    owed = len(found) - by_status["not_owed"]
    return {**by_status, "on_time_share": knowledge.shown((by_status["on_time"], owed) if owed else None)}
