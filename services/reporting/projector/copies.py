"""Copies of what quota and progress own. Entities carry a revision; an older one is ignored."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import asyncpg
import msgspec

from services.contracts.definitions import CampaignDefinition, SourceDefinition, SuccessionEdge, UnitDefinition
from services.contracts.events import BatchHeader, BatchVoided, PeriodClosed
from services.contracts.names import search_key, sort_key
from services.reporting.projector.counting import CountingRules, authority_codes, counts_alike

_STORE_UNITS = """
    INSERT INTO unit_copy (
        id, code, level, kind, parent_code, name, sort_key, search_key, valid_from, valid_to, revision)
    SELECT * FROM unnest(
        $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::date[], $10::date[], $11::bigint[]) AS unit (id)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        code = excluded.code, level = excluded.level, kind = excluded.kind, parent_code = excluded.parent_code,
        name = excluded.name, sort_key = excluded.sort_key, search_key = excluded.search_key,
        valid_from = excluded.valid_from, valid_to = excluded.valid_to, revision = excluded.revision
        WHERE unit_copy.revision < excluded.revision
    RETURNING id
"""
_STORE_SUCCESSIONS = """
    INSERT INTO succession_copy (
        id, day, relation, predecessor_id, successor_id, weight, weights_total, is_main)
    SELECT * FROM unnest(
        $1::bigint[], $2::date[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::boolean[])
        AS edge (id)
    ORDER BY id
    ON CONFLICT (id) DO NOTHING
"""
_STORE_CAMPAIGN = """
    INSERT INTO campaign_copy (id, code, unit_id, first_day, last_day, hierarchy_day, definition, revision)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (id) DO UPDATE SET
        code = excluded.code, unit_id = excluded.unit_id, first_day = excluded.first_day,
        last_day = excluded.last_day, hierarchy_day = excluded.hierarchy_day, definition = excluded.definition,
        revision = excluded.revision
"""
_STORE_SOURCES = """
    INSERT INTO source_copy (id, code, name, kind, definition, revision)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[]) AS source (id)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        code = excluded.code, name = excluded.name, kind = excluded.kind, definition = excluded.definition,
        revision = excluded.revision
        WHERE source_copy.revision < excluded.revision
"""
_STORE_BATCHES = """
    INSERT INTO batch_copy (id, acknowledgement, campaign_id, source_id, received_at, labels, amends)
    SELECT id, acknowledgement, campaign_id, source_id, received_at,
        ARRAY(SELECT jsonb_array_elements_text(labels)), amends
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::jsonb[], $7::boolean[])
        AS batch (id, acknowledgement, campaign_id, source_id, received_at, labels, amends)
    ORDER BY id
    ON CONFLICT (id) DO NOTHING
"""
_STORE_VOID = """
    INSERT INTO batch_copy (id, acknowledgement, campaign_id, source_id, received_at, labels, amends, voided_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (id) DO UPDATE SET voided_at = excluded.voided_at
"""
_STORE_CLOSURES = """
    INSERT INTO closure_copy (campaign_id, revision, through, decision_number, decision_date, closed_at)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::date[], $4::text[], $5::date[], $6::timestamptz[])
        AS closure (campaign_id, revision)
    ORDER BY campaign_id, revision
    ON CONFLICT (campaign_id, revision) DO NOTHING
"""
_RENEW_COVERAGE = "UPDATE campaign_copy SET coverage_version = gen_random_uuid() WHERE id = $1"
_VOIDED = """
    SELECT acknowledgement FROM batch_copy WHERE acknowledgement = ANY ($1::bigint[]) AND voided_at IS NOT NULL
