"""What an operation costs, on the real schema."""

import time

import pytest
from graphql import parse
from graphql.utilities import get_operation_ast

from gateway.cost import Costs
from gateway.graph.schema import core_schema

COSTS = Costs(core_schema())


def cost(source: str, **variables: object) -> int:
    document = parse(source)
    operation = get_operation_ast(document)
    assert operation is not None
    return COSTS.of(document, operation, variables)


@pytest.mark.parametrize(
    ("source", "points"),
    [
        ("{ __typename }", 0),
        ('{ campaign(code: "c") { code name asOf } }', 1),
        ('{ campaign(code: "c") { units(first: 10) { totalCount } } }', 2),
        ('{ campaign(code: "c") { units(first: 10) { pageInfo { hasNextPage } edges { cursor node { id } } } } }', 12),
        ('{ campaign(code: "c") { units(first: 0) { edges { node { id } } } } }', 2),
        # What comes with a figure costs nothing more.
        ('{ campaign(code: "c") { totals(indicators: ["a", "b"]) { rate { numerator } coverage { reported } } } }', 3),
        ('{ campaign(code: "c") { totals { achieved } } }', 11),
        ('{ campaign(code: "c") { unit(code: "7") { parent { id } ancestors { id } } } }', 8),
    ],
)
def test_a_point_is_a_thing_that_may_come(source: str, points: int) -> None:
    assert cost(source) == points


def test_pages_in_pages_multiply() -> None:
    assert cost(
        """{ campaign(code: "c") { units(first: 10) { edges { node { children(first: 20) { edges { node {
            figures(indicators: ["a"]) { achieved } } } } } } } } }"""
    ) == 1 + 1 + 10 * (1 + 1 + 20 * (1 + 1))


def test_variables_and_their_defaults_count() -> None:
    query = """query Q($n: Int = 7, $i: [String!]) { campaign(code: "c") { units(first: $n) { edges { node {
        figures(indicators: $i) { achieved } } } } } }"""
    assert cost(query, n=3, i=["a"]) == 2 + 3 * 2
    assert cost(query, i=["a"]) == 2 + 7 * 2
    assert cost(query) == 2 + 7 * 11
    assert cost(query, n="no number", i="no list") == 2 + 50 * 11


def test_what_is_skipped_costs_nothing() -> None:
    query = """query Q($no: Boolean!) { campaign(code: "c") { totals(indicators: ["a"]) @include(if: $no) { achieved }
        ... @skip(if: true) { totals { achieved } } ...F @include(if: false) } }
        fragment F on Campaign { totals { achieved } }"""
    assert cost(query, no=False) == 1
    assert cost(query, no=True) == 2


def test_the_query_that_every_dashboard_asks_fits() -> None:
    query = """{ campaign(code: "c") { unit(code: "70") { children { edges { node { children { edges { node {
        figures(indicators: ["a", "b", "c", "d"]) { achieved rate { printed } } } } } } } } } } }"""
    assert cost(query) <= 500_000 / 5


def test_fragments_that_double_each_other_are_reckoned_in_linear_time() -> None:
    chain = "".join(
        f"fragment F{n} on CampaignUnit {{ parent {{ ...F{n + 1} }} x: parent {{ ...F{n + 1} }} }}" for n in range(50)
    )
    query = '{ campaign(code: "c") { unit(code: "7") { ...F0 } } }' + chain + "fragment F50 on CampaignUnit { id }"
    started = time.perf_counter()
    assert cost(query) > 2**50
    assert time.perf_counter() - started < 1
