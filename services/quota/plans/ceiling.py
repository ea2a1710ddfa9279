"""Whether whoever hands down has what it hands down, on every day from a plan's date on."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

NO_COHORT = 0

Key = tuple[int, int]
"""Indicator and cohort, by number; cohort 0 is none."""


class Handover(msgspec.Struct, frozen=True):
    """What one issued revision of a plan hands over, as far as it matters; nothing where it names nobody that does."""

    family: uuid.UUID
    revision: int
    day: date
    amounts: Mapping[Key, int]


class Excess(msgspec.Struct, frozen=True):
    """What is handed down beyond what was received; `cohort_no` None: all cohorts of the indicator together."""

    indicator_no: int
    cohort_no: int | None
    received: int
    handed_down: int

    @property
    def excess(self) -> int:
        """By how much."""
        return self.handed_down - self.received


def in_force(handovers: Iterable[Handover], day: date) -> dict[Key, int]:
    """The sums on that day: of each plan its highest revision that is dated by then."""
    newest: dict[uuid.UUID, Handover] = {}
    for one in handovers:
        if one.day <= day and (one.family not in newest or newest[one.family].revision < one.revision):
            newest[one.family] = one
    found: dict[Key, int] = {}
    for one in newest.values():
        for key, amount in one.amounts.items():
            found[key] = found.get(key, 0) + amount
    return found


def names_anything(handovers: Iterable[Handover]) -> bool:
    """Whether the newest revision of any plan hands anything over."""
    newest: dict[uuid.UUID, Handover] = {}
    for one in handovers:
        if one.family not in newest or newest[one.family].revision < one.revision:
            newest[one.family] = one
    return any(one.amounts for one in newest.values())


def days_of_change(handovers: Iterable[Handover], *, since: date) -> list[date]:
    """`since` and every later day on which a revision comes into force."""
    return sorted({since} | {one.day for one in handovers if one.day > since})


def first_excess(
    received: Sequence[Handover],
    given: Sequence[Handover],
    *,
    since: date,
    indicators: Iterable[int],
    unbounded: bool = False,
) -> tuple[date, list[Excess]] | None:
    """The first day from `since` on with an excess of one of the indicators, and all of that day; None without any.

    Days on which nothing is received yet pass: the plan below may be dated before the plan above. `unbounded`: what
    was received of no plan has no ceiling.
    """
    wanted = set(indicators)
    for day in days_of_change((*received, *given), since=since):
        came = in_force(received, day)
        if not came and not unbounded:
            continue
        went = {key: amount for key, amount in in_force(given, day).items() if key[0] in wanted}
        found = excesses(came, went, unbounded=unbounded)
        if found:
            return day, found
    return None


def excesses(received: Mapping[Key, int], handed_down: Mapping[Key, int], *, unbounded: bool = False) -> list[Excess]:
    """Where more is handed down than was received, per indicator, and per cohort where quotas came by cohorts.

    What was received without a cohort may be handed down to any; what was received for one may be handed down
    without saying which. `unbounded`: indicators of which nothing was received have no ceiling.
    """
    found = []
    for indicator_no in sorted({indicator for indicator, _ in handed_down}):
        came = {cohort: amount for (indicator, cohort), amount in received.items() if indicator == indicator_no}
        went = {cohort: amount for (indicator, cohort), amount in handed_down.items() if indicator == indicator_no}
        if unbounded and not came:
            continue
        total_came, total_went = sum(came.values()), sum(went.values())
        if total_went > total_came:
            found.append(Excess(indicator_no, None, total_came, total_went))
        undivided = came.get(NO_COHORT, 0)
        if came.keys() <= {NO_COHORT}:
            continue
        for cohort_no in sorted(went.keys() - {NO_COHORT}):
            own = came.get(cohort_no, 0)
            drawn = max(0, went[cohort_no] - own)
            if drawn > undivided:
                found.append(Excess(indicator_no, cohort_no, own + undivided, went[cohort_no]))
            undivided -= min(drawn, undivided)
    return found


def totals(amounts: Mapping[Key, int]) -> dict[int, int]:
    """The sums over cohorts, by indicator."""
    found: dict[int, int] = {}
    for (indicator_no, _), amount in amounts.items():
        found[indicator_no] = found.get(indicator_no, 0) + amount
    return found
