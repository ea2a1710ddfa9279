"""Rules 4 and 10, day by day: totals or what happened, beside what is expected."""

from typing import Any

from tests.laws.model import authority, kinds
from tests.laws.model import pace as paces
from tests.laws.model.figures import Knowledge
from tests.laws.model.story import Cohort, Indicator


def series(
    knowledge: Knowledge, *, unit: str, indicator: Indicator, cohort: Cohort | None, day: int, cumulative: bool
) -> list[dict[str, Any]]:
    """One item a day from the first to `day`: what the figures of each day say; of a flow its stocks too."""
    code = cohort.code if cohort is not None else None
    days = paces.days_that_count(knowledge.story, knowledge.pauses, indicator.code)
    is_flow = indicator.kind == "flow"
    stocks = kinds.carried_over(knowledge, unit, indicator, day) if is_flow else {}
    counted = ("received", "resolved") if is_flow else ("achieved", "exempt", "declined")
    unknown = dict.fromkeys(("achieved", "exempt", "declined", "received", "resolved"))
    return [
        {
            "day": on,
            **unknown,
            **{one: _count(knowledge, unit, indicator, code, one, on, cumulative=cumulative) for one in counted},
            "carried_over": stocks.get(on),
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
    """By whoever spoke on the day; what happened on it is the total less that of the eve. Of places there is none."""
    if indicator.kind == "rank":
        is_place = cumulative and outcome == "achieved"
        return kinds.latest_place(knowledge, unit, indicator, day)[1] if is_place else None

    def total(on: int) -> int | None:
        if outcome == "achieved":
            return knowledge.added(unit, indicator, cohort, on)
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
