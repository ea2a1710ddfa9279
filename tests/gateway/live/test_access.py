"""What a subscription tells whom: no more than a query does."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.gateway.live.test_events import listening
from tests.support.stack import Stack

QUERY = """subscription Watch($campaign: String!, $units: [String!]!) {
    figures(campaign: $campaign, units: $units) { unitCode rank rankedOf achieved } }"""


async def told(stack: Stack, campaign: str, asked: Sequence[str], *, units: Sequence[str]) -> Any:
    """The first event for a token of these units."""
    body = {"query": QUERY, "variables": {"campaign": campaign, "units": list(asked)}}
    async with listening(stack, stack.token("reporting:read", units=units), json=body) as events:
        event = await anext(events)
    found = json.loads(event["data"])
    if "data" in found:
        return [one["unitCode"] for one in found["data"]["figures"]]
    return found["errors"][0]["extensions"]["code"], found["errors"][0]["message"].replace(campaign, "…")


@pytest.mark.parametrize(
    ("units", "seen"),
    [(["*"], ["70", "688", "689"]), (["70"], ["70", "688", "689"]), (["688"], ["688"]), (["25003"], [])],
)
async def test_units_outside_the_subtree_are_left_out(graph: Stack, units: list[str], seen: list[str]) -> None:
    found = await told(graph, "bp", ["70", "688", "689"], units=units)
    assert list(dict.fromkeys(found)) == seen


async def test_a_hidden_campaign_or_unit_is_as_one_that_does_not_exist(graph: Stack) -> None:
    assert await told(graph, "bp", ["688"], units=["75"]) == await told(graph, "xx", ["688"], units=["75"])
    assert await told(graph, "bp", ["689"], units=["688"]) == await told(graph, "bp", ["999"], units=["688"]) == []


async def test_what_needs_units_outside_is_not_told(graph: Stack) -> None:
    body = {"query": QUERY, "variables": {"campaign": "bp", "units": ["688"]}}
    async with listening(graph, graph.token("reporting:read", units=["688"]), json=body) as events:
        figures = json.loads((await anext(events))["data"])["data"]["figures"]
    assert {(one["rank"], one["rankedOf"]) for one in figures} == {(None, None)}
