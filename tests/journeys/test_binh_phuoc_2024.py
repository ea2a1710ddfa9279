"""What the notice of 2024 prints is what the graph says, as of 3 July 2024."""

from collections import defaultdict

import pytest

from tests.journeys.conftest import CAMPAIGN, Demo

# One worker runs all journeys, so that the demonstration is loaded once.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("journeys")]

TOTALS = """
query ($campaign: String!, $day: Date) {
  campaign(code: $campaign) {
    totals(asOf: $day) {
      unitCode indicator { code } quota achieved exempt declined outstanding labels lastDay
      rate { numerator denominator printed } exemptions { reason name count suppressed } coverage { reported expected }
    }
  }
}
"""


async def _totals(demo: Demo) -> dict[str, dict]:
    figures = (await demo.ask(TOTALS, campaign=CAMPAIGN, day="2024-07-03"))["campaign"]["totals"]
    return {figure["indicator"]["code"]: figure for figure in figures}


async def test_the_province_stands_where_the_notice_says(binh_phuoc: Demo) -> None:
    figures = await _totals(binh_phuoc)
    assert {code: (one["achieved"], one["quota"]) for code, one in figures.items()} == {
        "cccd": (10963, 19883),
        "eid_activation": (164232, 357048),
        "smartphone_4g": (22471, 22095),
        "sim_esign": (251743, 374443),
    }
    assert figures["smartphone_4g"]["rate"]["printed"] == "101,70"
    assert figures["cccd"]["labels"] == ["imputed", "simulated"]
    assert all(one["coverage"] == {"reported": 111, "expected": 111} for one in figures.values())


async def test_exempt_and_declined_cases_are_those_that_the_notice_prints(binh_phuoc: Demo) -> None:
    figures = await _totals(binh_phuoc)
    cccd = figures["cccd"]
    assert (cccd["exempt"], cccd["declined"], cccd["outstanding"]) == (6439, 2481, 0)
    eid = figures["eid_activation"]
    assert (eid["exempt"], eid["declined"], eid["outstanding"]) == (102039, 90777, 0)
    for code, figure in figures.items():
        printed = [row for row in binh_phuoc.rows("exclusions") if row["indicator_code"] == code]
        printed.sort(key=lambda row: int(row["printed_order"]))
        assert [(one["reason"], one["count"]) for one in figure["exemptions"]] == [
            (row["reason_code"], int(row["count"])) for row in printed
        ]


async def test_whoever_may_not_know_sensitive_reasons_is_told_of_them_together_with_the_old_and_frail(
    binh_phuoc: Demo,
) -> None:
    answer = await binh_phuoc.ask(TOTALS, campaign=CAMPAIGN, day="2024-07-03", scope="reporting:read")
    cccd = next(one for one in answer["campaign"]["totals"] if one["indicator"]["code"] == "cccd")
    counts = {one["reason"]: one["count"] for one in cccd["exemptions"]}
    together = "serving_sentence_or_rehab+mental_illness+hospitalised+elderly_frail"
    assert counts["absent_unknown"] == 2270
    assert {code for code, count in counts.items() if count is None} == set(together.split("+"))
    assert counts[together] == 516 + 132 + 79 + 1248
    assert sum(count or 0 for count in counts.values()) == cccd["exempt"] == 6439


async def test_every_printed_district_figure_and_rate_is_met(binh_phuoc: Demo) -> None:
    query = """query ($campaign: String!, $unit: String!, $indicator: String!) {
      campaign(code: $campaign) { unit(code: $unit) { figure(indicator: $indicator) {
        quota achieved labels rate { printed numerator denominator } } } } }"""
    printed = [
        row
        for row in binh_phuoc.rows("results")
        if row["level"] == "district" and row["campaign_code"] == CAMPAIGN and row["outcome"] == "achieved"
    ]
    assert len(printed) == 18
    for row in printed:
        answer = await binh_phuoc.ask(query, campaign=CAMPAIGN, unit=row["unit_code"], indicator=row["indicator_code"])
        figure = answer["campaign"]["unit"]["figure"]
        assert (figure["achieved"], figure["quota"]) == (int(row["value"]), int(row["denominator"]))
        assert figure["labels"] == ["simulated"]
        # The notice prints one rate with a single decimal; ours has the campaign's two.
        assert figure["rate"]["printed"].startswith(row["printed_percent_vi"]), row


