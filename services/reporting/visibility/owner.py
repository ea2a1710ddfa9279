"""What the copies do not know is asked of quota, which owns it, before it is refused."""

import asyncio
import re
from datetime import date

import asyncpg
import msgspec
import structlog

from services.chassis.app import Chassis
from services.chassis.consistency_tokens import NotYetConsistent
from services.chassis.problems import DependencyUnavailable
from services.chassis.service_client import ServiceClient
from services.reporting.visibility.campaigns import CampaignNotFound
from services.reporting.visibility.units import UnitNotFound

log = structlog.get_logger("owner")

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HIERARCHY_DAY = "SELECT hierarchy_day FROM campaign_copy WHERE code = $1"
_KNOWS_UNIT = """
    SELECT EXISTS (
        SELECT FROM unit_copy WHERE code = $1
            AND (valid_from IS NULL OR valid_from <= $2) AND (valid_to IS NULL OR $2 <= valid_to)
    )
"""


class Owner:
    """quota, by HTTP. The projector alone writes copies: what quota knows and it has not brought yet is waited for."""

    def __init__(self, chassis: Chassis, client: ServiceClient) -> None:
        self._chassis = chassis
        self._client = client

    async def has_brought(self, refusal: CampaignNotFound | UnitNotFound) -> bool:
        """Whether what was not found has come to the copies meanwhile, so that reading again is worthwhile.

        quota is asked whatever the copies know, so that a refusal takes as long for what is hidden as for what does
        not exist. Raises: NotYetConsistent.
        """
        campaign, unit = _asked(str(refusal.facts["campaign"])), refusal.facts.get("unit")
        if unit is not None:
            unit = _asked(str(unit))
        on = await self._hierarchy_day(campaign) if unit is not None else None
        try:
            exists = await self._owns_campaign(campaign) if on is None else await self._owns_unit(str(unit), on)
        except DependencyUnavailable as fault:
            log.warning("owner_not_asked", reason=str(fault))
            return False
        is_copied = await self._is_copied(campaign, unit, on)
        if not exists or is_copied:
            return False
        wait_seconds = self._chassis.consistency.wait_seconds
        deadline = asyncio.get_running_loop().time() + wait_seconds
        while not await self._is_copied(campaign, unit, on):
            if asyncio.get_running_loop().time() > deadline:
                raise NotYetConsistent(seconds=wait_seconds, headers={"Retry-After": "1"})
            await asyncio.sleep(0.02)
        return True

    async def _owns_campaign(self, code: str) -> bool:
        if not _CODE.fullmatch(code):
            return False
        answer = await self._client.get(f"/internal/campaigns/{code}", token=self._chassis.credentials.token())
        return answer.status == 200

    async def _owns_unit(self, code: str, on: date) -> bool:
        if not _CODE.fullmatch(code):
            return False
        token, asked = self._chassis.credentials.token(), {"codes": code, "on": on.isoformat()}
        answer = await self._client.get("/internal/units", token=token, params=asked)
        return answer.status == 200 and bool(msgspec.json.decode(answer.body)["units"])

    async def _hierarchy_day(self, campaign: str) -> date | None:
        async with self._chassis.database.reading() as connection:
            return await connection.fetchval(_HIERARCHY_DAY, campaign)

    async def _is_copied(self, campaign: str, unit: object, on: date | None) -> bool:
        async with self._chassis.database.reading() as connection:
            if on is None:
                return await _has_campaign(connection, campaign)
            return await connection.fetchval(_KNOWS_UNIT, unit, on)


def _asked(code: str) -> str:
    """The code, or one that nothing bears where it cannot be a code."""
    return code if _CODE.fullmatch(code) else ""


async def _has_campaign(connection: asyncpg.Connection, code: str) -> bool:
    return await connection.fetchval(_HIERARCHY_DAY, code) is not None
