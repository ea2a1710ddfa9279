"""What a batch is judged against, and what its rows will bear."""

from datetime import datetime

import msgspec

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput, NotFound, ScopeMissing
from services.progress.desk import Desk
from services.progress.ingestion.reading import Batch
from services.progress.ingestion.refusals import SourceNotYours
from services.progress.ingestion.rules import Surroundings
from services.progress.ledger import queries
from services.progress.ledger.queries import LedgerSlot


class Way(msgspec.Struct, frozen=True):
    """How the sender wants the batch taken."""

    atomic: bool = True
    dry_run: bool = False


class Setting(msgspec.Struct, frozen=True):
    """One batch on its way. `quota_version`: what is remembered of quotas holds while it is the same."""

    around: Surroundings
    slot: LedgerSlot
    quota_version: int


async def setting_of(
    work: UnitOfWork, desk: Desk, caller: Caller, campaign: str, batch: Batch, *, lock: bool
) -> Setting:
    """The setting as this transaction sees it; with `lock` no other first row of the source comes by.

    Raises: NotFound, SourceNotYours, ScopeMissing, InvalidInput.
    """
    received_at = _received_at(work, caller, batch)
    state = await queries.state(work.connection, campaign, batch.source, lock=lock)
    if state is None:
        raise NotFound(path=f"/v1/campaigns/{campaign}")
    if state.source_revision is None:
        detail = f"There is no source {batch.source[:64]!r}; an administrator registers it."
        raise InvalidInput(count=1, errors=[FieldError("/source", "unknown_source", detail)])
    view = await desk.campaigns.at_version(work.connection, campaign, state.campaign_version)
    source = await desk.sources.at_revision(work.connection, batch.source, state.source_revision)
    around = Surroundings(
        campaign=view,
        source=source,
        units=view.selection(caller.units, aliases=source.aliases, aliases_version=(source.code, source.revision)),
        today=view.day_at(received_at),
        forms=state.forms,
        closed_through=state.closed_through,
        may_amend=caller.may("progress:amend"),
    )
    slot = LedgerSlot(view.id, source.id, state.acknowledgement, received_at)
    return Setting(around, slot, state.quota_version)


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
