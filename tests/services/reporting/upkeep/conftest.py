from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.reporting.upkeep import verify
from tests.services.reporting.figures.test_real_path import CAMPAIGN, UNITS
from tests.services.reporting.support import NOON
from tests.services.reporting.upkeep.province import Province


@pytest.fixture
async def province(start: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Province]:
    """A small campaign, planned and reported on through the services, all of which reporting has applied."""
    clock.set(NOON)
    monkeypatch.setattr(verify, "PAUSES_SECONDS", (0.05,))
    async with start("quota", "progress", "reporting") as stack:
        one = Province(stack)
        await one.tell("quota", "PUT", "/v1/units", {"units": UNITS})
        await one.tell("quota", "POST", "/v1/campaigns", CAMPAIGN)
        await one.plan(None, ("70", 1000))
        await one.plan("70", ("688", 837), ("689", 163))
        reports = [{"campaign": "bp", "indicator": "cccd", "level": "commune"}]
        for code in ("csdlqg", "self_report"):
            body = {"name": code, "kind": "register", "reports": reports}
            await one.tell("progress", "PUT", f"/v1/sources/{code}", body)
        await one.report("csdlqg", ("25001", "2024-05-01", 530), ("25002", "2024-05-02", 49))
        await one.report("csdlqg", ("25001", "2024-05-01", 531), ("25003", "2024-05-03", 163))
        await one.report("csdlqg", ("25002", "2024-05-04", 60), mode="cumulative")
        await one.report("self_report", ("25003", "2024-05-01", 7), ("25001", "2024-04-30", 5))
        withdrawn = await one.report("csdlqg", ("25003", "2024-05-06", 999))
        await one.tell("progress", "POST", f"/v1/batches/{withdrawn}/void", {"reason": "nhầm"})
        await one.shown()
        yield one
