"""The Grafana dashboard asks what the graph answers."""

import json
from typing import Any

import pytest

from deploy import CHECKOUT
from tests.gateway.conftest import Query, ask, data, graph

__all__ = ["ask", "data", "graph"]

BOARD: Any = json.loads((CHECKOUT / "deploy" / "grafana" / "campaign.json").read_text(encoding="utf-8"))
TARGETS = [(panel["title"], target) for panel in BOARD["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("target", [pytest.param(target, id=title) for title, target in TARGETS])
async def test_every_column_of_a_panel_is_answered(data: Query, target: Any) -> None:
    query = target["url_options"]["body_graphql_query"]
    variables = {"campaign": "bp", "indicator": "cccd"}
    found: Any = {
        "data": await data(query, **{name: value for name, value in variables.items() if f"${name}" in query})
    }
    for step in target["root_selector"].split("."):
        found = found[int(step)] if step.isdigit() else found[step]
    assert found
    for column in target["columns"]:
        assert any(_selected(row, column["selector"]) is not None for row in found), column["selector"]


def _selected(row: Any, selector: str) -> Any:
    for step in selector.split("."):
        row = None if row is None else row[step]
    return row


def test_nothing_in_it_belongs_to_one_installation() -> None:
    names = {one["name"] for one in BOARD["templating"]["list"]}
    assert names == {"datasource", "url", "campaign", "indicator"}
    assert "Bearer" not in json.dumps(BOARD)
