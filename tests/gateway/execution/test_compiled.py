"""Compiled plans answer what the interpreter answers, to the byte.

`BONPHU_RANDOM_QUERIES=5000` asks for more of them, `BONPHU_RANDOM_SEED` for others.
"""

import json
import os
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from gateway.execution.asking import Asking
from gateway.execution.documents import Documents
from gateway.execution.forms import FORMS, INTERPRETED
from gateway.execution.operations import GraphRequest, Operations, Prepared
from gateway.execution.plans import Plans
from gateway.graph.schema import core_schema
from gateway.settings import GatewaySettings
from services.chassis.problems import Refusal
from services.chassis.service_client import ServiceClient
from services.chassis.tracing import Tracing
from services.contracts.definitions import CohortDefinition
from services.contracts.words import IndicatorKind, Outcome, TargetOn
from tests.conftest import Starting
from tests.gateway.conftest import running_graph
from tests.gateway.execution.random_queries import RandomQuery, Values, Writer
from tests.services.reporting.support import ReadModel, indicator
from tests.support.clock import MovableClock
from tests.support.stack import Stack

MANY = int(os.environ.get("BONPHU_RANDOM_QUERIES", "400"))
SEED = int(os.environ.get("BONPHU_RANDOM_SEED", "1"))
SCHEMA = core_schema()
RARE = frozenset(name for name, form in FORMS.items() if form is INTERPRETED)
"""Chosen now and then only: a query with one of them is interpreted as a whole."""

ROOTS = ("campaign", "campaign", "campaign", "campaigns")
CODES = ["70", "688", "689", "690", "25001", "25003", "9001", "84", "none"]
VALUES = Values(
    good={
        "code": ["bp", "bp", "bp", "other", "none", *CODES],
        "indicator": ["cccd", "sim"],
        "indicators": ["cccd", "sim"],
        "first": [0, 1, 2, 3, 50],
        "after": [None],
        "CampaignUnit.children after": ["WyI2ODgiXQ"],  # behind 688 by code
        "Query.campaigns after": ["YWZ0ZXI6YnA"],  # behind the campaign bp
        "q": ["loc", "Phường", "?", ""],
        "within": ["70", "688", "25001"],
        "asOf": ["2024-07-01", "2024-07-03", "2024-05-05"],
        "decimals": [0, 1, 3, 10],
        "on": ["2024-07-01"],
        "id": ["Q2FtcGFpZ246YnA"],  # of the campaign bp
        "cohort": ["young"],
        "knownAt": ["2024-05-02T00:00:00Z", "2024-07-03T09:00:00+07:00", "2030-01-01T00:00:00Z"],
        "from": ["2024-04-04", "2024-06-01"],
        "to": ["2024-06-01", "2024-07-03"],
        "day": ["2024-05-01"],
        "hierarchy": ["2024-04-04"],
        "cumulative": [True, False],
    },
    bad={
        "indicator": ["nope", "adults"],
        "indicators": ["nope", "adults"],
        "first": [-1, 1001],
        "after": ["?", "WyI2ODgiXQ=="],
        "within": ["none", "84"],
        "asOf": ["2024-01-01", "2025-01-01"],
        "decimals": [-1, 11],
        "code": ["\\u0000"],
        "cohort": ["old", "*"],
    },
    callers=[["*"], ["*"], ["688"], ["25001", "689"], ["84"], ["75"], ["none"]],
)


class Both:
    """The compiled and the interpreted answer to a request."""

    def __init__(self, stack: Stack, client: ServiceClient) -> None:
        settings = GatewaySettings(graph_max_cost=10**9)
        self.plans = Plans(SCHEMA, most=100)
        self._operations = Operations(SCHEMA, Documents(SCHEMA, settings), self.plans, max_cost=10**9)
        self._stack, self._client = stack, client

    def prepared(self, query: RandomQuery) -> Prepared | None:
        found = self._operations.prepare(GraphRequest(query.text, variables=query.variables))
        return found if isinstance(found, Prepared) else None

    async def answers(self, query: RandomQuery, prepared: Prepared) -> tuple[bytes, bytes]:
        token = self._stack.token("reporting:read", units=query.units)
        found = []
        for act in (self._operations.carry_out, self._operations.interpret):
            try:
                answer = await act(prepared, Asking(self._client, token=token, consistency=None))
                found.append(answer.body())
            except Refusal as refusal:
                found.append(repr(refusal).encode())
        return found[0], found[1]


def rich_campaign() -> ReadModel:
    model = ReadModel(
        indicator("cccd", counts_baseline=True, target_rate="0.8"),
        indicator("sim", cohorts=(CohortDefinition("young", {"vi": "Trẻ"}, "1", TargetOn.ADJUSTED),)),
        indicator("adults", kind=IndicatorKind.RATIO, of="cccd"),
        labels=("imputed",),
    )
    for unit, amount in (("70", 937), ("688", 837), ("25001", 800), ("25002", 37), ("689", 100), ("25003", 0)):
        model.quota(unit, "cccd", amount, baseline=3)
    model.quota("688", "sim", 7, basis=2)
    model.report("9001", "cccd", 579)
    model.report("25001", "cccd", 187, outcome=Outcome.EXEMPT, reason="absent")
    model.report("25001", "cccd", 2, outcome=Outcome.EXEMPT, reason="illness")
    model.report("25002", "cccd", 71, outcome=Outcome.DECLINED)
    model.report("25003", "sim", 10, label="simulated")
    model.report("25004", "sim", 2**53, outcome=Outcome.ACHIEVED)
    return model


