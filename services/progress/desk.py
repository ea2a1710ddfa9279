"""What the endpoints share: campaigns and sources in memory, and quota to ask where the copy does not know."""

from collections.abc import Collection

from fastapi import Request

from services.chassis.database import Database
from services.progress.copies.asking import Quota
from services.progress.copies.views import CampaignView, CampaignViews
from services.progress.ingestion.headroom import Headrooms
from services.progress.ingestion.jumps import Medians
from services.progress.sources import queries
from services.progress.sources.views import SourceViews


class Desk:
    """One per process."""

    def __init__(self, database: Database, quota: Quota) -> None:
        self.database = database
        self.quota = quota
        self.campaigns = CampaignViews()
        self.sources = SourceViews()
        self.medians = Medians()
        self.headrooms = Headrooms()

    async def campaign(self, code: str) -> CampaignView | None:
        """The campaign, asked of quota once where the copy does not know it; None where nobody does.

        Raises: DependencyUnavailable.
        """
        view = await self._campaign(code)
        if view is None and await self.quota.bring_campaign(code):
            view = await self._campaign(code)
        return view

    async def campaign_in_sight(self, code: str, units: tuple[str, ...]) -> CampaignView | None:
        """The campaign, where a token of these subtrees sees it.

        quota is asked about what is hidden as about what the copy does not know, so that both are refused alike,
        in the same time and while quota is silent too. Raises: DependencyUnavailable.
        """
        view = await self._campaign(code)
        if view is None:
            view = await self.campaign(code)
        elif not view.is_visible_to(units):
            await self.quota.ask_campaign(code)
        return view if view is not None and view.is_visible_to(units) else None

    async def campaign_at_hand(self, code: str, units: tuple[str, ...]) -> CampaignView | None:
        """The campaign as this process last saw it; like `campaign_in_sight` where it never did."""
        known = self.campaigns.known(code)
        return known if known is not None and known.is_visible_to(units) else await self.campaign_in_sight(code, units)

    async def aliases(self, source: str) -> dict[str, str]:
        """The source's own codes of units; none where there is no such source."""
        async with self.database.reading() as connection:
            found = await queries.find(connection, source)
        return {} if found is None else found.aliases

    async def know_units(self, view: CampaignView, codes: Collection[str], units: tuple[str, ...]) -> None:
        """Units of these codes that a token of these subtrees does not see in the copy were asked of quota once.

        Raises: DependencyUnavailable.
        """
        if missing := [code for code in codes if code not in view.seen_units(units)]:
            newest = await self._campaign(view.definition.code)
            if newest is not None:
                missing = [code for code in missing if code not in newest.seen_units(units)]
        if missing:
            await self.quota.bring_units(missing, on=view.definition.hierarchy_day)

    async def _campaign(self, code: str) -> CampaignView | None:
        async with self.database.reading() as connection:
            return await self.campaigns.current(connection, code)


def desk_of(request: Request) -> Desk:
    """The desk of this process."""
    desk: Desk = request.app.state.desk
    return desk
