"""A batch is withdrawn, in one transaction."""

import uuid

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller
from services.contracts.events import BatchHeader, BatchVoided
from services.progress.closure import queries as closures
from services.progress.closure.refusals import PeriodClosed
from services.progress.copies.plans import forget_headroom
from services.progress.holds import name_of_source
from services.progress.withdrawal import queries
from services.progress.withdrawal.refusals import BatchAlreadyVoided, BatchTookNothing


async def void_batch(
    work: UnitOfWork, caller: Caller, batch_id: uuid.UUID, *, source: str, reason: str
) -> tuple[queries.TakenBatch, queries.Withdrawn]:
    """From this moment on the batch, which is of `source`, has never come; answers it and what became of its rows.

    Raises: BatchAlreadyVoided, BatchTookNothing, PeriodClosed.
    """
    # Rows on their way to the same keys come before or after: else an earlier value could speak over a later one.
    await work.hold(name_of_source(source))
    batch = await queries.find(work.connection, batch_id)
    assert batch is not None
    if batch.voided_at is not None:
        raise BatchAlreadyVoided(voided_at=f"{batch.voided_at:%Y-%m-%dT%H:%M:%SZ}", reason=batch.void_reason)
    if batch.status == "rejected":
        raise BatchTookNothing
    closure = await closures.newest(work.connection, batch.campaign_id)
    amends = (
        closure is not None
        and closure.through is not None
        and await queries.first_day(work.connection, batch) <= closure.through
    )
    if closure is not None and amends and not caller.may("progress:amend"):
        raise PeriodClosed(through=closure.through, decision=closure.decision_number)
    done = await queries.withdraw(
        work.connection, batch, voided_at=work.moment, reason=reason, by=caller.subject, amends=amends
    )
    # What speaks again may be more than what is withdrawn.
    await forget_headroom(work.connection, batch.campaign_id)
    header = BatchHeader(
        id=batch.id,
        acknowledgement=batch.acknowledgement,
        campaign_id=batch.campaign_id,
        campaign=batch.campaign,
        source_id=batch.source_id,
        source=batch.source,
        received_at=batch.received_at,
        labels=tuple(batch.labels),
        amends=batch.amends,
    )
    work.record(BatchVoided(batch=header, voided_at=work.moment, reason=reason))
    return batch, done
