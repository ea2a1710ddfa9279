"""How many questions a query costs that is interpreted."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any

import pytest

from gateway.execution.loading import Shared
from services.chassis.observability import REQUESTS
from tests.conftest import Starting
from tests.gateway.conftest import Query, running_graph, small_campaign
from tests.support.clock import MovableClock
from tests.support.stack import Stack


@pytest.fixture
async def graph(start: Starting, clock: MovableClock, databases: dict[str, str]) -> AsyncIterator[Stack]:
    async with running_graph(start, clock, databases, small_campaign(), BONPHU_GRAPH_COMPILED="false") as stack:
        yield stack


def questions() -> Mapping[str, float]:
    """How often reporting has been asked for each kind of thing, whatever it answered."""
    counts: defaultdict[str, float] = defaultdict(float)
    for metric in REQUESTS.collect():
        for sample in metric.samples:
            route = sample.labels["route"]
            if sample.name == "bonphu_requests_total" and route.startswith("/internal/graph/"):
                counts[route.removeprefix("/internal/graph/")] += sample.value
    return counts


async def asked_by(query: Awaitable[Any]) -> dict[str, int]:
    before = questions()
    await query
    return {
        kind: int(count - before.get(kind, 0)) for kind, count in questions().items() if count > before.get(kind, 0)
    }


async def test_three_levels_with_figures_cost_one_question_per_kind_and_level(data: Query) -> None:
    query = """{ campaign(code: "bp") { unit(code: "70") { children { edges { node { unit { name }
        children { edges { node { unit { name parent { name } } ancestors { unit { name } }
        figures { achieved rate { printed } } } } } } } } } } }"""
    assert await asked_by(data(query)) == {"campaigns": 1, "campaign-units": 1, "children": 2, "figures": 1}


async def test_several_selections_of_figures_share_a_question(data: Query) -> None:
    query = """{ campaign(code: "bp") { units { edges { node { a: figure(indicator: "cccd") { quota }
        b: figure(indicator: "sim") { quota } all: figures { quota } two: figures(indicators: ["sim"]) { quota } } } }
        } }"""
    assert await asked_by(data(query)) == {"campaigns": 1, "campaign-units": 1, "figures": 1}


async def test_exemptions_of_many_units_cost_one_question_per_indicator(data: Query) -> None:
    query = """{ campaign(code: "bp") { units { edges { node { figures { exemptions { reason count } } } } } } }"""
    assert await asked_by(data(query)) == {"campaigns": 1, "campaign-units": 1, "figures": 1, "exemptions": 2}


async def test_the_same_thing_is_asked_for_once(data: Query) -> None:
    query = """{ a: campaign(code: "bp") { code } b: campaign(code: "bp") { unit(code: "688") { parent { unit { code } }
        again: parent { unit { code } } } } }"""
    assert await asked_by(data(query)) == {"campaigns": 1, "campaign-units": 2}


async def test_what_is_refused_of_one_selection_is_not_told_of_another(ask: Query) -> None:
    found = await ask(
        """{ campaign(code: "bp") { unit(code: "688") { a: figure(indicator: "cccd", asOf: "2020-01-01") { quota }
        b: figure(indicator: "cccd") { quota } } } }"""
    )
    assert found["data"]["campaign"]["unit"] == {"a": None, "b": {"quota": 837}}
    assert [one["path"] for one in found["errors"]] == [["campaign", "unit", "a"]]


async def test_who_leaves_does_not_end_the_waiting_of_others() -> None:
    batches = 0

    async def doubled(keys: list[int]) -> list[int]:
        nonlocal batches
        batches += 1
        return [2 * key for key in keys]

    values: Shared[int, int] = Shared(doubled)
    leaving, staying = asyncio.ensure_future(values.load(1)), asyncio.ensure_future(values.load(1))
    leaving.cancel()
    assert await staying == 2
    assert (leaving.cancelled(), batches) == (True, 1)
