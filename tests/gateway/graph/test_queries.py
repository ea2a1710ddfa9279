import pytest

from services.chassis.consistency_tokens import Recorded, encode_token
from services.chassis.database import uuid7
from services.contracts.words import FedBy, IndicatorKind
from tests.conftest import Starting
from tests.gateway.conftest import Query, running_graph
from tests.services.reporting.support import ReadModel, indicator
from tests.support.clock import MovableClock

ALL_OF_A_FIGURE = """
{ campaign(code: "bp") { unit(code: "688") { figure(indicator: "cccd") {
  campaign unitCode level indicator { code name kind measure targetRate cohorts { code } } cohort
  quota quotaBasis baseline achieved exempt declined outstanding
  rate { numerator denominator value printed } adjustedRate { numerator denominator printed }
  targetRate reached rank rankedOf exemptions { reason name count suppressed }
  coverage { reported expected } labels lastDay lastReceivedAt asOf } } } }
"""


async def test_a_figure_carries_everything_that_rest_answers(data: Query) -> None:
    figure = (await data(ALL_OF_A_FIGURE))["campaign"]["unit"]["figure"]
    assert figure == {
        "campaign": "bp",
        "unitCode": "688",
        "level": "DISTRICT",
        "indicator": {
            "code": "cccd",
            "name": "cccd",
            "kind": "QUOTA",
            "measure": "người",
            "targetRate": 1.0,
            "cohorts": [],
        },
        "cohort": None,
        "quota": 837,
        "quotaBasis": "RECEIVED",
        "baseline": 0,
        "achieved": 579,
        "exempt": 187,
        "declined": 71,
        "outstanding": 0,
        "rate": {"numerator": 579, "denominator": 837, "value": 579 / 837, "printed": "69,18"},
        "adjustedRate": {"numerator": 579, "denominator": 650, "printed": "89,08"},
        "targetRate": 1.0,
        "reached": False,
        "rank": 1,
        "rankedOf": 2,
        "exemptions": [{"reason": "absent", "name": "Vắng mặt", "count": 187, "suppressed": False}],
        "coverage": {"reported": 2, "expected": 2},
        "labels": [],
        "lastDay": "2024-07-03",
        "lastReceivedAt": "2024-07-04T00:00:00Z",
        "asOf": "2024-07-03",
    }


async def test_what_nobody_reports_says_what_it_follows_from(
    start: Starting, clock: MovableClock, databases: dict[str, str]
) -> None:
    plans = indicator("plans", kind=IndicatorKind.MILESTONE, fed_by=FedBy.CASCADE)
    model = ReadModel(indicator("cccd"), plans)
    async with running_graph(start, clock, databases, model) as graph:
        answer = await graph.call(
            "gateway",
            "POST",
            "/graphql",
            token=graph.token("reporting:read"),
            json={"query": '{ campaign(code: "bp") { indicators { code kind fedBy } } }'},
        )
    assert answer.json()["data"]["campaign"]["indicators"] == [
        {"code": "cccd", "kind": "QUOTA", "fedBy": None},
        {"code": "plans", "kind": "MILESTONE", "fedBy": "CASCADE"},
    ]


async def test_a_campaign_shows_its_rules_and_totals(data: Query) -> None:
    campaign = (
        await data(
            """{ campaign(code: "bp") { id code name firstDay lastDay timeZone labels decision { number } asOf
            indicators { code } pauses { firstDay } totals(indicators: ["cccd"]) { unitCode achieved quota labels }
            } }"""
        )
    )["campaign"]
    assert campaign.pop("id")
    assert campaign == {
        "code": "bp",
        "name": "90 ngày, đêm",
        "firstDay": "2024-04-04",
        "lastDay": "2024-07-03",
        "timeZone": "Asia/Ho_Chi_Minh",
        "labels": [],
        "decision": None,
        "asOf": "2024-07-03",
        "indicators": [{"code": "cccd"}, {"code": "sim"}],
        "pauses": [],
        "totals": [{"unitCode": "70", "achieved": 589, "quota": 937, "labels": ["simulated"]}],
    }


async def test_what_does_not_exist_is_null(data: Query) -> None:
    found = await data(
        """{ campaign(code: "none") { code } unit(code: "none") { code }
        known: campaign(code: "bp") { unit(code: "none") { id } } }"""
    )
    assert found == {"campaign": None, "unit": None, "known": {"unit": None}}


