"""Rules 4 and 10, day by day: totals or what happened, beside what is expected."""

from typing import Any

from tests.laws.model import authority
from tests.laws.model import pace as paces
from tests.laws.model.figures import Knowledge
from tests.laws.model.story import Cohort, Indicator


def series(
    knowledge: Knowledge, *, unit: str, indicator: Indicator, cohort: Cohort | None, day: int, cumulative: bool
) -> list[dict[str, Any]]:
    """One item a day from the first to `day`: what the figures of each day say."""
    code = cohort.code if cohort is not None else None
    days = paces.days_that_count(knowledge.story, knowledge.pauses, indicator.code)
    return [
        {
            "day": on,
            "achieved": _count(knowledge, unit, indicator, code, "achieved", on, cumulative=cumulative),
            "exempt": _count(knowledge, unit, indicator, code, "exempt", on, cumulative=cumulative),
            "declined": _count(knowledge, unit, indicator, code, "declined", on, cumulative=cumulative),
            "expected": _expected(knowledge, unit, indicator, code, on, cumulative=cumulative),
            "paused": on not in days,
        }
        for on in range(day + 1)
    ]


def _count(
    knowledge: Knowledge,
    unit: str,
    indicator: Indicator,
    cohort: str | None,
    outcome: str,
    day: int,
    *,
    cumulative: bool,
) -> int | None:
    """By whoever spoke on the day; what happened on it is the total less that of the eve."""

    def total(on: int) -> int | None:
        return authority.count(knowledge.counted(unit, indicator, cohort, on), outcome=outcome, day=on)

    if not cumulative:
        now, before = total(day), total(day - 1)
        return None if now is None else now - (before or 0)
    if outcome == "achieved":
        return knowledge.achieved(unit, indicator, cohort, day)
    return total(day)


def _expected(
    knowledge: Knowledge, unit: str, indicator: Indicator, cohort: str | None, day: int, *, cumulative: bool
) -> int | None:
    """By the day; of the day alone, what is to be gained on it. Both by the quota in force on the day."""
    quota = knowledge.quota(unit, indicator.code, cohort, day)
    days = paces.days_that_count(knowledge.story, knowledge.pauses, indicator.code)
    if quota is None or not days:
        return None

    def by(on: int) -> int:
        baseline = quota.baseline if indicator.counts_baseline else None
        return paces.expected(days, day=on, quota=quota.amount, baseline=baseline)

    return by(day) if cumulative else by(day) - by(day - 1)
