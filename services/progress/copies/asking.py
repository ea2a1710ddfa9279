"""What the copies do not know is asked of quota once, and applied as if its event had come."""

import re
from collections.abc import Iterable
from datetime import date
from typing import TypeVar

import msgspec

from services.chassis.database import Database
from services.chassis.problems import DependencyUnavailable
from services.chassis.service_client import ServiceAnswer, ServiceClient, ServiceCredentials
from services.contracts.definitions import CampaignDefinition, UnitDefinition
from services.contracts.history import PlansPage
from services.progress.copies import commands

CODES_A_QUESTION = 200
CODES_AT_MOST = 2_000
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


T = TypeVar("T")


class _Units(msgspec.Struct):
    units: list[UnitDefinition]


class Quota:
    """The owner of units and campaigns, by HTTP."""

    def __init__(self, client: ServiceClient, credentials: ServiceCredentials, database: Database) -> None:
        self._client = client
        self._credentials = credentials
        self._database = database

    async def ask_campaign(self, code: str) -> None:
        """quota has been asked; what it answers makes no difference.

        Raises: DependencyUnavailable.
        """
        await self._get(f"/internal/campaigns/{code}", {})

    async def bring_campaign(self, code: str) -> bool:
        """The copy holds the campaign and its top unit; False where quota does not know it either.

        Raises: DependencyUnavailable.
        """
        if not _CODE.fullmatch(code):
            return False
        answer = await self._get(f"/internal/campaigns/{code}", {})
        if answer is None:
            return False
        campaign = _decoded(answer, CampaignDefinition)
        units = await self._units([campaign.unit], campaign.hierarchy_day)
        if all(unit.id != campaign.unit_id for unit in units):
            return False
        async with self._database.unit_of_work(actor="copies") as work:
            await commands.take_answer(work, units=units, campaign=campaign)
        return True

    async def bring_units(self, codes: Iterable[str], *, on: date) -> bool:
        """The copy holds the units that bear these codes on that day, and their ancestors; False where quota has none.

        Of what cannot be a code nothing is asked, and of more than 2,000 codes the first ones only.
        Raises: DependencyUnavailable.
        """
        asked = sorted(code for code in codes if _CODE.fullmatch(code))[:CODES_AT_MOST]
        units: list[UnitDefinition] = []
        for start in range(0, len(asked), CODES_A_QUESTION):
            units += await self._units(asked[start : start + CODES_A_QUESTION], on)
        # Nothing is taken like something: a unit that is hidden from who asks is known, and must cost the same.
        async with self._database.unit_of_work(actor="copies") as work:
            await commands.take_answer(work, units=units, campaign=None)
        return bool(units)

    async def plans_after(self, after: str | None) -> PlansPage:
        """A page of the plans that were issued; the last one has no `next`.

        Raises: DependencyUnavailable.
        """
        answer = await self._get("/internal/history/plans", {} if after is None else {"after": after})
        return PlansPage([], None) if answer is None else _decoded(answer, PlansPage)

    async def _units(self, codes: list[str], on: date) -> list[UnitDefinition]:
        answer = await self._get("/internal/units", {"codes": ",".join(codes), "on": on.isoformat()})
        return [] if answer is None else _decoded(answer, _Units).units

    async def _get(self, path: str, params: dict[str, str]) -> ServiceAnswer | None:
        answer = await self._client.get(path, token=self._credentials.token(), params=params)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise DependencyUnavailable(dependency=f"The quota service (it answers {answer.status})")
        return answer


def _decoded(answer: ServiceAnswer, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except msgspec.DecodeError as fault:
        raise DependencyUnavailable(dependency="The quota service (its answer cannot be read)") from fault
