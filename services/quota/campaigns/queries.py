"""Finding campaigns, and who sees them."""

from datetime import date

import asyncpg
import msgspec

from services.chassis.identity import Caller
from services.chassis.problems import NotFound
from services.contracts.definitions import CampaignDefinition
from services.quota.access import covers
from services.quota.campaigns.rules import InUse
from services.quota.hierarchy.places import Place
from services.quota.hierarchy.queries import places

_BY_CODE = "SELECT definition FROM campaign WHERE code = $1"
_BY_ID = "SELECT definition FROM campaign WHERE id = $1"
_PAGE = "SELECT definition FROM campaign WHERE code > $1 ORDER BY code LIMIT $2"
_REPORTED = "SELECT indicator_no FROM indicator_reported WHERE campaign_id = $1"
_PLANNED = """
    SELECT DISTINCT line.indicator_no, line.cohort_no
    FROM plan JOIN plan_line line ON line.plan_id = plan.id WHERE plan.campaign_id = $1
"""
_HAS_PLANS = "SELECT EXISTS (SELECT FROM plan WHERE campaign_id = $1)"
_BATCH = 200


class Sight(msgspec.Struct, frozen=True):
    """What a token sees of a campaign: the subtrees of `roots` on its hierarchy day, all of it where None.

    `covers_top`: the token covers the top unit, whoever the campaign is published to.
    """

    roots: frozenset[str] | None
    covers_top: bool

    def sees(self, path: tuple[str, ...]) -> bool:
        """Whether the unit whose codes from the top down are `path` is seen."""
        return self.roots is None or any(code in self.roots for code in path)


class Sights:
    """Which campaigns a caller sees, as far as this snapshot tells; paths are read once a day of the hierarchy."""

    def __init__(self, connection: asyncpg.Connection, caller: Caller) -> None:
        self._connection = connection
        self._caller = caller
        self._places: dict[date, dict[str, Place]] = {}

    async def of(self, campaign: CampaignDefinition, *, figures: bool = False) -> Sight | None:
        """None where the token sees no unit of it and it is not published to the token's subtrees.

        `figures`: whether what a publication shows is asked for, beside what the token's own units show.
        """
        if self._caller.sees_everything:
            return Sight(None, covers_top=True)
        found = await self._found(campaign)
        top = found.get(campaign.unit)
        if top is None:
            return None
        covers_top = covers(self._caller, top.path)
        published = figures and self._is_published(campaign, found)
        if covers_top or published:
            return Sight(None, covers_top=covers_top)
        inside = {
            code for code in self._caller.units if (place := found.get(code)) is not None and place.is_below(top.id)
        }
        if inside:
            return Sight(frozenset(inside), covers_top=False)
        return Sight(frozenset(), covers_top=False) if self._is_published(campaign, found) else None

    def _is_published(self, campaign: CampaignDefinition, found: dict[str, Place]) -> bool:
        own = [found[code] for code in self._caller.units if code in found]
        if "*" in campaign.published_to:
            return bool(own)
        to = [found[code] for code in campaign.published_to if code in found]
        return any(mine.id in theirs.ids or theirs.id in mine.ids for mine in own for theirs in to)

    async def _found(self, campaign: CampaignDefinition) -> dict[str, Place]:
        day = campaign.hierarchy_day
        known = self._places.setdefault(day, {})
        missing = {campaign.unit, *self._caller.units, *campaign.published_to} - known.keys() - {"*"}
        if missing:
            known |= await places(self._connection, missing, day=day)
        return known


async def campaign_by_code(connection: asyncpg.Connection, code: str) -> CampaignDefinition | None:
    """The campaign of that code, whoever asks."""
    return _decoded(await connection.fetchval(_BY_CODE, code))


async def campaign_by_id(connection: asyncpg.Connection, campaign_id: int) -> CampaignDefinition | None:
    """The campaign of that id, whoever asks."""
    return _decoded(await connection.fetchval(_BY_ID, campaign_id))


def _decoded(definition: dict[str, object] | None) -> CampaignDefinition | None:
    return None if definition is None else msgspec.convert(definition, CampaignDefinition)


async def seen_campaign(
    connection: asyncpg.Connection, caller: Caller, code: str, *, figures: bool = False
) -> tuple[CampaignDefinition, Sight]:
    """The campaign, and what the caller sees of it.

    Raises: NotFound.
    """
    campaign = await campaign_by_code(connection, code)
    sight = await Sights(connection, caller).of(campaign, figures=figures) if campaign else None
    if campaign is None or sight is None:
        raise NotFound(path=f"the campaign {code}")
    return campaign, sight


async def seen_campaigns(
    connection: asyncpg.Connection, caller: Caller, *, after: str, limit: int
) -> list[CampaignDefinition]:
    """At most `limit` campaigns that the caller sees, by code, those after `after`."""
    sights, seen = Sights(connection, caller), []
    while len(seen) < limit:
        rows = await connection.fetch(_PAGE, after, _BATCH)
        for row in rows:
            campaign = msgspec.convert(row["definition"], CampaignDefinition)
            after = campaign.code
            if await sights.of(campaign) is not None:
                seen.append(campaign)
        if len(rows) < _BATCH:
            break
    return seen[:limit]


async def in_use(connection: asyncpg.Connection, campaign_id: int) -> InUse:
    """What stands on the campaign's definition."""
    reported = await connection.fetch(_REPORTED, campaign_id)
    planned = await connection.fetch(_PLANNED, campaign_id)
    return InUse(
        frozenset(row["indicator_no"] for row in reported),
        frozenset((row["indicator_no"], row["cohort_no"]) for row in planned),
        bool(await connection.fetchval(_HAS_PLANS, campaign_id)),
    )
