"""SQL behind reporters: the sources of a campaign, and how its authority groups stand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import asyncpg
import msgspec

from services.contracts.definitions import CampaignDefinition, IndicatorDefinition, SourceDefinition
from services.contracts.words import LEVEL_ORDER, Level, SourceKind

_SOURCES = """
    SELECT definition::text FROM source_copy
    WHERE definition -> 'reports' @> jsonb_build_array(jsonb_build_object('campaign', $1::text)) OR code = ANY ($2)
    ORDER BY code COLLATE "C"
"""
_BY_ID = "SELECT definition::text FROM source_copy WHERE id = ANY ($1::bigint[])"


class Reporter(NamedTuple):
    """A source, and by indicator the level at which it reports in the campaign."""

    id: int
    code: str
    name: str
    kind: SourceKind
    levels: Mapping[str, Level]

    def reports_at(self, indicator: str, level: Level) -> bool:
        """Whether its reports on the indicator tell of each unit of that level: it reports there or below."""
        own = self.levels.get(indicator)
        return own is not None and LEVEL_ORDER[own] >= LEVEL_ORDER[level]


class Reporters:
    """The sources of a campaign, by code: registered to report in it, or named by an authority group."""

    def __init__(self, campaign: CampaignDefinition, sources: Iterable[SourceDefinition]) -> None:
        self.all = [_reporter(campaign, one) for one in sources]
        self._by_code = {one.code: one for one in self.all}

    def groups(self, indicator: IndicatorDefinition) -> dict[int, int]:
        """The place of each source's authority group, from 1, by source id (rule 5)."""
        return {
            self._by_code[code].id: place
            for place, group in reversed(list(enumerate(indicator.authority, start=1)))
            for code in group
            if code in self._by_code
        }


def _reporter(campaign: CampaignDefinition, source: SourceDefinition) -> Reporter:
    levels = {one.indicator: one.level for one in source.reports if one.campaign == campaign.code}
    return Reporter(source.id, source.code, source.name, source.kind, levels)


async def fetch_reporters(connection: asyncpg.Connection, campaign: CampaignDefinition) -> Reporters:
    """The sources of the campaign."""
    named = sorted({code for one in campaign.indicators for group in one.authority for code in group})
    rows = await connection.fetch(_SOURCES, campaign.code, named)
    return Reporters(campaign, [msgspec.json.decode(row["definition"], type=SourceDefinition) for row in rows])


async def reporters_by_id(
    connection: asyncpg.Connection, campaign: CampaignDefinition, reporters: Reporters, source_ids: Sequence[int]
) -> dict[int, Reporter]:
    """These sources, those too that have rows from a time when they were registered and are no longer."""
    found = {one.id: one for one in reporters.all}
    missing = sorted(set(source_ids) - found.keys())
    if missing:
        rows = await connection.fetch(_BY_ID, missing)
        former = [msgspec.json.decode(row["definition"], type=SourceDefinition) for row in rows]
        found |= {one.id: _reporter(campaign, one) for one in former}
    return found
