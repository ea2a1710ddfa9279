"""Plans that were issued before this service listened: asked of quota once, page by page."""

import asyncio

import structlog

from services.chassis.database import TRANSIENT_DATABASE_FAULTS, Database
from services.chassis.problems import DependencyUnavailable
from services.progress.copies import plans, queries
from services.progress.copies.asking import Quota

log = structlog.get_logger("filling")

AGAIN_AFTER_SECONDS = 10.0
_IS_FILLED = "SELECT EXISTS (SELECT FROM copy_filled WHERE what = 'plans')"
_FILLED = "INSERT INTO copy_filled (what, filled_at) VALUES ('plans', $1) ON CONFLICT DO NOTHING"


class Filling:
    """Fills the copy of plans; what comes by event meanwhile makes no difference."""

    def __init__(self, database: Database, quota: Quota) -> None:
        self.database = database
        self.quota = quota

    async def run(self) -> None:
        """Tries until it is done."""
        while True:
            try:
                await self.fill()
            except (DependencyUnavailable, *TRANSIENT_DATABASE_FAULTS) as fault:
                log.info("plans_not_filled_yet", reason=type(fault).__name__)
                await asyncio.sleep(AGAIN_AFTER_SECONDS)
            else:
                return

    async def fill(self) -> None:
        """The copy has every plan that quota has. Raises: DependencyUnavailable."""
        async with self.database.reading() as connection:
            if await connection.fetchval(_IS_FILLED):
                return
        after: str | None = None
        while True:
            page = await self.quota.plans_after(after)
            if page.plans:
                async with self.database.unit_of_work(actor="copies") as work:
                    await queries.lock(work.connection)
                    await plans.put_plans(work.connection, page.plans)
            after = page.next
            if after is None:
                break
        async with self.database.unit_of_work(actor="copies") as work:
            await work.connection.execute(_FILLED, work.moment)
