"""A batch of any size is taken part by part, in one transaction and in bounded memory.

Its rows wait in a table of the transaction until all of them are judged; what is done then is what `commands` does.
"""

import heapq
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from services.chassis.database import UnitOfWork, uuid7
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput
from services.chassis.writes import Answer
from services.contracts.events import RowsRecorded
from services.progress.desk import Desk
from services.progress.ingestion.excesses import Said, doubtful_sums, excesses, headroom_of, running_numbers
from services.progress.ingestion.foresight import Totals, anchors_of, rollup_of, totals_at
from services.progress.ingestion.jumps import STOCK_NO, TIMES, jumps, leap_remarks
from services.progress.ingestion.keeping import (
    fall_remarks,
    header_of,
    keep_batch,
    keep_forms,
    outdated_remarks,
    receipt_of,
    within,
)
from services.progress.ingestion.ndjson import read_strictly
from services.progress.ingestion.reading import Batch
from services.progress.ingestion.receipts import SHOWN, Rollup, RowCounts, RowRemark, Status
from services.progress.ingestion.rules import judge
from services.progress.ingestion.setting import Setting, Way, setting_of
from services.progress.ledger import remarks, staging
from services.progress.ledger.rows import Form

ROWS_A_PART = 2_000
"""Judged at once: some 30 ms in which nobody else is answered."""
EVENTS_IN_MEMORY = 16


class _Tally:
    """What is known of the parts that were judged so far."""

    def __init__(self, forms: dict[int, Form]) -> None:
        self.received = 0
        self.rejected = 0
        self.forms = forms
        self.used: dict[int, Form] = {}
        self.units: set[int] = set()
        self.amends = False
        self.warnings: list[RowRemark] = []
        self.errors: list[RowRemark] = []


class _Bulk(NamedTuple):
    work: UnitOfWork
    desk: Desk
    caller: Caller
    header: Batch
    setting: Setting
    batch_id: uuid.UUID
    keeps: bool


async def take_large(
    work: UnitOfWork,
    desk: Desk,
    caller: Caller,
    campaign: str,
    header: Batch,
    parts: Callable[[], Iterable[Batch]],
    way: Way,
) -> Answer:
    """The receipt, as of `take_batch`. `header`: the batch without rows; `parts`: its parts, in order.

    Raises: NotFound, SourceNotYours, ScopeMissing, InvalidInput.
    """
    setting = await setting_of(work, desk, caller, campaign, header, lock=True)
    bulk = _Bulk(work, desk, caller, header, setting, uuid7(), keeps=not way.dry_run)
    if bulk.keeps:
        return await _take(bulk, parts(), way)
    savepoint = work.connection.transaction()
    await savepoint.start()
    answer = await _take(bulk, parts(), way)
    await savepoint.rollback()
    work.forget_events()
    return answer


async def _take(bulk: _Bulk, parts: Iterable[Batch], way: Way) -> Answer:
    connection = bulk.work.connection
    await staging.create(connection)
    tally = _Tally(dict(bulk.setting.around.forms))
    for part in parts:
        await _judge(bulk, part, tally)
    if not tally.received:
        raise InvalidInput(count=1, errors=[FieldError("/rows", "rows_missing", "A batch has at least one row.")])
    twice = await staging.drop_twice(connection)
    await _note_errors(bulk, tally, list(map(_twice, twice)))
    tally.rejected += len(twice)
    staged = await staging.count(connection)
    if not staged or (way.atomic and tally.rejected):
        counts = RowCounts(received=tally.received, created=0, corrected=0, unchanged=0, rejected=tally.received)
        return Answer(await _close(bulk, tally, "rejected", counts, []), status=422)
    return Answer(await _write(bulk, tally, staged))


async def _judge(bulk: _Bulk, part: Batch, tally: _Tally) -> None:
    """The part is judged, its good rows are staged. Forms that its rows fix hold for the parts behind it."""
    around = msgspec.structs.replace(bulk.setting.around, forms=tally.forms)
    judged = judge(part, around)
    if part.may_have_keys_twice(judged.keys):
        part = read_strictly(part)
        judged = judge(part, around)
    connection = bulk.work.connection
    await staging.put(connection, judged.rows, offset=part.offset)
    await staging.put(connection, judged.twice, offset=part.offset, twice=True)
    tally.received += len(part.rows)
    tally.rejected += judged.rejected
    tally.forms |= judged.decided
    tally.used |= judged.forms
    tally.units.update(judged.rows.unit_id)
    tally.amends |= judged.amends
    if len(tally.warnings) <= SHOWN:
        found = await jumps(
            connection, bulk.setting.slot, judged.rows, bulk.desk.medians, now=bulk.work.moment, most=SHOWN + 1
        )
        tally.warnings += [part.located(one) for one in [*judged.warnings, *found]]
    await _note_errors(bulk, tally, [part.located(one) for one in judged.errors])


