"""Rows as the ledger holds them: a unit, a value, and a head that many rows have in common; sorted by key."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from services.contracts.events import MAX_ROWS, RowColumns

_DAY_BITS, _NUMBER_BITS, _OUTCOME_BITS, _ID_BITS = 22, 16, 4, 44
_HEAD_BITS = _DAY_BITS + 3 * _NUMBER_BITS + _OUTCOME_BITS
_DAY_ZERO = 1 << (_DAY_BITS - 1)


class Form(NamedTuple):
    """How a source reports an indicator: at which level, by cohorts or without, ever in running totals."""

    level: str
    by_cohorts: bool
    has_cumulative: bool


class Head(NamedTuple):
    """What a row says beside unit and value. Days are days since 1970-01-01."""

    indicator_no: int
    cohort_no: int
    outcome_no: int
    reason_no: int
    day: int
    mode_no: int
    about: bool

    @property
    def order(self) -> int:
        """The part of a row's key that is in the head, as one number; see `unit_order`."""
        return self.series_order + self.day + _DAY_ZERO

    @property
    def series_order(self) -> int:
        """The same without the day."""
        packed = (self.indicator_no << _NUMBER_BITS) + self.cohort_no
        packed = (packed << _OUTCOME_BITS) + self.outcome_no
        return ((packed << _NUMBER_BITS) + self.reason_no) << _DAY_BITS


def unit_order(tenant: int, unit_id: int) -> int:
    """`unit_order(…) + head.order` is a row's key as one number, in the order of the tables' keys.

    One number, since comparing and hashing it is several times faster than a tuple of seven.
    """
    return ((tenant << _ID_BITS) + unit_id) << _HEAD_BITS


class LedgerRows(msgspec.Struct, frozen=True):
    """Rows of one campaign and source, as columns of one length, sorted by key, no key twice.

    `head`: places in `heads`; `place`: places in the batch.
    """

    heads: list[Head]
    tenant: list[int]
    unit_id: list[int]
    head: list[int]
    value: list[int]
    place: list[int]

    def __len__(self) -> int:
        return len(self.value)

    def part(self, start: int, end: int) -> "LedgerRows":
        """The rows from `start` up to, not including, `end`."""
        one = slice(start, end)
        return LedgerRows(
            self.heads, self.tenant[one], self.unit_id[one], self.head[one], self.value[one], self.place[one]
        )

    def of_heads(self, wanted: set[int]) -> "LedgerRows":
        """The rows whose head is one of these places in `heads`."""
        return self.picked([at for at, head in enumerate(self.head) if head in wanted])

    def picked(self, kept: list[int]) -> "LedgerRows":
        """The rows at these places, in that order."""
        tenant, unit_id, head, value, place = (
            [column[at] for at in kept] for column in (self.tenant, self.unit_id, self.head, self.value, self.place)
        )
        return LedgerRows(self.heads, tenant, unit_id, head, value, place)


def event_slices(rows: LedgerRows) -> Iterator[tuple[int, RowColumns]]:
    """(tenant, rows) of at most as many rows as an event carries, tenants in order."""
    start, total = 0, len(rows)
    while start < total:
        tenant = rows.tenant[start]
        end = bisect_right(rows.tenant, tenant, start, min(start + MAX_ROWS, total))
        heads = [rows.heads[head] for head in rows.head[start:end]]
        indicators, cohorts, outcomes, reasons, days, modes, abouts = map(list, zip(*heads, strict=True))
        yield (
            tenant,
            RowColumns(
                unit_id=rows.unit_id[start:end],
                indicator_no=indicators,
                cohort_no=cohorts,
                outcome_no=outcomes,
                reason_no=reasons,
                day=days,
                mode_no=modes,
                value=rows.value[start:end],
                about=[at for at, about in enumerate(abouts) if about] if any(abouts) else [],
            ),
        )
        start = end
