"""Rule 8: which plans are in force on a day, as known at a moment, and what quota a unit has."""

from dataclasses import dataclass

from tests.laws.model import hierarchy
from tests.laws.model.story import Issue, Line, Story


@dataclass(frozen=True)
class Quota:
    amount: int
    baseline: int
    basis: str


def plans_in_force(story: Story, *, day: int, known: int | None) -> list[Issue]:
    """Of each plan the last revision that was issued by then and is dated by that day."""
    newest: dict[int, Issue] = {}
    for _, act in story.until(known):
        if isinstance(act, Issue) and act.day <= day:
            newest[act.plan] = act
    return list(newest.values())


def lines_in_force(story: Story, *, day: int, known: int | None) -> list[Line]:
    return [line for issue in plans_in_force(story, day=day, known=known) for line in issue.lines]


def have_issued(story: Story, *, day: int, known: int | None) -> set[str]:
    """The units that have a plan of their own in force: one that hands something down."""
    return {
        issue.unit for issue in plans_in_force(story, day=day, known=known) if issue.unit is not None and issue.lines
    }


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
