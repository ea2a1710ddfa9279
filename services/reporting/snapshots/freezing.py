"""What a campaign's figures are at this moment, gathered and drawn, ready to be frozen."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, get_args

import asyncpg
import msgspec

from services.chassis.identity import Caller
from services.contracts.definitions import CampaignDefinition
from services.reporting.figures.assembly import figures_of
from services.reporting.figures.queries import units_under
from services.reporting.figures.subjects import EVERY_COHORT, subjects_of
from services.reporting.notices.document import Format, Notice
from services.reporting.notices.drawing import drawn
from services.reporting.notices.facts import facts_of
from services.reporting.notices.printing import Printing
from services.reporting.notices.wording import Issue, notice_of
from services.reporting.snapshots.content import FROZEN_LEVELS, Content, FrozenUnit, hash_of
from services.reporting.snapshots.queries import (
    Document,
    fetch_batches,
    fetch_closures,
    fetch_hierarchy,
    fetch_plans,
    fetch_successions,
)
from services.reporting.view import View
from services.reporting.visibility.campaigns import FIGURED, CampaignInSight
from services.reporting.visibility.units import known_unit

_UNITS_AT_ONCE = 1_000
SENSITIVE = "reporting:sensitive"


class Gathered(NamedTuple):
    """What is frozen, and the notice that says it. `batch_ids`: of the batches that count, 16 bytes each, in order."""

    content: Content
    batch_ids: bytes
    notice: Notice


def as_everybody(caller: Caller) -> Caller:
    """The caller without the right to see what is sensitive: a snapshot is read by others."""
    return msgspec.structs.replace(caller, scopes=caller.scopes - {SENSITIVE})


async def gather(
    connection: asyncpg.Connection, campaign: CampaignInSight, view: View, issue: Issue, printing: Printing
) -> Gathered:
    """Everything as one snapshot of the read model shows it. The caller may see the top unit's figures."""
    definition: CampaignDefinition = campaign.definition
    top = await known_unit(connection, campaign, None, with_figures=True)
    units = await units_under(
        connection, campaign, ancestor_id=top.id, depth=None, level=None, beginning=None, limit=None
    )
    frozen = [one for one in units if one.level in FROZEN_LEVELS]
    subjects = subjects_of(campaign, campaign.counted_indicators(kinds=FIGURED), EVERY_COHORT)
    figures = []
    for start in range(0, len(frozen), _UNITS_AT_ONCE):
        figures += await figures_of(connection, campaign, frozen[start : start + _UNITS_AT_ONCE], subjects, view)
    facts = await facts_of(connection, campaign, top, view)
    batches = await fetch_batches(connection, definition.id)
    codes = {one.id: one.code for one in units}
    content = Content(
        campaign=definition,
        number=issue.number,
        date=issue.on,
        as_of=view.as_of,
        known_at=view.now,
        plans=await fetch_plans(connection, definition),
        batches=batches.digest,
        units=[
            FrozenUnit(one.code, one.level, one.name, None if one.parent_id is None else codes.get(one.parent_id))
            for one in frozen
        ],
        figures=figures,
        printing=printing,
        hierarchy=await fetch_hierarchy(connection, definition.id),
        successions=await fetch_successions(connection, definition),
        closures=await fetch_closures(connection, definition.id),
    )
    return Gathered(content, batches.ids, notice_of(facts, issue, printing))


async def draw_all(notice: Notice, *, seconds: int) -> Sequence[Document]:
    """The notice in every format. Raises: DocumentNotDrawn."""
    forms: tuple[Format, ...] = get_args(Format)
    contents = await asyncio.gather(*(drawn(notice, form, seconds=seconds) for form in forms))
    return [Document(form, hash_of(content), content) for form, content in zip(forms, contents, strict=True)]
