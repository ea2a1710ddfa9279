"""Values far above what their series usually says: a warning, since a slip of the hand looks like this."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta

import asyncpg

from services.contracts.words import MODE_NO, OUTCOME_NO, Mode, Outcome
from services.progress.ingestion.receipts import RowRemark
from services.progress.ledger.queries import LedgerSlot
from services.progress.ledger.rows import Head, LedgerRows, unit_order
from services.progress.ledger.series import FEWEST_DAYS, Rise, medians, rises

TIMES = 20
"""A value is a jump above so many times the median of the other days, of at least `FEWEST_DAYS`."""
GOOD_FOR = timedelta(hours=6)
REMEMBERED = 200_000

_DAILY = MODE_NO[Mode.DAILY]
STOCK_NO = OUTCOME_NO[Outcome.CARRIED_OVER]
_Series = tuple[int, int, int]
"""Campaign, source, and the key without its day as one number."""


class Medians:
    """Medians of series that this process has asked for: they move slowly, and asking costs more than all else."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Series, tuple[int, int, datetime]] = OrderedDict()

    def get(self, series: _Series, now: datetime) -> tuple[int, int] | None:
        """(median, days) where it is known and fresh."""
        found = self._known.get(series)
        return found[:2] if found is not None and now < found[2] else None

    def put(self, series: _Series, median: int, days: int, now: datetime) -> None:
        """It is known for some time; what was put first is forgotten first."""
        self._known.pop(series, None)
        self._known[series] = (median, days, now + GOOD_FOR)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


async def jumps(
    connection: asyncpg.Connection, slot: LedgerSlot, rows: LedgerRows, known: Medians, *, now: datetime, most: int
) -> list[RowRemark]:
    """A warning for each daily row that says more than `TIMES` the median; `rows` are not live yet."""
    # Nothing below is above 20 times a median of 1: nearly all rows of a batch end here.
    large = [at for at, value in enumerate(rows.value) if value > TIMES]
    large = [at for at in large if rows.heads[rows.head[at]].mode_no == _DAILY]
    if not large:
        return []
    found: list[RowRemark] = []
    unknown: list[int] = []
    for at in large:
        median = known.get(_series(slot, rows, at), now)
        if median is None:
            unknown.append(at)
        elif rows.value[at] > TIMES * max(median[0], 1):
            found.append(_remark(rows, at, *median))
    if unknown:
        asked = rows.picked(unknown)
        for at, (middle, days) in zip(unknown, await medians(connection, slot, asked), strict=True):
            if days < FEWEST_DAYS:
                continue
            known.put(_series(slot, rows, at), middle, days, now)
            if rows.value[at] > TIMES * max(middle, 1):
                found.append(_remark(rows, at, middle, days))
    return sorted(found, key=lambda one: one.row)[:most]


async def leaps(connection: asyncpg.Connection, slot: LedgerSlot, rows: LedgerRows, *, most: int) -> list[RowRemark]:
    """A warning for each running total by which more than `TIMES` the median happened on its day; `rows` are live."""
    if all(head.mode_no == _DAILY for head in rows.heads):
        return []
    large = [
        at
        for at, value in enumerate(rows.value)
        if value > TIMES and (head := rows.heads[rows.head[at]]).mode_no != _DAILY and head.outcome_no != STOCK_NO
    ]
    if not large:
        return []
    return leap_remarks(await rises(connection, slot, rows.picked(large), times=TIMES, most=most))


def leap_remarks(found: Iterable[Rise]) -> list[RowRemark]:
    """The same of what was found already."""
    return [
        RowRemark(
            one.place,
            f"/rows/{one.place}/value",
            "jump",
            f"By this total {one.increase} happened on its day, more than {TIMES} times what usually does (the median"
            f" of {one.days} days before is {one.median}). The row counts; send the right number if it is wrong.",
        )
        for one in found
    ]


def _series(slot: LedgerSlot, rows: LedgerRows, at: int) -> _Series:
    head: Head = rows.heads[rows.head[at]]
    return slot.campaign_id, slot.source_id, unit_order(rows.tenant[at], rows.unit_id[at]) + head.series_order


def _remark(rows: LedgerRows, at: int, median: int, days: int) -> RowRemark:
    place, value = rows.place[at], rows.value[at]
    detail = (
        f"On other days the source reports {median} here (the median of {days} days); {value} is more than {TIMES}"
        " times that. The row counts; send the right number if it is wrong."
    )
    return RowRemark(place, f"/rows/{place}/value", "jump", detail)
