"""Whether rows make a hierarchy together with what is known: each unit's place, on every day of its validity."""

from collections.abc import Iterator, Sequence
from datetime import date

from services.chassis.problems import FieldError
from services.contracts.words import LEVEL_ORDER, Level
from services.quota.hierarchy.forest import Hierarchy, Row, possibly_in_circles, reaches_itself


def row_faults(rows: Sequence[Row], known: Sequence[Row]) -> list[FieldError]:
    """What is wrong with the rows of a request, in their order; `known` are the units that concern them."""
    found = [*_reversed_periods(rows), *_twice_on_a_day(rows)]
    replaced = {row.identity for row in rows}
    kept = [row for row in known if row.identity not in replaced]
    found += _overlaps(rows, kept)
    hierarchy = Hierarchy([*kept, *rows])
    found += _misplaced(rows, hierarchy)
    found += _misplaced_children(rows, kept, hierarchy)
    if found or any(one.level is Level.BODY or one.parent_code == one.code for one in (*kept, *rows)):
        # Otherwise each unit stands below another of a higher level, and nobody above itself.
        found += _circles(rows, hierarchy)
    return _in_order(found)


def uncovered(rows: Sequence[Row], known: Sequence[Row], roots: frozenset[str]) -> list[FieldError]:
    """The rows that a token for these subtrees may not write, worded so that they tell nothing of what it cannot see.

    A unit has to be covered before and after; so has its parent, unless the unit is the top of a subtree and stays
    where it is.
    """
    before = Hierarchy(known)
    replaced = {row.identity for row in rows}
    after = Hierarchy([*(row for row in known if row.identity not in replaced), *rows])
    known_by_identity = {row.identity: row for row in known}
    found = []
    for row in rows:
        old = known_by_identity.get(row.identity)
        if not all(before.is_covered(one, roots) for one in before.bearers(row.code, row.first, row.last)):
            found.append(_error(row, "code", "unit_outside_token", "the token's units do not cover this unit"))
        elif row.parent_code is None:
            if row.code not in roots or (old is not None and old.parent_code is not None):
                found.append(_error(row, "code", "unit_outside_token", "the token's units do not cover this unit"))
        elif not (old is not None and old.parent_code == row.parent_code and row.code in roots):
            parents = after.parents(row)
            if not parents or not all(after.is_covered(parent, roots) for parent in parents):
                found.append(_unknown_parent(row))
    return found


def moved_in_campaign(row: Row, *, campaign: str, day: date) -> FieldError:
    """The row would change the tree that a campaign already works with."""
    return _error(
        row,
        "parent_code",
        "unit_in_campaign",
        f"plans or reports of {campaign} stand on this unit's level and parent of {day}; "
        "end this validity after that day and begin another row for what holds from then on",
    )


def _error(row: Row, field: str, code: str, detail: str) -> FieldError:
    return FieldError(f"/units/{row.position}/{field}", code, detail)


def _in_order(found: list[FieldError]) -> list[FieldError]:
    return sorted(found, key=lambda error: int(error.pointer.split("/")[2]))


def _unknown_parent(row: Row) -> FieldError:
    return _error(
        row,
        "parent_code",
        "unknown_parent",
        f"no unit bears the code {row.parent_code} on any day of this row's validity; "
        "send the parent in the same request or before, or correct the code",
    )


def _reversed_periods(rows: Sequence[Row]) -> Iterator[FieldError]:
    for row in rows:
        if row.last < row.first:
            yield _error(
                row,
                "valid_to",
                "valid_to_before_valid_from",
                f"the last day {row.last} lies before the first day {row.first}; exchange or correct them",
            )


def _twice_on_a_day(rows: Sequence[Row]) -> Iterator[FieldError]:
    by_code: dict[str, list[Row]] = {}
    for row in rows:
        if row.first <= row.last:
            by_code.setdefault(row.code, []).append(row)
    for code, same in by_code.items():
        same.sort(key=lambda row: row.first)
        guilty: set[int] = set()
        widest = same[0]
        for row in same[1:]:
            if row.first <= widest.last:
                guilty |= {row.position or 0, widest.position or 0}
            widest = max(row, widest, key=lambda one: one.last)
        for row in same:
            if (row.position or 0) in guilty:
                yield _error(
                    row,
                    "code",
                    "code_twice_on_a_day",
                    f"another row of this request bears the code {code} on a day of this row's validity; "
                    "keep one of them, or let one end before the other begins",
                )


def _overlaps(rows: Sequence[Row], kept: Sequence[Row]) -> Iterator[FieldError]:
    known = Hierarchy(kept)
    for row in rows:
        for other in known.bearers(row.code, row.first, row.last):
            yield _error(
                row,
                "valid_from",
                "validity_overlaps",
                f"the code {row.code} is borne by {other.name} {_period(other)}; "
                "end that validity in the same request, or begin this one after it",
            )
            break


def _period(row: Row) -> str:
    first = "" if row.first == date.min else f"from {row.first} "
    return first + ("without end" if row.last == date.max else f"to {row.last}")


def _stands_below(child: Row, parent: Row) -> bool:
    if Level.BODY in (child.level, parent.level):
        return True
    return LEVEL_ORDER[child.level] > LEVEL_ORDER[parent.level]


def _misplaced(rows: Sequence[Row], hierarchy: Hierarchy) -> Iterator[FieldError]:
    for row in rows:
        if row.parent_code is None:
            continue
        parents = hierarchy.parents(row)
        if not parents:
            yield _unknown_parent(row)
        for parent in parents:
            if parent is not row and not _stands_below(row, parent):
                yield _error(
                    row,
                    "level",
                    "level_not_below_parent",
                    f"a {row.level} cannot stand under {parent.name}, a {parent.level}; correct level or parent",
                )
                break


def _misplaced_children(rows: Sequence[Row], kept: Sequence[Row], hierarchy: Hierarchy) -> Iterator[FieldError]:
    """Units that are known already lose their parent, or outrank it, by what a row changes."""
    changed = {row.code: row for row in rows}
    told: set[tuple[int | None, str]] = set()
    for child in kept:
        row = changed.get(child.parent_code or "")
        if row is None:
            continue
        parents = hierarchy.parents(child)
        if not parents and (row.position, "valid_to") not in told:
            told.add((row.position, "valid_to"))
            yield _error(
                row,
                "valid_to",
                "children_without_parent",
                f"{child.name} ({child.code}) would stand under no unit on any day; move or end it in the same request",
            )
        for parent in parents:
            if parent.position is None or _stands_below(child, parent) or (parent.position, "level") in told:
                continue
            told.add((parent.position, "level"))
            yield _error(
                parent,
                "level",
                "level_not_above_children",
                f"{child.name} ({child.code}) below it is a {child.level}; correct the level, or move that unit first",
            )


def _circles(rows: Sequence[Row], hierarchy: Hierarchy) -> Iterator[FieldError]:
    suspects = possibly_in_circles(hierarchy)
    for row in rows:
        if row in suspects and reaches_itself(row, hierarchy, suspects):
            yield _error(
                row,
                "parent_code",
                "cycle",
                f"{row.parent_code} stands, directly or not, under this unit itself; correct one of the parents",
            )