async def test_the_two_worst_districts_for_id_cards_are_690_then_693(binh_phuoc: Demo) -> None:
    query = """query ($campaign: String!, $order: RankOrder!) {
      campaign(code: $campaign) { ranking(indicator: "cccd", level: DISTRICT, order: $order, first: 2) {
        totalCount edges { node { unit { code }
          figure(indicator: "cccd") { rank rankedOf rate { printed } } } } } } }"""
    worst = (await binh_phuoc.ask(query, campaign=CAMPAIGN, order="WORST"))["campaign"]["ranking"]
    assert [(edge["node"]["unit"]["code"], edge["node"]["figure"]["rank"]) for edge in worst["edges"]] == [
        ("690", 11),
        ("693", 10),
    ]
    assert worst["totalCount"] == 11
    best = (await binh_phuoc.ask(query, campaign=CAMPAIGN, order="BEST"))["campaign"]["ranking"]["edges"][0]["node"]
    assert best["unit"]["code"] == "688"
    assert best["figure"] == {"rank": 1, "rankedOf": 11, "rate": {"printed": "69,18"}}


async def test_district_688_is_the_example_of_the_contract(binh_phuoc: Demo) -> None:
    token = binh_phuoc.stack.token("reporting:read")
    answer = await binh_phuoc.stack.call(
        "reporting", "GET", f"/v1/campaigns/{CAMPAIGN}/figures?unit=688&indicator=cccd", token=token
    )
    figure = answer.json()["items"][0]
    expected = {
        "unit": "688",
        "level": "district",
        "indicator": "cccd",
        "cohort": None,
        "quota": 837,
        "quota_basis": "received",
        "baseline": 0,
        "achieved": 579,
        "exempt": 187,
        "declined": 71,
        "outstanding": 0,
        "rate": {"numerator": 579, "denominator": 837, "printed": "69,18"},
        "adjusted_rate": {"numerator": 579, "denominator": 650, "printed": "89,08"},
        "target_rate": "1",
        "reached": False,
        "rank": 1,
        "ranked_of": 11,
        "coverage": {"reported": 7, "expected": 7},
        "labels": ["simulated"],
        "last_day": "2024-07-03",
        "as_of": "2024-07-03",
    }
    assert {key: figure[key] for key in expected} == expected


async def test_every_parent_is_the_sum_of_its_children_on_every_day(binh_phuoc: Demo) -> None:
    query = """query ($campaign: String!, $day: Date!) { campaign(code: $campaign) {
      unit(code: "70") { ...all children(first: 20) { edges { node { ...all
        children(first: 20) { edges { node { ...all } } } } } } } } }
      fragment all on CampaignUnit { unit { code } figures(asOf: $day) {
        indicator { code } quota achieved exempt declined exemptions { reason count } } }"""

    def amounts(node: dict) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = defaultdict(int)
        for figure in node["figures"]:
            code = figure["indicator"]["code"]
            for name in ("quota", "achieved", "exempt", "declined"):
                found[code, name] = figure[name] or 0
            for exemption in figure["exemptions"]:
                found[code, exemption["reason"]] = exemption["count"]
        return found

    first, last = 4, 94  # 4 April and 3 July 2024 as days of the year from 1 April
    parents = 0
    for number in [*range(first, last, 9), last]:
        day = f"2024-{4 + (number > 30) + (number > 61) + (number > 91):02d}-" + (
            f"{number - 30 * (number > 30) - 31 * (number > 61) - 30 * (number > 91):02d}"
        )
        province = (await binh_phuoc.ask(query, campaign=CAMPAIGN, day=day))["campaign"]["unit"]
        districts = [edge["node"] for edge in province["children"]["edges"]]
        assert len(districts) == 11
        for parent in (province, *districts):
            whole = amounts(parent)
            parts: dict[tuple[str, str], int] = defaultdict(int)
            for edge in parent["children"]["edges"]:
                for key, value in amounts(edge["node"]).items():
                    parts[key] += value
            assert {k: v for k, v in whole.items() if v} == {k: v for k, v in parts.items() if v}, (day, parent["unit"])
            parents += 1
    assert parents == 12 * 11
