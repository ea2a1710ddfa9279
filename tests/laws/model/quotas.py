"""Rule 8: which lines are in force on a day, as known at a moment, and what quota a unit has."""

from dataclasses import dataclass

from tests.laws.model import hierarchy
from tests.laws.model.story import Issue, Line, Story


@dataclass(frozen=True)
class Quota:
    amount: int
    baseline: int
    basis: str


def lines_in_force(story: Story, *, day: int, known: int | None) -> list[Line]:
    """Of each plan the last revision that was issued by then and is dated by that day."""
    newest: dict[int, Issue] = {}
    for _, act in story.until(known):
        if isinstance(act, Issue) and act.day <= day:
            newest[act.plan] = act
    return [line for issue in newest.values() for line in issue.lines]


def quota(story: Story, lines: list[Line], *, unit: str, indicator: str, cohort: str | None) -> Quota | None:
    received = [
        line for line in lines if line.unit == unit and line.indicator == indicator and cohort in (None, line.cohort)
    ]
    if received:
        return Quota(sum(line.amount for line in received), sum(line.baseline for line in received), "received")
    below = [
        found
        for child in hierarchy.children(story, unit)
        if (found := quota(story, lines, unit=child.code, indicator=indicator, cohort=cohort)) is not None
    ]
    if not below:
        return None
    return Quota(sum(one.amount for one in below), sum(one.baseline for one in below), "derived")
