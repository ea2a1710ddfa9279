"""The progress service alone: quota's events are published on the bus, and quota itself is a stub that can be asked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.conftest import Starting
from tests.services.progress.support import Progress, StubQuota
from tests.support.clock import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    """10 May 2024, ten in the morning in Viet Nam."""
    return MovableClock(datetime(2024, 5, 10, 3, tzinfo=UTC))


@pytest.fixture
async def quota() -> AsyncIterator[StubQuota]:
    """A quota that knows nothing until it is told."""
    async with StubQuota() as stub:
        yield stub


@pytest.fixture
async def bare(start: Starting, quota: StubQuota) -> AsyncIterator[Progress]:
    """The service with empty copies."""
    async with start("progress", BONPHU_QUOTA_URL=quota.url) as stack:
        yield Progress(stack)


@pytest.fixture
async def progress(bare: Progress) -> Progress:
    """The service that knows the campaign `drive`, with two sources: `registry` and `telco`."""
    await bare.tell_campaign()
    await bare.put_sources()
    return bare
