"""SQL behind visibility: campaigns by code, and how units lie above one another on a day."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import asyncpg
import msgspec

from services.chassis.identity import EVERYTHING, Caller
from services.contracts.definitions import CampaignDefinition
from services.reporting.versions.queries import STAND, Stand, stand_of
from services.reporting.visibility.sight import Sight, sight_in_campaign

DEFINITIONS_KEPT = 256
"""Texts of definitions that a process has read, some 10 kB each."""

_CAMPAIGNS = "SELECT definition::text FROM campaign_copy WHERE $1::text[] IS NULL OR code = ANY ($1) ORDER BY code"
_CAMPAIGN = f"SELECT campaign.definition::text, {STAND} FROM read_model, campaign_copy AS campaign WHERE code = $1"

# Chains upward on a day: `start` is the code that the chain begins with, NULL where it begins with a top unit, which
# counts even where it is not valid on the day. UNION ends a circle.
_UPWARD = """
    WITH RECURSIVE chain (campaign_id, start, code, parent_code, day) AS (
        (
            SELECT asked.campaign_id, asked.code, unit.code, unit.parent_code, asked.day
            FROM unnest($1::bigint[], $2::text[], $3::date[]) AS asked (campaign_id, code, day)
            JOIN unit_copy AS unit ON unit.code = asked.code
                AND (unit.valid_from IS NULL OR unit.valid_from <= asked.day)
                AND (unit.valid_to IS NULL OR asked.day <= unit.valid_to)
            UNION ALL
            SELECT asked.campaign_id, NULL, unit.code, unit.parent_code, asked.day
            FROM unnest($4::bigint[], $5::bigint[], $6::date[]) AS asked (campaign_id, unit_id, day)
            JOIN unit_copy AS unit ON unit.id = asked.unit_id
        )
        UNION
        SELECT chain.campaign_id, chain.start, unit.code, unit.parent_code, chain.day
        FROM chain
        JOIN unit_copy AS unit ON unit.code = chain.parent_code
            AND (unit.valid_from IS NULL OR unit.valid_from <= chain.day)
            AND (unit.valid_to IS NULL OR chain.day <= unit.valid_to)
    )
    SELECT campaign_id, start, code FROM chain
"""
_OPEN = "SELECT set_config('bonphu.campaigns', $1, true)"
_IN_TREE = """
    SELECT campaign_id, unit_id, path FROM campaign_unit
    WHERE campaign_id = ANY ($1::bigint[]) AND code = ANY ($2::text[])
"""


@lru_cache(maxsize=DEFINITIONS_KEPT)
def _definition(text: str) -> CampaignDefinition:
    return msgspec.json.decode(text, type=CampaignDefinition)


async def fetch_campaign(connection: asyncpg.Connection, code: str) -> tuple[CampaignDefinition, Stand] | None:
    """The campaign of that code and where it stands, whoever asks."""
    row = await connection.fetchrow(_CAMPAIGN, code)
    if row is None:
        return None
    definition, *stand = row
    return _definition(definition), stand_of(stand)


async def fetch_campaigns(connection: asyncpg.Connection, codes: Sequence[str] | None) -> list[CampaignDefinition]:
    """The campaigns of these codes, of all codes where None, by code, whoever asks."""
    asked = None if codes is None else [code for code in codes if "\x00" not in code]
    rows = await connection.fetch(_CAMPAIGNS, asked)
    return [_definition(row["definition"]) for row in rows]


async def fetch_sights(
    connection: asyncpg.Connection, campaigns: Sequence[CampaignDefinition], caller: Caller
) -> list[Sight]:
    """What the caller sees of each campaign; those that it sees anything of are open from here on (ADR 0009).

    Asks the same questions where there is no campaign at all.
    """
    if EVERYTHING in caller.units:
        return [Sight(everything=True)] * len(campaigns)
    starts = [
        (one.id, code, one.hierarchy_day)
        for one in campaigns
        for code in {*caller.units, *one.published_to} - {EVERYTHING}
        if "\x00" not in code
    ]
    ids, codes, days = zip(*starts, strict=True) if starts else ((), (), ())
    upward: dict[int, dict[str | None, set[str]]] = defaultdict(lambda: defaultdict(set))
    for campaign_id, start, code in await connection.fetch(
        _UPWARD,
        ids,
        codes,
        days,
        [one.id for one in campaigns],
        [one.unit_id for one in campaigns],
        [one.hierarchy_day for one in campaigns],
    ):
        upward[campaign_id][start].add(code)
    in_tree: dict[int, dict[int, Sequence[int]]] = defaultdict(dict)
    held = [code for code in caller.units if "\x00" not in code]
    for campaign_id, unit_id, path in await connection.fetch(_IN_TREE, [one.id for one in campaigns], held):
        in_tree[campaign_id][unit_id] = path
    sights = [
        sight_in_campaign(
            units=caller.units,
            published_to=one.published_to,
            upward={start: codes for start, codes in upward[one.id].items() if start is not None},
            above_top=upward[one.id].get(None, {one.unit}),
            in_tree=in_tree[one.id],
        )
        for one in campaigns
    ]
    seen = [str(one.id) for one, sight in zip(campaigns, sights, strict=True) if not sight.is_blind]
    await connection.execute(_OPEN, ",".join(seen))
    return sights
