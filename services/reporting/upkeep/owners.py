"""What quota and progress have on record, read through their internal streams."""

import uuid
from collections.abc import AsyncIterator
from typing import TypeVar

import msgspec

from services.chassis.problems import DependencyUnavailable
from services.chassis.service_client import ServiceClient, ServiceCredentials
from services.contracts.definitions import CampaignDefinition, SourceDefinition, SuccessionEdge, UnitDefinition
from services.contracts.events import PeriodClosed, PlanIssued
from services.contracts.history import (
    BatchesPage,
    CampaignsPage,
    ClosuresPage,
    LedgerColumns,
    LedgerPage,
    PlansPage,
    RecordedBatch,
    SourcesPage,
    SuccessionsPage,
    UnitsPage,
)

Page = TypeVar(
    "Page", UnitsPage, SuccessionsPage, CampaignsPage, PlansPage, SourcesPage, ClosuresPage, BatchesPage, LedgerPage
)


class StreamRefused(RuntimeError):
    """An owner does not let us read its stream; the message says which and how it answered."""


class Owners:
    """quota and progress, by HTTP, a bounded page at a time."""

    def __init__(self, *, quota: ServiceClient, progress: ServiceClient, credentials: ServiceCredentials) -> None:
        self._quota = quota
        self._progress = progress
        self._credentials = credentials

    async def units(self) -> dict[int, UnitDefinition]:
        """Every unit, by id."""
        pages = self._pages(self._quota, "units", UnitsPage)
        return {one.id: one async for page in pages for one in page.units}

    async def successions(self) -> dict[int, SuccessionEdge]:
        """What ever became of a unit, by id."""
        pages = self._pages(self._quota, "successions", SuccessionsPage)
        return {one.id: one async for page in pages for one in page.edges}

    async def campaigns(self) -> dict[int, CampaignDefinition]:
        """Every campaign, by id."""
        pages = self._pages(self._quota, "campaigns", CampaignsPage)
        return {one.id: one async for page in pages for one in page.campaigns}

    async def plans(self) -> dict[uuid.UUID, PlanIssued]:
        """Every plan that was issued, by id."""
        pages = self._pages(self._quota, "plans", PlansPage)
        return {one.plan.id: one async for page in pages for one in page.plans}

    async def sources(self) -> dict[int, SourceDefinition]:
        """Every source, by id."""
        pages = self._pages(self._progress, "sources", SourcesPage)
        return {one.id: one async for page in pages for one in page.sources}

    async def closures(self) -> dict[tuple[int, int], PeriodClosed]:
        """Every closure, by campaign and revision."""
        pages = self._pages(self._progress, "closures", ClosuresPage)
        return {(one.campaign_id, one.revision): one async for page in pages for one in page.closures}

    async def batches(self, campaign_id: int) -> dict[int, RecordedBatch]:
        """Every batch of the campaign of which rows were taken, by acknowledgement."""
        pages = self._pages(self._progress, "batches", BatchesPage, campaign=str(campaign_id))
        return {one.batch.acknowledgement: one async for page in pages for one in page.batches}

    async def rows(self, campaign_id: int, *, acknowledgement: int | None = None) -> AsyncIterator[LedgerColumns]:
        """Every row of the campaign, of one batch where its acknowledgement is given, page by page."""
        of = {} if acknowledgement is None else {"acknowledgement": str(acknowledgement)}
        async for page in self._pages(self._progress, "rows", LedgerPage, campaign=str(campaign_id), **of):
            yield page.rows

    async def _pages(self, client: ServiceClient, stream: str, shape: type[Page], **asked: str) -> AsyncIterator[Page]:
        """Raises: StreamRefused, DependencyUnavailable."""
        decoder, after = msgspec.json.Decoder(shape), None
        while True:
            params = asked if after is None else {**asked, "after": after}
            answer = await client.get(f"/internal/history/{stream}", token=self._credentials.token(), params=params)
            if answer.status != 200:
                raise StreamRefused(
                    f"The {client.name} service answers {answer.status} to /internal/history/{stream}: is it of this"
                    " release, and does it take our service token (BONPHU_SERVICE_TOKEN, BONPHU_SIGNING_KEY_FILE)?"
                )
            page = decoder.decode(answer.body)
            yield page
            after = page.next
            if after is None:
                return


__all__ = ["DependencyUnavailable", "Owners", "StreamRefused"]
