"""Quotas in force over time (rule 8), as pure functions of days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from services.contracts.words import QuotaBasis

BASIS_NO = {QuotaBasis.RECEIVED: 1, QuotaBasis.DERIVED: 2}

Value = TypeVar("Value")


class Amounts(NamedTuple):
    """A quota and its baseline."""

    amount: int
    baseline: int


class From(NamedTuple, Generic[Value]):
    """What holds from a day until the next of the same course; None: nothing."""

    day: date
    value: Value | None


Course = Sequence[From[Value]]
"""What holds over time: by day, each different from the one before, nothing before the first."""


class InForce(NamedTuple):
    """A quota in force and where it comes from."""

    amounts: Amounts
    basis: QuotaBasis


class Issue(NamedTuple, Generic[Value]):
    """One revision of a plan: from its document's date it replaces those before it."""

    revision: int
    day: date
    value: Value | None


def course_of(points: Iterable[From[Value]]) -> list[From[Value]]:
    """The points (sorted by day) that change something."""
    found: list[From[Value]] = []
    standing: Value | None = None
    for point in points:
        if point.value != standing:
            found.append(point)
            standing = point.value
    return found


def revisions_in_force(issues: Iterable[Issue[Value]]) -> list[From[Value]]:
    """Of one plan's revisions, which value holds when: on each day the highest revision that is dated by then."""
    points: list[From[Value]] = []
    highest: Issue[Value] | None = None
    for issue in sorted(issues, key=lambda one: (one.day, one.revision)):
        if highest is not None and issue.revision < highest.revision:
            continue
        highest = issue
        if points and points[-1].day == issue.day:
            points.pop()
        points.append(From(issue.day, issue.value))
    return course_of(points)


def together(courses: Iterable[Course[Amounts]]) -> list[From[Amounts]]:
    """The sum of several courses, where nothing and something is something."""
    all_of_them = list(courses)
    if len(all_of_them) == 1:
        return list(all_of_them[0])
    changes: dict[date, list[tuple[int, Amounts | None]]] = {}
    for number, course in enumerate(all_of_them):
        for day, value in course:
            changes.setdefault(day, []).append((number, value))
    standing: list[Amounts | None] = [None] * len(all_of_them)
    amount = baseline = known = 0
    points: list[From[Amounts]] = []
    for day in sorted(changes):
        for number, value in changes[day]:
            for sign, one in ((-1, standing[number]), (1, value)):
                if one is not None:
                    amount += sign * one.amount
                    baseline += sign * one.baseline
                    known += sign
            standing[number] = value
        points.append(From(day, Amounts(amount, baseline) if known else None))
    return course_of(points)


def in_force(received: Course[Amounts], children: Iterable[Course[Amounts]]) -> list[From[InForce]]:
    """What a unit received, and on days on which it received nothing the sum of its children's."""
    derived = together(children)
    points: list[From[InForce]] = []
    for day in sorted({point.day for point in received} | {point.day for point in derived}):
        own, below = at(received, day), at(derived, day)
        value = None
        if own is not None:
            value = InForce(own, QuotaBasis.RECEIVED)
        elif below is not None:
            value = InForce(below, QuotaBasis.DERIVED)
        points.append(From(day, value))
    return course_of(points)


def at(course: Course[Value], day: date) -> Value | None:
    """What holds on that day."""
    value = None
    for point in course:
        if point.day > day:
            break
        value = point.value
    return value


def received(lines: Mapping[Value, Amounts], families: Iterable[Iterable[Issue[Value]]]) -> list[From[Amounts]]:
    """What a unit received over time: `lines` by plan, `families` the revisions of each plan that ever named it."""
    return together(
        revisions_in_force(
            Issue(one.revision, one.day, None if one.value is None else lines.get(one.value)) for one in revisions
        )
        for revisions in families
    )
