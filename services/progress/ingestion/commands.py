"""A batch is taken: judged, appended to the ledger, answered with its receipt, in one transaction."""

import uuid

from services.chassis.database import UnitOfWork, underway, uuid7
from services.chassis.identity import Caller
from services.chassis.writes import Answer
from services.contracts.events import RowsRecorded
from services.progress.desk import Desk
from services.progress.ingestion.excesses import Said, doubtful, excesses, headroom_of
from services.progress.ingestion.foresight import Totals, anchors_of, bears_on, rollup_of, totals_at
from services.progress.ingestion.jumps import STOCK_NO, jumps, leaps
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
from services.progress.ingestion.receipts import SHOWN, RowCounts, RowRemark, Status
from services.progress.ingestion.rules import Judged, judge
from services.progress.ingestion.setting import Setting, Way, setting_of
from services.progress.ledger import queries
from services.progress.ledger.rows import event_slices

TAKEN_AT_ONCE = 20_000
"""Rows that one statement appends, at most."""


async def take_batch(work: UnitOfWork, desk: Desk, caller: Caller, campaign: str, batch: Batch, way: Way) -> Answer:
    """The receipt (200, or 422 where nothing was taken). All rows count or none; with `atomic=False` the good ones do.

    Raises: NotFound, SourceNotYours, ScopeMissing, InvalidInput, MalformedBody (a key twice in an object).
    """
    setting = await setting_of(work, desk, caller, campaign, batch, lock=False)
    judged = judge(batch, setting.around)
    if judged.forms.items() - setting.around.forms.items():
        # A first row fixes level and form of its indicator: one writer at a time, and judged by what is fixed then.
        setting = await setting_of(work, desk, caller, campaign, batch, lock=True)
        judged = judge(batch, setting.around)
    if batch.may_have_keys_twice(judged.keys):
        batch = read_strictly(batch)
        judged = judge(batch, setting.around)
    if not judged.rows or (way.atomic and judged.rejected):
        return await _refuse(work, caller, batch, setting, judged, way)
    if not way.dry_run:
        return Answer(await _take(work, desk, caller, batch, setting, judged, uuid7()))
    view = setting.around.campaign
    before = await totals_at(work.connection, view, anchors_of(view, bears_on(judged.rows)))
    savepoint = work.connection.transaction()
    await savepoint.start()
    receipt = await _take(work, desk, caller, batch, setting, judged, None, before)
    await savepoint.rollback()
    work.forget_events()
    return Answer(receipt)


async def _refuse(work: UnitOfWork, caller: Caller, batch: Batch, setting: Setting, judged: Judged, way: Way) -> Answer:
    batch_id = None if way.dry_run else uuid7()
    errors = [batch.located(one) for one in judged.errors]
    counts = RowCounts(received=len(batch.rows), created=0, corrected=0, unchanged=0, rejected=len(batch.rows))
    receipt = receipt_of(batch_id, batch, setting, "rejected", counts, errors, [])
    if batch_id is not None:
        await keep_batch(work, caller, batch, setting, batch_id, "rejected", receipt, within_id=None, errors=errors)
    return Answer(receipt, status=422)


async def _take(
    work: UnitOfWork,
    desk: Desk,
    caller: Caller,
    batch: Batch,
    setting: Setting,
    judged: Judged,
    batch_id: uuid.UUID | None,
    before: Totals | None = None,
) -> bytes:
    """The receipt of what was taken. `before`: in a dry run, the figures that it bears on."""
    slot, rows = setting.slot, judged.rows
    await keep_forms(work, setting, judged.forms)
    created, corrected, warnings = 0, 0, list(judged.warnings)
    warnings += await jumps(work.connection, slot, rows, desk.medians, now=work.moment, most=SHOWN + 1)
    header = None if batch_id is None else header_of(batch, setting, batch_id, amends=judged.amends)
    known = headroom_of(desk.headrooms, setting, work, keeps=batch_id is not None)
    said: list[Said] = []
    for start in range(0, len(rows), TAKEN_AT_ONCE):
        part = rows.part(start, start + TAKEN_AT_ONCE)
        # Most of what is left to do here is done while the database is at it: one batch at a time is 5 % faster so.
        async with underway(queries.append(work.connection, slot, part)) as appending:
            said += doubtful(setting.around.campaign, part, judged.forms, known)
            if header is not None:
                for tenant, columns in event_slices(part):
                    work.record(RowsRecorded(tenant, header, columns), tenant=tenant)
        done = appending.result()
        created, corrected = created + done.created, corrected + done.corrected
        if done.created + done.corrected + done.repeated < len(part):
            warnings += outdated_remarks(await queries.outdated(work.connection, slot, part, most=SHOWN + 1))
    warnings += await leaps(work.connection, slot, rows, most=SHOWN + 1)
    warnings += await _falls(work, setting, judged)
    warnings += await excesses(work.connection, setting, said, judged.forms, known, now=work.moment, rows=len(rows))
    status: Status = "partially_accepted" if judged.rejected else "accepted"
    counts = RowCounts(
        received=len(batch.rows),
        created=created,
        corrected=corrected,
        unchanged=len(rows) - created - corrected,
        rejected=judged.rejected,
    )
    errors = [batch.located(one) for one in judged.errors]
    warnings = [batch.located(one) for one in warnings]
    rollup = None
    if before is not None:
        campaign = setting.around.campaign
        rollup = rollup_of(campaign, before, await totals_at(work.connection, campaign, before))
    receipt = receipt_of(batch_id, batch, setting, status, counts, errors, warnings, rollup=rollup)
    if batch_id is not None:
        await keep_batch(
            work,
            caller,
            batch,
            setting,
            batch_id,
            status,
            receipt,
            within_id=within(setting, set(rows.unit_id)),
            errors=errors,
            amends_through=setting.around.closed_through if judged.amends else None,
        )
    return receipt


async def _falls(work: UnitOfWork, setting: Setting, judged: Judged) -> list[RowRemark]:
    """A warning for each day on which a total now falls; only where running totals have ever come."""
    running = {number for number, form in judged.forms.items() if form.has_cumulative}
    heads = {
        number
        for number, head in enumerate(judged.rows.heads)
        if head.indicator_no in running and head.outcome_no != STOCK_NO
    }
    rows = judged.rows.of_heads(heads) if heads else None
    if not rows:
        return []
    return fall_remarks(await queries.falls(work.connection, setting.slot, rows, most=SHOWN + 1))
