"""Linear algebra over fractions: whether sums that were told give away one that was not."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

Sum = Mapping[Any, int | Fraction]
"""A sum of unknowns: each with how often it is counted."""


class Span:
    """All that follows from the sums told so far by adding, subtracting and scaling."""

    def __init__(self, sums: Iterable[Sum] = ()) -> None:
        self._rows: dict[object, dict[object, Fraction]] = {}
        for one in sums:
            self.tell(one)

    def tell(self, one: Sum) -> None:
        """This sum is known from now on."""
        left = self._reduced(one)
        if not left:
            return
        pivot, factor = next(iter(left.items()))
        row = {key: value / factor for key, value in left.items()}
        for at, other in self._rows.items():
            if pivot in other:
                self._rows[at] = _less(other, row, other[pivot])
        self._rows[pivot] = row

    def sums(self) -> list[dict[object, Fraction]]:
        """As few sums as say the same."""
        return list(self._rows.values())

    def gives_away(self, one: Sum) -> bool:
        """Whether the sum follows from those that were told."""
        return not self._reduced(one)

    def _reduced(self, one: Sum) -> dict[object, Fraction]:
        left = {key: Fraction(value) for key, value in one.items() if value}
        for pivot in [key for key in left if key in self._rows]:
            left = _less(left, self._rows[pivot], left[pivot])
        return left


def _less(one: Mapping[object, Fraction], other: Mapping[object, Fraction], times: Fraction) -> dict[object, Fraction]:
    keys = {**one, **other}
    found = {key: one.get(key, Fraction(0)) - times * other.get(key, Fraction(0)) for key in keys}
    return {key: value for key, value in found.items() if value}
