"""Units in time as plain values: who stands above whom on which days.

`Row`s of a request bear their position in it; rows that are known already bear None.
"""

from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from services.contracts.words import Level


class Row(msgspec.Struct, eq=False):
    """A unit in one period of validity; open ends are the first and the last day of the calendar."""

    position: int | None
    code: str
    level: Level
    kind: str
    parent_code: str | None
    name: str
    first: date
    last: date

    @property
    def identity(self) -> tuple[str, date]:
        """What says which unit this is."""
        return self.code, self.first

    def says_the_same_as(self, other: "Row") -> bool:
        """Whether nothing would change."""
        return (self.level, self.kind, self.parent_code, self.name, self.last) == (
            other.level,
            other.kind,
            other.parent_code,
            other.name,
            other.last,
        )

    def is_valid_on(self, day: date) -> bool:
        """Whether the unit exists on that day."""
        return self.first <= day <= self.last

    def keeps_its_place(self, other: "Row", day: date) -> bool:
        """Whether on that day the other version of this unit stands where this one does."""
        return other.is_valid_on(day) and (self.level, self.parent_code) == (other.level, other.parent_code)


class Hierarchy:
    """Rows by code, and who stands above whom on which days."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.by_code: dict[str, list[Row]] = {}
        for row in rows:
            self.by_code.setdefault(row.code, []).append(row)

    def bearers(self, code: str, first: date, last: date) -> Iterator[Row]:
        """The units that bear the code on some of the days."""
        return (row for row in self.by_code.get(code, ()) if row.first <= last and first <= row.last)

    def parents(self, row: Row) -> list[Row]:
        """The units above the row on some of its days."""
        return [] if row.parent_code is None else list(self.bearers(row.parent_code, row.first, row.last))

    def is_covered(self, row: Row, roots: frozenset[str]) -> bool:
        """Whether on every day of its validity the row or a unit above it bears one of the codes."""
        open_ = [(row, row.first, row.last)]
        passed: set[tuple[str, date, date]] = set()
        while open_:
            unit, first, last = open_.pop()
            if unit.code in roots:
                continue
            if unit.parent_code is None or (unit.code, first, last) in passed:
                return False
            passed.add((unit.code, first, last))
            reached = first.toordinal()
            for above in sorted(self.bearers(unit.parent_code, first, last), key=lambda one: one.first):
                if max(above.first, first).toordinal() > reached:
                    return False
                reached = above.last.toordinal() + 1
                open_.append((above, max(above.first, first), min(above.last, last)))
            if reached <= last.toordinal():
                return False
        return True


def possibly_in_circles(hierarchy: Hierarchy) -> set[Row]:
    """The rows that are left when those without a parent or without a child have been taken away, again and again.

    Linear, and empty for nearly every request; days are looked at only for what is left.
    """
    rows = [row for same in hierarchy.by_code.values() for row in same]
    parents = {row: hierarchy.parents(row) for row in rows}
    children: dict[Row, list[Row]] = {row: [] for row in rows}
    for row, above in parents.items():
        for parent in above:
            children[parent].append(row)
    left = set(rows)
    for towards, away in ((parents, children), (children, parents)):
        degree = {row: sum(one in left for one in towards[row]) for row in left}
        open_ = [row for row in left if degree[row] == 0]
        while open_:
            gone = open_.pop()
            left.discard(gone)
            for neighbour in away[gone]:
                if neighbour in left:
                    degree[neighbour] -= 1
                    if degree[neighbour] == 0:
                        open_.append(neighbour)
    return left


def reaches_itself(start: Row, hierarchy: Hierarchy, suspects: set[Row]) -> bool:
    """Whether on some day the row stands above itself."""
    open_ = [(start, start.first, start.last)]
    passed: set[tuple[str, date, date]] = set()
    while open_:
        unit, first, last = open_.pop()
        if unit.parent_code is None:
            continue
        for above in hierarchy.bearers(unit.parent_code, first, last):
            if above is start:
                return True
            piece = (above, max(above.first, first), min(above.last, last))
            seen = (above.code, piece[1], piece[2])
            if above in suspects and seen not in passed:
                passed.add(seen)
                open_.append(piece)
    return False
