"""An issue is frozen, in one transaction."""

from services.chassis.database import UnitOfWork, uuid7
from services.chassis.identity import Caller
from services.chassis.problems import Refusal
from services.contracts.definitions import CampaignDefinition
from services.contracts.events import SnapshotPublished
from services.reporting.snapshots.content import canonical, hash_of
from services.reporting.snapshots.freezing import Gathered, draw_all
from services.reporting.snapshots.queries import Kept, add_snapshot, number_is_taken
from services.reporting.webhooks.rules import Event
from services.reporting.webhooks.telling import tell


class SnapshotNumberTaken(Refusal):
    """There is a snapshot of {campaign} with the number {number!r} already."""

    status = 409
    code = "snapshot_number_taken"
    title = "The number is taken"
    remedy = "Use the number that this issue bears; what was frozen under a number stays as it is."


async def refuse_taken_number(work: UnitOfWork, campaign: CampaignDefinition, number: str | None) -> None:
    """Nobody else freezes an issue of the campaign until this transaction ends. Raises: SnapshotNumberTaken."""
    await work.hold(f"snapshots:{campaign.id}")
    if number is not None and await number_is_taken(work.connection, campaign.id, number):
        raise SnapshotNumberTaken(campaign=campaign.code, number=number)


async def freeze(work: UnitOfWork, caller: Caller, gathered: Gathered, *, seconds: int) -> Kept:
    """The snapshot is there for good, with its notice in every format.

    Raises: DocumentNotDrawn.
    """
    frozen, documents = gathered.content, await draw_all(gathered.notice, seconds=seconds)
    content = canonical(frozen)
    kept = Kept(
        id=uuid7(),
        campaign_id=frozen.campaign.id,
        campaign=frozen.campaign.code,
        number=frozen.number,
        dated=frozen.date,
        as_of=frozen.as_of,
        known_at=frozen.known_at,
        hash=hash_of(content),
        figures=len(frozen.figures),
        created_by=caller.subject,
        created_at=work.moment,
        documents=[
            {"format": one.form, "sha256": one.hash, "bytes": len(one.content)}
            for one in sorted(documents, key=lambda one: one.form)
        ],
    )
    await add_snapshot(work.connection, kept, content, gathered.batch_ids, documents)
    data = {
        "campaign": kept.campaign,
        "snapshot": str(kept.id),
        "number": kept.number,
        "date": kept.dated,
        "as_of": kept.as_of,
        "hash": kept.hash,
    }
    await tell(
        work.connection,
        Event.SNAPSHOT_PUBLISHED,
        frozen.campaign,
        key=f"snapshot/{kept.id}",
        moment=work.moment,
        data_for=lambda seen: data if seen.top_visible else None,
    )
    work.record(SnapshotPublished(id=kept.id, campaign_id=kept.campaign_id, as_of=kept.as_of, hash=kept.hash))
    return kept
