"""A partner posts, corrects, errs; the graph shows what counts."""

import json
from typing import Any

import pytest

from tests.journeys.conftest import CAMPAIGN, Demo

# One worker runs all journeys, so that the demonstration is loaded once.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("journeys")]

UNIT = "25453"
DAY = "2024-05-02"


async def _achieved(demo: Demo, unit: str = UNIT, *, after: str | None = None, day: str = "2024-07-03") -> int:
    query = """query ($campaign: String!, $unit: String!, $day: Date!) { campaign(code: $campaign) {
      unit(code: $unit) { figure(indicator: "sim_esign", asOf: $day) { achieved } } } }"""
    answer = await demo.ask(query, after=after, campaign=CAMPAIGN, unit=unit, day=day)
    return answer["campaign"]["unit"]["figure"]["achieved"]


async def _post(
    demo: Demo, rows: list[dict[str, Any]] | bytes, *, units: tuple[str, ...] = ("*",), query: str = ""
) -> Any:
    token = demo.stack.token("progress:write", source="viettel", units=units)
    content = rows if isinstance(rows, bytes) else json.dumps({"source": "viettel", "rows": rows}).encode()
    return await demo.stack.call(
        "progress",
        "POST",
        f"/v1/campaigns/{CAMPAIGN}/reports{query}",
        token=token,
        headers={"Content-Type": "application/json"},
        content=content,
    )


def _row(**other: Any) -> dict[str, Any]:
    return {"unit": UNIT, "indicator": "sim_esign", "day": DAY, "value": 1} | other


async def test_a_correction_shows_in_the_graph_at_every_level_with_its_token(binh_phuoc: Demo) -> None:
    before = {unit: await _achieved(binh_phuoc, unit) for unit in (UNIT, "697", "70")}
    eve = await _achieved(binh_phuoc, day="2024-05-01")
    first = await _post(binh_phuoc, [_row(value=1000)])
    assert first.status_code == 200, first.text
    assert first.json()["rows"] == {"received": 1, "created": 0, "corrected": 1, "unchanged": 0, "rejected": 0}
    known = await _achieved(binh_phuoc, after=first.headers["consistency-token"])
    second = await _post(binh_phuoc, [_row(value=1500)])
    after = second.headers["consistency-token"]
    moved = known + 500 - before[UNIT]
    for unit, was in before.items():
        assert await _achieved(binh_phuoc, unit, after=after) == was + moved
    assert await _achieved(binh_phuoc, day="2024-05-01") == eve
    again = await _post(binh_phuoc, [_row(value=1500)])
    assert again.json()["rows"]["unchanged"] == 1
    was = 1000 - (known - before[UNIT])
    restored = await _post(binh_phuoc, [_row(value=was)])
    assert await _achieved(binh_phuoc, after=restored.headers["consistency-token"]) == before[UNIT]


@pytest.mark.parametrize(
    ("row", "pointer", "code"),
    [
        ({"unit": "99999"}, "/rows/1/unit", "unknown_unit"),
        ({"unit": "688"}, "/rows/1/unit", "wrong_level"),
        ({"day": "2024-02-30"}, "/rows/1/day", "day_malformed"),
        ({"day": "2024-04-03"}, "/rows/1/day", "day_outside_campaign"),
        ({"indicator": "nothing"}, "/rows/1/indicator", "unknown_indicator"),
        ({"indicator": "cccd"}, "/rows/1/indicator", "indicator_not_reported_by_source"),
        ({"value": -1}, "/rows/1/value", "value_negative"),
        ({"value": 1.5}, "/rows/1/value", "value_not_whole"),
        ({"value": "12"}, "/rows/1/value", "value_not_whole"),
        ({"value": 2**53}, "/rows/1/value", "value_too_large"),
        ({"outcome": "exempt"}, "/rows/1/reason", "reason_missing"),
    ],
)
async def test_a_wrong_row_gets_its_own_error_and_nothing_is_taken(
    binh_phuoc: Demo, row: dict[str, Any], pointer: str, code: str
) -> None:
    before = await _achieved(binh_phuoc)
    answer = await _post(binh_phuoc, [_row(day="2024-05-03", value=7777), _row(**row)])
    assert answer.status_code == 422, answer.text
    receipt = answer.json()
    assert receipt["status"] == "rejected"
    assert receipt["rows"] == {"received": 2, "created": 0, "corrected": 0, "unchanged": 0, "rejected": 2}
    assert [(error["row"], error["pointer"], error["code"]) for error in receipt["errors"]] == [(1, pointer, code)]
    assert len(receipt["errors"][0]["detail"]) > 20
    assert "consistency-token" not in answer.headers
    assert await _achieved(binh_phuoc) == before


async def test_every_fault_of_a_row_is_told_at_once(binh_phuoc: Demo) -> None:
    answer = await _post(binh_phuoc, [{"unit": "2545x", "indicator": "sim_esign", "day": "2024-06-35", "value": 1.5}])
    assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
        ("/rows/0/value", "value_not_whole"),
        ("/rows/0/unit", "unknown_unit"),
        ("/rows/0/day", "day_malformed"),
    }


async def test_a_row_twice_is_an_error_on_both(binh_phuoc: Demo) -> None:
    answer = await _post(binh_phuoc, [_row(), _row(day="2024-05-03"), _row(value=2)])
    assert answer.status_code == 422
    assert [(error["row"], error["code"]) for error in answer.json()["errors"]] == [
        (0, "duplicate_row"),
        (2, "duplicate_row"),
    ]


@pytest.mark.parametrize(
    "body", [b'{"source": "viettel", "rows": [', b'{"source": "viettel", "rows": [{"value": NaN}]}']
)
async def test_a_body_that_cannot_be_read_is_400(binh_phuoc: Demo, body: bytes) -> None:
    answer = await _post(binh_phuoc, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "malformed_body"


async def test_a_source_may_speak_for_its_own_units_only(binh_phuoc: Demo) -> None:
    answer = await _post(binh_phuoc, [_row()], units=("688",))
    assert answer.status_code == 422
    unknown = await _post(binh_phuoc, [_row(unit="99999")], units=("688",))
    assert [error["code"] for error in answer.json()["errors"]] == ["unknown_unit"]
    detail = answer.json()["errors"][0]["detail"].replace(UNIT, "99999")
    assert detail == unknown.json()["errors"][0]["detail"]


async def test_a_reader_of_one_district_sees_its_figures_and_of_the_rest_the_names_above(binh_phuoc: Demo) -> None:
    query = """query ($campaign: String!) { campaign(code: $campaign) {
      totals { achieved }
      top: unit(code: "70") { unit { name } figures { achieved }
        children { totalCount edges { node { unit { code } } } } }
      own: unit(code: "688") { figure(indicator: "cccd") { achieved rank rankedOf } }
      other: unit(code: "690") { unit { code } } } }"""
    answer = (await binh_phuoc.ask(query, units=("688",), campaign=CAMPAIGN))["campaign"]
    assert answer["totals"] == []
    assert answer["top"]["unit"]["name"] == "Tỉnh Bình Phước"
    assert answer["top"]["figures"] == []
    assert answer["top"]["children"] == {"totalCount": 1, "edges": [{"node": {"unit": {"code": "688"}}}]}
    assert answer["own"]["figure"] == {"achieved": 579, "rank": None, "rankedOf": None}
    assert answer["other"] is None
