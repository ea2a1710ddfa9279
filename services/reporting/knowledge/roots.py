"""Units under which the present is not what was known at a moment, and in which way what was known is found."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple


class Root(NamedTuple):
    """Such a unit, for one indicator.

    `since`: of days before it, all that is known now was known then. What was known is the total as of the day before,
    with what the rows of days from it on added, if any of these was known (`is_told_since`). None: everything under the
    unit is derived anew from the log.
    """

    indicator_no: int
    unit_id: int
    tenant: int
    path: Sequence[int]
    since: date | None = None
    is_told_since: bool = False


class Roots:
    """Roots of which none lies under another."""

    def __init__(self, roots: Iterable[Root]) -> None:
        self._of = {(one.indicator_no, one.unit_id): one for one in roots}
        self.derived = [one for one in self._of.values() if one.since is None]
        self.told_since = [one for one in self._of.values() if one.is_told_since]
        self.cut: dict[date, list[Root]] = {}
        """Those that are not derived anew, by the day as of which the present was known."""
        for one in self._of.values():
            if (last := last_known_day(one)) is not None:
                self.cut.setdefault(last, []).append(one)

    def __iter__(self) -> Iterator[Root]:
        return iter(self._of.values())

    def __len__(self) -> int:
        return len(self._of)

    def over(self, indicator_no: int, path: Sequence[int]) -> Root | None:
        """The root that the unit at the end of the path is, or lies under."""
        if self._of:
            for unit_id in path:
                if (found := self._of.get((indicator_no, unit_id))) is not None:
                    return found
        return None


def last_known_day(root: Root) -> date | None:
    """The day as of which totals under the root are what was known; None where they are derived anew."""
    return None if root.since is None else root.since - timedelta(days=1)
