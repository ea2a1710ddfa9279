"""The queries of docs/guides/dashboards.md work as they stand there."""

import re
from pathlib import Path

import pytest

from tests.gateway.conftest import Query

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "dashboards.md"
QUERIES = re.findall(r"```graphql\n(query (\w+).*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("query", [pytest.param(query, id=name) for query, name in QUERIES])
async def test_a_query_of_the_guide_is_answered(data: Query, query: str) -> None:
    wanted = {"campaign": "bp", "unit": "688", "indicator": "cccd"}
    variables = {name: value for name, value in wanted.items() if f"${name}:" in query}
    campaign = (await data(query, **variables))["campaign"]
    assert any(campaign.values())


def test_the_guide_holds_queries() -> None:
    assert len(QUERIES) >= 4
