from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.services.reporting.series.office import Office
from tests.services.reporting.support import NOON


@pytest.fixture
async def office(start: Any, clock: Any) -> AsyncIterator[Office]:
    clock.set(NOON)
    async with start("quota", "progress", "reporting") as stack:
        yield Office(stack)
