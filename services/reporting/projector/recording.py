"""Rows of a campaign taken in: logged, made live, and what they change passed up."""

from collections.abc import Mapping, Sequence

import asyncpg

from services.contracts.definitions import CampaignDefinition
from services.contracts.events import RowsRecorded
from services.reporting.projector import copies, ledger, trees
from services.reporting.projector.contributions import (
    Anchor,
    Differences,
    NewRow,
    may_pass_through,
    passed_through,
    reckoned_anew,
    rows_before,
)
from services.reporting.projector.counting import CountingRules, Place
from services.reporting.projector.rollups import pass_received_up, pass_up
from services.reporting.projector.straight import pass_straight


async def record_rows(
    connection: asyncpg.Connection,
    campaign: CampaignDefinition,
    events: Sequence[RowsRecorded],
    places: Mapping[int, Place],
) -> None:
    """Log, live rows and roll-ups of the campaign hold the rows of the events. `places`: where their units stand."""
    await copies.store_batches(connection, (event.batch for event in events))
    rules = await copies.counting_rules(connection, campaign)
    if await pass_straight(connection, rules, events, places):
        return
    recorded = await ledger.record(connection, rules, events, places)
    received_at = {event.batch.acknowledgement: event.batch.received_at for event in events}
    await pass_received_up(connection, campaign.id, recorded.rows(), received_at, places)
    before, after = await ledger.note_presences(connection, campaign.id, recorded)
    summed = {
        anchor: rows
        for anchor, rows in recorded.new_rows.items()
        if rules.is_summed(anchor.indicator_no, anchor.outcome_no)
    }
    mixed = {
        anchor: rows
        for anchor, rows in summed.items()
        if not may_pass_through(before[anchor], after[anchor], rules.groups[anchor.indicator_no])
    }
    found = Differences()
    labels = await copies.labels_of(connection, campaign.id, _acknowledgements(summed))
    for anchor, rows in summed.items():
        if anchor not in mixed:
            passed_through(rows, after[anchor], rules.groups[anchor.indicator_no], labels, found)
    if mixed:
        await _reckon_anew(connection, rules, mixed, found)
        # Other units of an anchor fall silent, or speak again: the events did not name them.
        others = {key[0] for key, _ in found.days} - places.keys()
        places = {**places, **await trees.places(connection, campaign.id, others)}
    await pass_up(connection, campaign.id, found, places)


def _acknowledgements(rows_by_anchor: Mapping[Anchor, Sequence[NewRow]]) -> set[int]:
    found: set[int | None] = set()
    for rows in rows_by_anchor.values():
        found.update(row.acknowledgement for row in rows)
        found.update(row.old_acknowledgement for row in rows)
    return {one for one in found if one is not None}


async def _reckon_anew(
    connection: asyncpg.Connection, rules: CountingRules, mixed: Mapping[Anchor, Sequence[NewRow]], found: Differences
) -> None:
    live = await ledger.live_rows(connection, rules.campaign_id, mixed)
    acknowledgements = {row.acknowledgement for rows in live.values() for row in rows} | _acknowledgements(mixed)
    labels = await copies.labels_of(connection, rules.campaign_id, acknowledgements)
    for anchor, new_rows in mixed.items():
        reckoned_anew(
            anchor,
            before=rows_before(live[anchor], new_rows),
            after=live[anchor],
            groups=rules.groups[anchor.indicator_no],
            labels=labels,
            found=found,
        )