@pytest.fixture
async def both(start: Starting, clock: MovableClock, databases: dict[str, str]) -> AsyncIterator[Both]:
    models = [rich_campaign()]
    async with running_graph(start, clock, databases, *models) as stack, stack.connection("reporting") as connection:
        await connection.execute(
            "INSERT INTO campaign_copy (id, code, unit_id, first_day, last_day, hierarchy_day, definition, revision)"
            " SELECT 2, 'other', unit_id, first_day, last_day, hierarchy_day, definition || $1::jsonb, 1"
            " FROM campaign_copy",
            json.dumps(
                {"id": 2, "code": "other", "published_to": ["*"], "decision": {"number": "1", "date": "2024-04-01"}}
            ),
        )
        for table in ("campaign_unit", "campaign_closure", "quota_step", "rollup_day", "rollup_total"):
            columns = await connection.fetchval(
                "SELECT string_agg(attname, ',') FROM pg_attribute"
                " WHERE attrelid = $1::text::regclass AND attnum > 0 AND attname <> 'campaign_id'",
                table,
            )
            await connection.execute(f"INSERT INTO {table} (campaign_id, {columns}) SELECT 2, {columns} FROM {table}")
        client = ServiceClient(stack.urls["reporting"], name="reporting", tracing=Tracing(service="t", collector=None))
        await client.open()
        yield Both(stack, client)
        await client.close()


def told_otherwise(compiled: bytes, interpreted: bytes) -> bool:
    """Whether the answers differ at most in which of several faults under one null they tell.

    The interpreter tells the one that happened first; and what lies under the null, if it happened before.
    """
    ours, theirs = json.loads(compiled), json.loads(interpreted)
    if any(ours.get(part) != theirs.get(part) for part in ("data", "extensions")):
        return False
    told = {tuple(where_null(ours["data"], one["path"])): one["extensions"] for one in ours["errors"]}
    others = [(tuple(where_null(theirs["data"], one["path"])), one["extensions"]) for one in theirs["errors"]]
    one_each = len(told) == len(ours["errors"])
    return one_each and told.keys() == {null for null, _ in others} and all(one in others for one in told.items())


def where_null(data: Any, path: list[Any]) -> list[Any]:
    """The part of the path that leads to a null."""
    for length, step in enumerate(path):
        if data is None:
            return path[:length]
        data = data[step]
    return path


def random_query(number: int, roots: tuple[str, ...] = ROOTS) -> RandomQuery:
    return Writer(SCHEMA, VALUES, random.Random(SEED * 1_000_000 + number), roots, RARE).query()


async def test_random_queries_are_answered_alike_to_the_byte(both: Both) -> None:
    asked = otherwise = 0
    for number in range(MANY):
        query = random_query(number)
        prepared = both.prepared(query)
        if prepared is None:
            continue
        asked += 1
        before = both.plans.compiled
        compiled, interpreted = await both.answers(query, prepared)
        if both.plans.compiled > before and compiled != interpreted:
            told = told_otherwise(compiled, interpreted)
            assert told, f"{number}: {query}\n{compiled.decode()}\n{interpreted.decode()}"
            otherwise += 1
    assert asked > MANY * 0.8
    assert otherwise < asked / 20
    assert both.plans.compiled > asked / 2


def test_every_field_has_a_compiled_form_or_is_declared_interpreted() -> None:
    objects = [kind for kind in SCHEMA.type_map.values() if isinstance(kind, GraphQLObjectType)]
    fields = {(kind.name, name) for kind in objects if not kind.name.startswith("__") for name in kind.fields}
    assert fields - FORMS.keys() == set()
    assert FORMS.keys() - fields == set()
    interpreted = {name for name, form in FORMS.items() if form is INTERPRETED}
    # What only they lead to is theirs.
    assert {(kind, name) for kind, name in interpreted if kind in _reached(interpreted)} == {
        ("Query", "unit"),
        ("Query", "units"),
        ("Query", "node"),
        ("Unit", "successors"),
        ("Unit", "predecessors"),
        ("Campaign", "cascade"),
        ("Campaign", "compliance"),
        ("CampaignUnit", "commendation"),
        ("Figure", "sources"),
        ("Figure", "series"),
        ("Subscription", "figures"),
    }


def _reached(interpreted: set[tuple[str, str]]) -> set[str]:
    """The types that compiled fields lead to."""
    found: set[str] = set()
    open_ = ["Query", "Subscription"]
    while open_:
        name = open_.pop()
        kind = SCHEMA.type_map[name]
        if name in found or not isinstance(kind, GraphQLObjectType):
            continue
        found.add(name)
        open_ += [
            get_named_type(one.type).name for field, one in kind.fields.items() if (name, field) not in interpreted
        ]
    return found
