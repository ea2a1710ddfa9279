from collections.abc import AsyncIterator

import pytest

from tests.services.reporting.projector.feed import Feed
from tests.support.servers import Servers


@pytest.fixture
async def feed(servers: Servers, databases: dict[str, str]) -> AsyncIterator[Feed]:
    """The projector on a database of the test's own."""
    one = Feed(databases["reporting"], servers.nats_url)
    try:
        await one.open()
        yield one
    finally:
        await one.database.close()
