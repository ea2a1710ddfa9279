"""SQL of the sources."""

from collections.abc import Sequence

import asyncpg
import msgspec

from services.contracts.definitions import SourceDefinition, SourceReport
from services.contracts.words import SourceKind

_COLUMNS = "id, code, name, kind, reports::text, aliases::text, revision"
_PUT = f"""
    INSERT INTO source (code, name, kind, reports, aliases) VALUES ($1, $2, $3, $4::jsonb, $5::jsonb)
    ON CONFLICT (code) DO UPDATE
        SET name = excluded.name, kind = excluded.kind, reports = excluded.reports, aliases = excluded.aliases,
            revision = source.revision + 1
    RETURNING {_COLUMNS}
"""
_FIXED = """
    SELECT c.code, i.indicator_no, i.level
    FROM source_indicator i JOIN campaign_copy c ON c.id = i.campaign_id
    WHERE i.source_id = $1
"""
_PAGE = f"""
    SELECT {_COLUMNS} FROM source
    WHERE code > $1
      AND ($2::text IS NULL OR code = $2)
      AND ($3::text[] IS NULL OR EXISTS (
          SELECT FROM jsonb_array_elements(reports) AS report WHERE report ->> 'campaign' = ANY ($3)
      ))
    ORDER BY code LIMIT $4
"""
_VISIBLE_CAMPAIGNS = """
    SELECT code FROM campaign_copy c
    WHERE above && $1::text[]
       OR EXISTS (SELECT FROM campaign_unit u WHERE u.campaign_id = c.id AND u.code = ANY ($1::text[]))
"""
_REPORTS = msgspec.json.Decoder(tuple[SourceReport, ...])
_ALIASES = msgspec.json.Decoder(dict[str, str])


class Source(msgspec.Struct, frozen=True):
    """A source with its own codes of units."""

    definition: SourceDefinition
    aliases: dict[str, str]


def _source(row: asyncpg.Record) -> Source:
    definition = SourceDefinition(
        id=row["id"],
        code=row["code"],
        name=row["name"],
        kind=SourceKind(row["kind"]),
        reports=_REPORTS.decode(row["reports"]),
        revision=row["revision"],
    )
    return Source(definition, _ALIASES.decode(row["aliases"]))


async def find(connection: asyncpg.Connection, code: str, *, lock: bool = False) -> Source | None:
    """The source of that code; with `lock` nobody else changes it until this transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM source WHERE code = $1{' FOR NO KEY UPDATE' if lock else ''}", code
    )
    return None if row is None else _source(row)


async def put(
    connection: asyncpg.Connection,
    code: str,
    *,
    name: str,
    kind: SourceKind,
    reports: Sequence[SourceReport],
    aliases: dict[str, str],
) -> Source:
    """The source is stored so; its revision has grown where it was there."""
    row = await connection.fetchrow(
        _PUT, code, name, kind.value, msgspec.json.encode(reports).decode(), msgspec.json.encode(aliases).decode()
    )
    assert row is not None
    return _source(row)


async def fixed_levels(connection: asyncpg.Connection, source_id: int) -> dict[tuple[str, int], str]:
    """By campaign code and indicator number, the level that rows of the source have come at."""
    return {(row["code"], row["indicator_no"]): row["level"] for row in await connection.fetch(_FIXED, source_id)}


async def visible_campaigns(connection: asyncpg.Connection, units: Sequence[str]) -> list[str]:
    """Codes of the campaigns that have a unit in one of these subtrees."""
    return [row["code"] for row in await connection.fetch(_VISIBLE_CAMPAIGNS, list(units))]


async def page(
    connection: asyncpg.Connection, *, after: str, only: str | None, campaigns: Sequence[str] | None, limit: int
) -> list[Source]:
    """Sources by code, behind `after`; of one code where `only` is given; reporting one of `campaigns` unless None."""
    rows = await connection.fetch(_PAGE, after, only, None if campaigns is None else list(campaigns), limit)
    return [_source(row) for row in rows]
