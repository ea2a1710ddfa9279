"""Rows of a campaign taken in: logged, made live, and what they change passed up."""

from collections.abc import Mapping, Sequence

import asyncpg

from services.contracts.definitions import CampaignDefinition
from services.contracts.events import RowsRecorded
from services.reporting.projector import copies, ledger, trees
from services.reporting.projector.contributions import (
    Anchor,
    Differences,
    LiveRow,
    NewRow,
    may_pass_through,
    passed_through,
    reckoned_anew,
    rows_before,
    stands_alone,
    stretched,
    stretches,
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
    await pass_received_up(connection, campaign.id, events, places)
    before, after = await ledger.note_presences(connection, campaign.id, recorded)
    summed = {
        anchor: rows
        for anchor, rows in recorded.new_rows.items()
        if rules.is_summed(anchor.indicator_no, anchor.outcome_no)
    }
    found = Differences()
    labels = await copies.labels_of(connection, campaign.id, _acknowledgements(summed))
    mixed: dict[Anchor, list[NewRow]] = {}
    disturbed: dict[Anchor, list[NewRow]] = {}
    for anchor, rows in summed.items():
        groups = rules.groups[anchor.indicator_no]
        if may_pass_through(before[anchor], after[anchor], groups):
            passed_through(rows, after[anchor], groups, labels, found)
        elif stands_alone(before[anchor], after[anchor], groups):
            mixed[anchor] = rows
        else:
            disturbed[anchor] = rows
    if mixed:
        await _reckon_stretches(connection, rules, mixed, after, found)
    if disturbed:
        await _reckon_anew(connection, rules, disturbed, found)
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


async def _reckon_stretches(
    connection: asyncpg.Connection,
    rules: CountingRules,
    mixed: Mapping[Anchor, Sequence[NewRow]],
    present: ledger.Presences,
    found: Differences,
) -> None:
    wanted = {anchor: stretches(rows, rules.groups[anchor.indicator_no]) for anchor, rows in mixed.items()}
    live = await ledger.live_stretches(connection, rules.campaign_id, wanted)
    labels = await _labels(connection, rules, live, mixed)
    for anchor, rows in mixed.items():
        groups = rules.groups[anchor.indicator_no]
        stretched(
            anchor,
            before=rows_before(live[anchor], [row for row in rows if row.source_id in groups]),
            after=live[anchor],
            present=present[anchor],
            groups=groups,
            labels=labels,
            found=found,
        )


async def _reckon_anew(
    connection: asyncpg.Connection,
    rules: CountingRules,
    disturbed: Mapping[Anchor, Sequence[NewRow]],
    found: Differences,
) -> None:
    live = await ledger.live_rows(connection, rules.campaign_id, disturbed)
    labels = await _labels(connection, rules, live, disturbed)
    for anchor, rows in disturbed.items():
        reckoned_anew(
            anchor,
            before=rows_before(live[anchor], rows),
            after=live[anchor],
            groups=rules.groups[anchor.indicator_no],
            labels=labels,
            found=found,
        )


async def _labels(
    connection: asyncpg.Connection,
    rules: CountingRules,
    live: Mapping[Anchor, Sequence[LiveRow]],
    new_rows: Mapping[Anchor, Sequence[NewRow]],
) -> dict[int, list[str]]:
    of_live = {row.acknowledgement for rows in live.values() for row in rows}
    return await copies.labels_of(connection, rules.campaign_id, of_live | _acknowledgements(new_rows))
