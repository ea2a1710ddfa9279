"""What may be told of why cases are exempt (rule 14, ADR 0011).

Whoever may not know sensitive reasons is told of reasons put together: the sensitive ones and the last that is not, as
if they were a single reason. Which ones is decided by the campaign's definition and never by its numbers, and the
reasons are put together before anything is counted. So every answer, of any unit, day, moment or cohort, stays the
same whichever of them a case has: no arithmetic over answers takes apart what none of them held apart.
"""

import msgspec

from services.contracts.definitions import CohortDefinition, IndicatorDefinition


class Disclosure(msgspec.Struct, frozen=True):
    """What one caller may be told of one indicator's reasons.

    `entries`: the codes that are told of as one, in the campaign's order. `withheld_rates`: whose adjusted rate would
    take an entry apart, and whatever follows from that rate: a cohort's by its code, the whole indicator's as None.
    `tells_exempt`: whether the total is told; not where every reason is sensitive.
    """

    entries: tuple[tuple[str, ...], ...]
    withheld_rates: frozenset[str | None] = frozenset()
    tells_exempt: bool = True

    @property
    def is_full(self) -> bool:
        """Whether nothing is put together or withheld."""
        return self.tells_exempt and all(len(one) == 1 for one in self.entries)

    def keeps(self, other: "Disclosure") -> bool:
        """Whether all that `other` tells of together is told of together here, and nothing it withholds is told."""
        mine = [set(one) for one in self.entries]
        together = all(any(members.issuperset(one) for members in mine) for one in other.entries)
        withheld = self.withheld_rates >= other.withheld_rates
        return together and withheld and self.tells_exempt <= other.tells_exempt


def whole(indicator: IndicatorDefinition) -> Disclosure:
    """Every reason by itself: for whoever may know sensitive reasons."""
    return Disclosure(tuple((one.code,) for one in indicator.reasons))


def guarded(indicator: IndicatorDefinition, small_count: int) -> Disclosure:
    """What everybody else is told. Where no count above 0 is small, nothing is guarded.

    Reasons are put together where they leave the same denominators, so that adjusted rates can still be told; where
    that leaves sensitive reasons among themselves, all are put together, and the rates that would take them apart are
    withheld.
    """
    sensitive = [one.code for one in indicator.reasons if one.sensitive]
    plain = [one.code for one in indicator.reasons if not one.sensitive]
    if not sensitive or small_count <= 1:
        return whole(indicator)
    denominators = {None: leaving(indicator), **{one.code: leaving(indicator, one) for one in indicator.cohorts}}
    if not plain:
        withheld = frozenset(key for key, left in denominators.items() if left)
        return Disclosure((tuple(sensitive),), withheld, tells_exempt=False)

    def place(code: str) -> tuple[bool, ...]:
        return tuple(code in left for left in denominators.values())

    joined: dict[tuple[bool, ...], set[str]] = {}
    for code in sensitive:
        joined.setdefault(place(code), set()).add(code)
    covers = {where: next((code for code in reversed(plain) if place(code) == where), None) for where in joined}
    groups = [members | {covers[where]} for where, members in joined.items()]
    if None in covers.values():
        found = {code for code in covers.values() if code is not None} or {plain[-1]}
        groups = [{*sensitive, *found}]
    withheld = frozenset(
        key for key, left in denominators.items() if any(0 < len(one & left) < len(one) for one in groups)
    )
    order = [one.code for one in indicator.reasons]
    whose = {code: tuple(one for one in order if one in group) for group in groups for code in group}
    return Disclosure(tuple(dict.fromkeys(whose.get(code, (code,)) for code in order)), withheld)


def leaving(indicator: IndicatorDefinition, cohort: CohortDefinition | None = None) -> frozenset[str]:
    """The reasons that leave the denominator (rule 9): those that the cohort names, else the indicator, else all."""
    named = indicator.reasons_leaving_denominator
    if cohort is not None and cohort.reasons_leaving_denominator is not None:
        named = cohort.reasons_leaving_denominator
    return frozenset(one.code for one in indicator.reasons) if named is None else frozenset(named)