"""


class CampaignChange(NamedTuple):
    """A campaign as it now stands; whether it is new here, and whether the same rows now count otherwise."""

    campaign: CampaignDefinition
    is_new: bool
    counts_otherwise: bool


async def store_units(connection: asyncpg.Connection, units: Iterable[UnitDefinition]) -> set[int]:
    """The copies are at least as new as `units`; answers the ids of those that changed."""
    newest: dict[int, UnitDefinition] = {}
    for unit in units:
        if unit.id not in newest or newest[unit.id].revision < unit.revision:
            newest[unit.id] = unit
    if not newest:
        return set()
    columns = zip(
        *(
            (
                one.id,
                one.code,
                one.level,
                one.kind,
                one.parent_code,
                one.name,
                sort_key(one.name),
                search_key(one.name),
                one.valid_from,
                one.valid_to,
                one.revision,
            )
            for one in newest.values()
        ),
        strict=True,
    )
    return {row["id"] for row in await connection.fetch(_STORE_UNITS, *columns)}


async def store_successions(connection: asyncpg.Connection, edges: Sequence[SuccessionEdge]) -> None:
    """What became of whom is known; edges never change, and may come before their units."""
    if edges:
        await connection.execute(
            _STORE_SUCCESSIONS, *zip(*(msgspec.structs.astuple(one) for one in edges), strict=True)
        )


async def store_campaigns(
    connection: asyncpg.Connection, campaigns: Iterable[CampaignDefinition]
) -> list[CampaignChange]:
    """The copies are at least as new as `campaigns`; answers those that changed, by id."""
    newest: dict[int, CampaignDefinition] = {}
    for campaign in campaigns:
        if campaign.id not in newest or newest[campaign.id].revision < campaign.revision:
            newest[campaign.id] = campaign
    known = await known_campaigns(connection, newest)
    changes = []
    for campaign_id, campaign in sorted(newest.items()):
        old = known.get(campaign_id)
        if old is not None and old.revision >= campaign.revision:
            continue
        await connection.execute(
            _STORE_CAMPAIGN,
            campaign.id,
            campaign.code,
            campaign.unit_id,
            campaign.first_day,
            campaign.last_day,
            campaign.hierarchy_day,
            msgspec.json.encode(campaign).decode(),
            campaign.revision,
        )
        changes.append(CampaignChange(campaign, old is None, old is not None and not counts_alike(old, campaign)))
    return changes


async def known_campaigns(connection: asyncpg.Connection, ids: Iterable[int]) -> dict[int, CampaignDefinition]:
    """The campaigns of those ids that have come, by id."""
    rows = await connection.fetch(
        "SELECT id, definition::text FROM campaign_copy WHERE id = ANY ($1::bigint[]) ORDER BY id", sorted(set(ids))
    )
    return {row["id"]: msgspec.json.decode(row["definition"], type=CampaignDefinition) for row in rows}


async def store_sources(connection: asyncpg.Connection, sources: Iterable[SourceDefinition]) -> set[int]:
    """The copies are at least as new as `sources`; answers their ids."""
    newest: dict[int, SourceDefinition] = {}
    for source in sources:
        if source.id not in newest or newest[source.id].revision < source.revision:
            newest[source.id] = source
    if newest:
        columns = zip(
            *(
                (one.id, one.code, one.name, one.kind, msgspec.json.encode(one).decode(), one.revision)
                for one in newest.values()
            ),
            strict=True,
        )
        await connection.execute(_STORE_SOURCES, *columns)
    return set(newest)


async def known_sources(connection: asyncpg.Connection, ids: Iterable[int]) -> set[int]:
    """Which of those sources have come."""
    rows = await connection.fetch("SELECT id FROM source_copy WHERE id = ANY ($1::bigint[])", sorted(set(ids)))
    return {row["id"] for row in rows}


async def store_batches(connection: asyncpg.Connection, batches: Iterable[BatchHeader]) -> None:
    """Each batch is known with its labels."""
    known = {one.id: one for one in batches}
    columns = zip(
        *(
            (
                one.id,
                one.acknowledgement,
                one.campaign_id,
                one.source_id,
                one.received_at,
                msgspec.json.encode(one.labels).decode(),
                one.amends,
            )
            for one in known.values()
        ),
        strict=True,
    )
    await connection.execute(_STORE_BATCHES, *columns)


async def store_void(connection: asyncpg.Connection, void: BatchVoided) -> None:
    """The batch is known as withdrawn, also where its rows have not come yet."""
    batch = void.batch
    await connection.execute(
        _STORE_VOID,
        batch.id,
        batch.acknowledgement,
        batch.campaign_id,
        batch.source_id,
        batch.received_at,
        list(batch.labels),
        batch.amends,
        void.voided_at,
    )


async def store_closures(connection: asyncpg.Connection, closures: Sequence[PeriodClosed]) -> None:
    """Each closure is known; none ever changes, and the highest revision says what is closed."""
    if closures:
        columns = zip(
            *(
                (one.campaign_id, one.revision, one.through, one.decision.number, one.decision.date, one.closed_at)
                for one in closures
            ),
            strict=True,
        )
        await connection.execute(_STORE_CLOSURES, *columns)


async def voided_of(connection: asyncpg.Connection, acknowledgements: Iterable[int]) -> set[int]:
    """Which of those batches are withdrawn."""
    rows = await connection.fetch(_VOIDED, sorted(set(acknowledgements)))
    return {row["acknowledgement"] for row in rows}


async def labels_of(
    connection: asyncpg.Connection, campaign_id: int, acknowledgements: Iterable[int] | None = None
) -> dict[int, list[str]]:
    """By acknowledgement: the labels of those batches (None: of all of the campaign) that carry any."""
    rows = await connection.fetch(
        """
        SELECT acknowledgement, labels FROM batch_copy
        WHERE campaign_id = $1 AND ($2::bigint[] IS NULL OR acknowledgement = ANY ($2)) AND cardinality(labels) > 0
        """,
        campaign_id,
        None if acknowledgements is None else sorted(set(acknowledgements)),
    )
    return {row["acknowledgement"]: row["labels"] for row in rows}


async def counting_rules(connection: asyncpg.Connection, campaign: CampaignDefinition) -> CountingRules:
    """How the campaign counts, by the sources that have come."""
    rows = await connection.fetch(
        "SELECT id, code FROM source_copy WHERE code = ANY ($1::text[])", authority_codes([campaign])
    )
    return CountingRules(campaign, {row["code"]: row["id"] for row in rows})


async def renew_coverage(connection: asyncpg.Connection, campaign_id: int) -> None:
    """Whatever is remembered of the campaign's coverage no longer holds."""
    await connection.execute(_RENEW_COVERAGE, campaign_id)
