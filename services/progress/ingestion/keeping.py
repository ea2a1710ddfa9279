"""What stays of a batch beside its rows: receipt, errors, the events that tell of it, the forms that it fixes."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller
from services.contracts.events import BatchHeader, IndicatorFirstReported
from services.progress.ingestion.reading import Batch
from services.progress.ingestion.receipts import SHOWN, DryReceipt, Receipt, Rollup, RowCounts, RowRemark, Status
from services.progress.ingestion.setting import Setting
from services.progress.ledger import queries, remarks
from services.progress.ledger.queries import Fall, Outdated
from services.progress.ledger.rows import Form

NOTHING_CHANGES = Rollup(differences=[], changes=[], truncated=False)


def header_of(batch: Batch, setting: Setting, batch_id: uuid.UUID, *, amends: bool) -> BatchHeader:
    """The batch as events name it."""
    slot = setting.slot
    return BatchHeader(
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


async def keep_forms(work: UnitOfWork, setting: Setting, forms: Mapping[int, Form]) -> None:
    """How the source reports these indicators is on record; of the first row of an indicator others are told."""
    news = dict(forms.items() - setting.around.forms.items())
    if news:
        slot = setting.slot
        first = await queries.keep_forms(
            work.connection, campaign_id=slot.campaign_id, source_id=slot.source_id, forms=news
        )
        for number in first:
            work.record(IndicatorFirstReported(slot.campaign_id, number))


def outdated_remarks(found: Iterable[Outdated]) -> list[RowRemark]:
    """A warning for each row that did not become live."""
    return [
        RowRemark(
            one.place,
            f"/rows/{one.place}",
            "superseded",
            f"A row received at {one.received_at:%Y-%m-%dT%H:%M:%SZ} is newer and stays live; this one is history.",
        )
        for one in found
    ]


def fall_remarks(found: Iterable[Fall]) -> list[RowRemark]:
    """A warning for each day on which a total now falls."""
    return [
        RowRemark(
            one.place,
            f"/rows/{one.place}/value",
            "total_falls",
            f"On {one.day} the total falls from {one.before} to {one.total}: what happened on that day is"
            f" {one.total - one.before}.",
        )
        for one in found
    ]


def within(setting: Setting, unit_ids: Iterable[int]) -> int:
    """The id of the lowest unit that holds all of these."""
    paths = setting.around.campaign.paths
    all_paths = [paths[unit_id] for unit_id in unit_ids]
    common = setting.around.campaign.definition.unit_id
    for one, other in zip(min(all_paths), max(all_paths), strict=False):
        if one != other:
            break
        common = one
    return common


def receipt_of(
    batch_id: uuid.UUID | None,
    batch: Batch,
    setting: Setting,
    status: Status,
    counts: RowCounts,
    errors: Sequence[RowRemark],
    warnings: Sequence[RowRemark],
    *,
    rollup: Rollup | None = None,
) -> bytes:
    """The receipt, to the byte; without an id that of a dry run."""
    facts: dict[str, Any] = {} if batch_id is not None else {"rollup": rollup or NOTHING_CHANGES}
    kind = Receipt if batch_id is not None else DryReceipt
    return kind(
        batch=batch_id,
        source=batch.source,
        received_at=setting.slot.received_at,
        status=status,
        rows=counts,
        errors=list(errors[:SHOWN]),
        warnings=sorted(warnings, key=lambda one: one.row)[:SHOWN],
        truncated=len(errors) > SHOWN or len(warnings) > SHOWN,
        **facts,
    ).encode()


async def keep_batch(
    work: UnitOfWork,
    caller: Caller,
    batch: Batch,
    setting: Setting,
    batch_id: uuid.UUID,
    status: Status,
    receipt: bytes,
    *,
    within_id: int | None,
    errors: Sequence[RowRemark] = (),
    amends_through: date | None = None,
) -> None:
    """The batch is on record with its receipt, and with all of its `errors` where the receipt cannot show them."""
    if len(errors) > SHOWN:
        await remarks.keep(work.connection, batch_id, errors)
    await queries.keep_batch(
        work.connection,
        setting.slot,
        batch_id=batch_id,
        sender=caller,
        status=status,
        within_id=within_id,
        labels=batch.labels,
        amends_through=amends_through,
        receipt=receipt,
    )