async def _note_errors(bulk: _Bulk, tally: _Tally, errors: Sequence[RowRemark]) -> None:
    """The errors are on record, all of them once there are more than a receipt shows; the first ones are in memory."""
    before = len(tally.errors)
    tally.errors = list(heapq.merge(tally.errors, errors, key=lambda one: one.row))
    if bulk.keeps and len(tally.errors) > SHOWN:
        await remarks.keep(bulk.work.connection, bulk.batch_id, errors if before > SHOWN else tally.errors)
    del tally.errors[SHOWN + 1 :]


def _twice(place: int) -> RowRemark:
    detail = "Another row of this batch has the same key; send one row per key."
    return RowRemark(place, f"/rows/{place}", "duplicate_row", detail)


async def _write(bulk: _Bulk, tally: _Tally, staged: int) -> bytes:
    work, slot = bulk.work, bulk.setting.slot
    await keep_forms(work, bulk.setting, tally.used)
    campaign = bulk.setting.around.campaign
    before: Totals = {}
    if not bulk.keeps:
        before = await totals_at(
            work.connection, campaign, anchors_of(campaign, await staging.bears_on(work.connection))
        )
    done = await staging.append(work.connection, slot)
    warnings = list(tally.warnings)
    if done.created + done.corrected + done.repeated < staged:
        warnings += outdated_remarks(await staging.outdated(work.connection, slot, most=SHOWN + 1))
    running = [number for number, form in tally.used.items() if form.has_cumulative]
    if running:
        rises = await staging.rises(work.connection, slot, times=TIMES, stock_no=STOCK_NO, most=SHOWN + 1)
        warnings += leap_remarks(rises)
        falls = await staging.falls(work.connection, slot, indicators=running, stock_no=STOCK_NO, most=SHOWN + 1)
        warnings += fall_remarks(falls)
    warnings += await _excesses(bulk, tally, staged)
    if bulk.keeps:
        await _record(bulk, amends=tally.amends)
    counts = RowCounts(
        received=tally.received,
        created=done.created,
        corrected=done.corrected,
        unchanged=staged - done.created - done.corrected,
        rejected=tally.rejected,
    )
    rollup = None
    if not bulk.keeps:
        rollup = rollup_of(campaign, before, await totals_at(work.connection, campaign, before))
    status: Status = "partially_accepted" if tally.rejected else "accepted"
    return await _close(bulk, tally, status, counts, warnings, rollup)


async def _excesses(bulk: _Bulk, tally: _Tally, staged: int) -> list[RowRemark]:
    connection, setting = bulk.work.connection, bulk.setting
    known = headroom_of(bulk.desk.headrooms, setting, bulk.work, keeps=bulk.keeps)
    running = running_numbers(tally.used)
    sums = [Said(*one) for one in await staging.sums(connection, running=running)]
    said = doubtful_sums(setting.around.campaign, sums, tally.used, known)
    return await excesses(connection, setting, said, tally.used, known, now=bulk.work.moment, rows=staged)


async def _record(bulk: _Bulk, *, amends: bool) -> None:
    header = header_of(bulk.header, bulk.setting, bulk.batch_id, amends=amends)
    recorded = 0
    async for tenant, columns in staging.event_slices(bulk.work.connection):
        bulk.work.record(RowsRecorded(tenant, header, columns), tenant=tenant)
        recorded += 1
        if recorded % EVENTS_IN_MEMORY == 0:
            await bulk.work.put_down_events()


async def _close(
    bulk: _Bulk,
    tally: _Tally,
    status: Status,
    counts: RowCounts,
    warnings: Sequence[RowRemark],
    rollup: Rollup | None = None,
) -> bytes:
    batch_id = bulk.batch_id if bulk.keeps else None
    receipt = receipt_of(batch_id, bulk.header, bulk.setting, status, counts, tally.errors, warnings, rollup=rollup)
    if bulk.keeps:
        taken = status != "rejected"
        await keep_batch(
            bulk.work,
            bulk.caller,
            bulk.header,
            bulk.setting,
            bulk.batch_id,
            status,
            receipt,
            within_id=within(bulk.setting, tally.units) if taken else None,
            amends_through=bulk.setting.around.closed_through if taken and tally.amends else None,
        )
    return receipt