async def test_an_earlier_day_knows_less(data: Query) -> None:
    found = await data(
        """query($day: Date) { campaign(code: "bp") {
        totals(asOf: $day) { indicator { code } achieved rate { printed } asOf } } }""",
        day="2024-07-02",
    )
    assert found["campaign"]["totals"][0] == {
        "indicator": {"code": "cccd"},
        "achieved": None,
        "rate": None,
        "asOf": "2024-07-02",
    }


async def test_units_are_pages_with_cursors_and_a_count(data: Query) -> None:
    query = """query($after: String) { campaign(code: "bp") { units(level: DISTRICT, first: 3, after: $after) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node { unit { code } } } } } }"""
    one = (await data(query))["campaign"]["units"]
    assert one["totalCount"] == 4
    assert [edge["node"]["unit"]["code"] for edge in one["edges"]] == ["691", "689", "690"]
    assert one["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": one["edges"][0]["cursor"],
        "endCursor": one["edges"][2]["cursor"],
    }
    two = (await data(query, after=one["pageInfo"]["endCursor"]))["campaign"]["units"]
    assert [edge["node"]["unit"]["code"] for edge in two["edges"]] == ["688"]
    assert (two["pageInfo"]["hasNextPage"], two["pageInfo"]["hasPreviousPage"]) == (False, True)


async def test_units_are_found_without_accents(data: Query) -> None:
    found = await data(
        """{ campaign(code: "bp") { units(q: "loc thanh", within: "689") { edges { node { unit { name } } } } }
        units(q: "LOC THẠNH", level: COMMUNE) { totalCount edges { node { code } } } }"""
    )
    names = [edge["node"]["unit"]["name"] for edge in found["campaign"]["units"]["edges"]]
    assert names == ["Xã Lộc Thành", "Xã Lộc Thạnh"]
    assert found["units"]["totalCount"] == 2


async def test_the_tree_is_walked_both_ways(data: Query) -> None:
    found = await data(
        """{ campaign(code: "bp") { unit(code: "25001") { parent { unit { code } } ancestors { unit { code } }
        unit { code name level kind validFrom validTo parent { code parent { code parent { code parent { code } } } } }
        children(orderBy: NAME) { totalCount edges { node { unit { code } } } } } } }"""
    )
    unit = found["campaign"]["unit"]
    assert unit["parent"]["unit"]["code"] == "688"
    assert [one["unit"]["code"] for one in unit["ancestors"]] == ["70", "688"]
    assert unit["unit"] == {
        "code": "25001",
        "name": "Phường Thác Mơ",
        "level": "COMMUNE",
        "kind": "kind",
        "validFrom": None,
        "validTo": None,
        "parent": {"code": "688", "parent": {"code": "70", "parent": {"code": "84", "parent": None}}},
    }
    assert [edge["node"]["unit"]["code"] for edge in unit["children"]["edges"]] == ["9001", "9002"]


@pytest.mark.parametrize(
    ("order", "codes"),
    [
        ("CODE", ["688", "689", "690", "691"]),
        ("NAME", ["691", "689", "690", "688"]),
        ("RATE_BEST", ["688", "689", "690", "691"]),
        ("RATE_WORST", ["689", "688", "690", "691"]),
    ],
)
async def test_children_come_in_the_order_asked_for(data: Query, order: str, codes: list[str]) -> None:
    found = await data(
        """query($order: UnitOrder) { campaign(code: "bp") { unit(code: "70") {
        children(orderBy: $order, indicator: "cccd") { edges { node { unit { code } } } } } } }""",
        order=order,
    )
    assert [edge["node"]["unit"]["code"] for edge in found["campaign"]["unit"]["children"]["edges"]] == codes


async def test_a_league_table_shows_either_end(data: Query) -> None:
    query = """{ campaign(code: "bp") { worst: ranking(indicator: "cccd", level: DISTRICT, order: WORST, first: 2) {
        totalCount edges { node { unit { code } figure(indicator: "cccd") { rank rate { printed } } } } }
        best: ranking(indicator: "cccd", level: DISTRICT, first: 1) { edges { node { unit { code } } } } } }"""
    found = (await data(query))["campaign"]
    assert found["worst"]["totalCount"] == 4
    assert [edge["node"] for edge in found["worst"]["edges"]] == [
        {"unit": {"code": "689"}, "figure": {"rank": 2, "rate": {"printed": "10,00"}}},
        {"unit": {"code": "688"}, "figure": {"rank": 1, "rate": {"printed": "69,18"}}},
    ]
    assert found["best"]["edges"][0]["node"]["unit"]["code"] == "688"


