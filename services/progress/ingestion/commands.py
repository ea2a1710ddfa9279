"""A batch is taken: judged, appended to the ledger, answered with its receipt, in one transaction."""

import uuid
from datetime import date, datetime

import msgspec

from services.chassis.database import UnitOfWork, uuid7
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput, NotFound, ScopeMissing
from services.chassis.writes import Answer
from services.contracts.events import BatchHeader, IndicatorFirstReported, RowsRecorded
from services.contracts.words import OUTCOME_NO, Outcome
from services.progress.desk import Desk
from services.progress.ingestion.reading import Batch
from services.progress.ingestion.receipts import SHOWN, Receipt, RowCounts, RowRemark, Status
from services.progress.ingestion.refusals import SourceNotYours
from services.progress.ingestion.rules import Judged, Surroundings, judge
from services.progress.ledger import queries
from services.progress.ledger.queries import LedgerSlot
from services.progress.ledger.rows import LedgerRows, event_slices

_STOCK = OUTCOME_NO[Outcome.CARRIED_OVER]
TAKEN_AT_ONCE = 20_000
"""Rows that one statement appends, at most."""


class Way(msgspec.Struct, frozen=True):
    """How the sender wants the batch taken."""

    atomic: bool = True
    dry_run: bool = False


class _Setting(msgspec.Struct, frozen=True):
    """One batch on its way: what it is judged against, and what its rows will bear."""

    around: Surroundings
    slot: LedgerSlot


async def take_batch(work: UnitOfWork, desk: Desk, caller: Caller, campaign: str, batch: Batch, way: Way) -> Answer:
    """The receipt (200, or 422 where nothing was taken). All rows count or none; with `atomic=False` the good ones do.

    Raises: NotFound, SourceNotYours, ScopeMissing, InvalidInput, MalformedBody (a key twice in an object).
    """
    received_at = _received_at(work, caller, batch)
    setting, judged = await _judged(work, desk, caller, campaign, batch, received_at, lock=False)
    if judged.forms.items() - setting.around.forms.items():
        # A first row fixes level and form of its indicator: one writer at a time, and judged by what is fixed then.
        setting, judged = await _judged(work, desk, caller, campaign, batch, received_at, lock=True)
    batch.refuse_keys_twice(judged.keys)
    if not judged.rows or (way.atomic and judged.rejected):
        return await _refuse(work, caller, batch, setting, judged, way)
    if not way.dry_run:
        return Answer(await _take(work, caller, batch, setting, judged, uuid7()))
    savepoint = work.connection.transaction()
    await savepoint.start()
    receipt = await _take(work, caller, batch, setting, judged, None)
    await savepoint.rollback()
    work.forget_events()
    return Answer(receipt)


def _received_at(work: UnitOfWork, caller: Caller, batch: Batch) -> datetime:
    if caller.source != batch.source and not caller.may("admin"):
        raise SourceNotYours(source=batch.source[:64])
    if batch.received_at is None:
        return work.moment
    if not caller.may("admin"):
        raise ScopeMissing(scope="admin")
    if batch.received_at > work.moment:
        detail = "A historical batch was received in the past."
        raise InvalidInput(count=1, errors=[FieldError("/received_at", "received_in_future", detail)])
    return batch.received_at


async def _judged(
    work: UnitOfWork, desk: Desk, caller: Caller, code: str, batch: Batch, received_at: datetime, *, lock: bool
) -> tuple[_Setting, Judged]:
    state = await queries.state(work.connection, code, batch.source, lock=lock)
    if state is None:
        raise NotFound(path=f"/v1/campaigns/{code}")
    if state.source_revision is None:
        detail = f"There is no source {batch.source[:64]!r}; an administrator registers it."
        raise InvalidInput(count=1, errors=[FieldError("/source", "unknown_source", detail)])
    campaign = await desk.campaigns.at_version(work.connection, code, state.campaign_version)
    source = await desk.sources.at_revision(work.connection, batch.source, state.source_revision)
    around = Surroundings(
        campaign=campaign,
        source=source,
        units=campaign.selection(caller.units, aliases=source.aliases, aliases_version=(source.code, source.revision)),
        today=campaign.day_at(received_at),
        forms=state.forms,
        closed_through=state.closed_through,
        may_amend=caller.may("progress:amend"),
    )
    slot = LedgerSlot(campaign.id, source.id, state.acknowledgement, received_at)
    return _Setting(around, slot), judge(batch, around)


async def _refuse(
    work: UnitOfWork, caller: Caller, batch: Batch, setting: _Setting, judged: Judged, way: Way
) -> Answer:
    batch_id = None if way.dry_run else uuid7()
    counts = RowCounts(received=len(batch.rows), created=0, corrected=0, unchanged=0, rejected=len(batch.rows))
    receipt = _receipt(batch_id, batch, setting, "rejected", counts, judged.errors, [])
    if batch_id is not None:
        await _keep(work, caller, batch, setting.slot, batch_id, "rejected", None, receipt)
    return Answer(receipt, status=422)


