"""The quota service on a database of the test's own."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Starting
from tests.services.quota.support import WRITE, Quota


@pytest.fixture
async def bare(start: Starting) -> AsyncIterator[Quota]:
    """Without any unit."""
    async with start("quota") as stack:
        yield Quota(stack, stack.token(WRITE))


@pytest.fixture
async def quota(bare: Quota) -> Quota:
    """With the province and the campaign of `support`."""
    await bare.province()
    await bare.campaign()
    return bare
