"""Background work: started again when it fails, ended with the process."""

import asyncio

from services.chassis.app import Chassis
from services.quota.settings import QuotaSettings
from tests.support.clock import MovableClock


def _chassis(settings: QuotaSettings, clock: MovableClock) -> Chassis:
    return Chassis(
        service="quota",
        settings=settings,
        database_url=settings.quota_database_url,
        consumes=frozenset(),
        scopes=[],
        clock=clock,
    )


async def test_work_whose_clean_up_fails_does_not_hold_the_process_up(
    settings: QuotaSettings, clock: MovableClock
) -> None:
    started = asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("the database is gone")

    chassis = _chassis(settings, clock)
    chassis.background.append(work)
    async with asyncio.timeout(10), chassis.running():
        await started.wait()