async def _take(
    work: UnitOfWork, caller: Caller, batch: Batch, setting: _Setting, judged: Judged, batch_id: uuid.UUID | None
) -> bytes:
    slot, rows = setting.slot, judged.rows
    news = dict(judged.forms.items() - setting.around.forms.items())
    if news:
        first = await queries.keep_forms(
            work.connection, campaign_id=slot.campaign_id, source_id=slot.source_id, forms=news
        )
        for number in first:
            work.record(IndicatorFirstReported(slot.campaign_id, number))
    created, corrected, warnings = 0, 0, list(judged.warnings)
    for start in range(0, len(rows), TAKEN_AT_ONCE):
        part = rows.part(start, start + TAKEN_AT_ONCE)
        done = await queries.append(work.connection, slot, part)
        created, corrected = created + done.created, corrected + done.corrected
        if done.created + done.corrected + done.repeated < len(part):
            warnings += await _outdated(work, slot, part)
        if batch_id is not None:
            _record(work, batch, setting, batch_id, part, amends=judged.amends)
    warnings += await _falls(work, slot, judged)
    status: Status = "partially_accepted" if judged.rejected else "accepted"
    counts = RowCounts(
        received=len(batch.rows),
        created=created,
        corrected=corrected,
        unchanged=len(rows) - created - corrected,
        rejected=judged.rejected,
    )
    receipt = _receipt(batch_id, batch, setting, status, counts, judged.errors, warnings)
    if batch_id is not None:
        amends_through = setting.around.closed_through if judged.amends else None
        await _keep(work, caller, batch, slot, batch_id, status, _within(rows, setting), receipt, amends_through)
    return receipt


def _record(
    work: UnitOfWork, batch: Batch, setting: _Setting, batch_id: uuid.UUID, rows: LedgerRows, *, amends: bool
) -> None:
    slot = setting.slot
    header = BatchHeader(
        id=batch_id,
        acknowledgement=slot.acknowledgement,
        campaign_id=slot.campaign_id,
        campaign=setting.around.campaign.definition.code,
        source_id=slot.source_id,
        source=batch.source,
        received_at=slot.received_at,
        labels=batch.labels,
        amends=amends,
    )
    for tenant, columns in event_slices(rows):
        work.record(RowsRecorded(tenant, header, columns), tenant=tenant)


async def _outdated(work: UnitOfWork, slot: LedgerSlot, rows: LedgerRows) -> list[RowRemark]:
    return [
        RowRemark(
            one.place,
            f"/rows/{one.place}",
            "superseded",
            f"A row received at {one.received_at:%Y-%m-%dT%H:%M:%SZ} is newer and stays live; this one is history.",
        )
        for one in await queries.outdated(work.connection, slot, rows, most=SHOWN + 1)
    ]


async def _falls(work: UnitOfWork, slot: LedgerSlot, judged: Judged) -> list[RowRemark]:
    """A warning for each day on which a total now falls; only where running totals have ever come."""
    running = {number for number, form in judged.forms.items() if form.has_cumulative}
    heads = {
        number
        for number, head in enumerate(judged.rows.heads)
        if head.indicator_no in running and head.outcome_no != _STOCK
    }
    rows = judged.rows.of_heads(heads) if heads else None
    if not rows:
        return []
    return [
        RowRemark(
            one.place,
            f"/rows/{one.place}/value",
            "total_falls",
            f"On {one.day} the total falls from {one.before} to {one.total}: what happened on that day is"
            f" {one.total - one.before}.",
        )
        for one in await queries.falls(work.connection, slot, rows, most=SHOWN + 1)
    ]


def _within(rows: LedgerRows, setting: _Setting) -> int:
    """The id of the lowest unit that holds every row."""
    paths = setting.around.campaign.paths
    all_paths = [paths[unit_id] for unit_id in set(rows.unit_id)]
    common = setting.around.campaign.definition.unit_id
    for one, other in zip(min(all_paths), max(all_paths), strict=False):
        if one != other:
            break
        common = one
    return common


def _receipt(
    batch_id: uuid.UUID | None,
    batch: Batch,
    setting: _Setting,
    status: Status,
    counts: RowCounts,
    errors: list[RowRemark],
    warnings: list[RowRemark],
) -> bytes:
    return Receipt(
        batch=batch_id,
        source=batch.source,
        received_at=setting.slot.received_at,
        status=status,
        rows=counts,
        errors=errors[:SHOWN],
        warnings=sorted(warnings, key=lambda one: one.row)[:SHOWN],
        truncated=len(errors) > SHOWN or len(warnings) > SHOWN,
    ).encode()


async def _keep(
    work: UnitOfWork,
    caller: Caller,
    batch: Batch,
    slot: LedgerSlot,
    batch_id: uuid.UUID,
    status: Status,
    within_id: int | None,
    receipt: bytes,
    amends_through: date | None = None,
) -> None:
    await queries.keep_batch(
        work.connection,
        slot,
        batch_id=batch_id,
        sender=caller,
        status=status,
        within_id=within_id,
        labels=batch.labels,
        amends_through=amends_through,
        receipt=receipt,
    )