async def test_campaigns_are_a_list_of_what_the_caller_may_see(data: Query) -> None:
    query = "{ campaigns { totalCount edges { cursor node { code } } pageInfo { hasNextPage } } }"
    assert (await data(query))["campaigns"]["totalCount"] == 1
    assert (await data(query, units=["75"]))["campaigns"]["totalCount"] == 0


async def test_an_id_leads_back_to_its_thing(data: Query) -> None:
    found = await data('{ campaign(code: "bp") { id unit(code: "688") { id unit { id } } } }')
    campaign, unit = found["campaign"], found["campaign"]["unit"]
    query = """query($id: ID!) { node(id: $id) { __typename id ... on Campaign { code }
        ... on CampaignUnit { unit { code } } ... on Unit { name } } }"""
    assert (await data(query, id=campaign["id"]))["node"] == {
        "__typename": "Campaign",
        "id": campaign["id"],
        "code": "bp",
    }
    assert (await data(query, id=unit["id"]))["node"]["unit"] == {"code": "688"}
    assert (await data(query, id=unit["unit"]["id"]))["node"]["name"] == "Thị xã Phước Long"
    assert (await data(query, units=["689"], id=unit["id"]))["node"] is None


async def test_outside_its_units_a_token_learns_nothing(data: Query) -> None:
    query = """{ campaign(code: "bp") { totals { achieved } units { edges { node { unit { code } } } }
        above: unit(code: "70") { unit { name } figures { achieved } figure(indicator: "cccd") { achieved } }
        beside: unit(code: "689") { id } own: unit(code: "688") { figure(indicator: "cccd") { achieved rank rankedOf }
        parent { unit { code parent { code parent { code } } } } } } }"""
    campaign = (await data(query, units=["688"]))["campaign"]
    assert campaign["totals"] == []
    assert campaign["above"] == {"unit": {"name": "Tỉnh Bình Phước"}, "figures": [], "figure": None}
    assert campaign["beside"] is None
    assert campaign["own"]["figure"] == {"achieved": 579, "rank": None, "rankedOf": None}
    assert campaign["own"]["parent"]["unit"] == {"code": "70", "parent": {"code": "84", "parent": None}}
    codes = {edge["node"]["unit"]["code"] for edge in campaign["units"]["edges"]}
    assert codes == {"688", "25001", "25002", "9001", "9002"}


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        ('totals(indicators: ["none"]) { achieved }', "indicator_unknown"),
        ('totals(asOf: "2030-01-01") { achieved }', "as_of_outside_campaign"),
        ('units(within: "none") { totalCount }', "unit_not_found"),
        ('units(after: "none") { totalCount }', None),
        ('unit(code: "70") { children(orderBy: RATE_BEST) { totalCount } }', "indicator_needed"),
        ('ranking(indicator: "none", level: DISTRICT) { totalCount }', "indicator_unknown"),
        ('unit(code: "70") { figure(indicator: "cccd") { rate { printed(decimals: 11) } } }', "decimals_out_of_range"),
    ],
)
async def test_what_is_refused_is_an_error_with_a_code_at_its_place(
    ask: Query, selection: str, code: str | None
) -> None:
    document = await ask('{ __typename campaign(code: "bp") { code ' + selection + " } }")
    (error,) = document["errors"]
    assert error["path"][0] == "campaign"
    assert error["locations"]
    assert error["extensions"]["code"] == code if code else error["extensions"]["code"] != "internal_error"
    assert document["data"]["__typename"] == "Query"


async def test_a_token_that_is_not_visible_in_time_is_503_for_the_whole_request(
    start: Starting, clock: MovableClock
) -> None:
    never = encode_token([Recorded("quota", uuid7(), 1)])
    async with start("reporting", "gateway", BONPHU_CONSISTENCY_WAIT_SECONDS="0.1") as stack:
        answer = await stack.call(
            "gateway",
            "POST",
            "/graphql",
            token=stack.token("reporting:read"),
            after=never,
            json={"query": '{ __typename campaign(code: "bp") { code } }'},
        )
    assert (answer.status_code, answer.json()["code"]) == (503, "not_yet_consistent")
    assert int(answer.headers["retry-after"]) >= 1
