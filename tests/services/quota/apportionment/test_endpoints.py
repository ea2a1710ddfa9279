"""`POST …/apportionments`, and splits that a plan states."""

from typing import Any

import httpx2
import pytest

from tests.services.quota.support import Quota, line, plan, problem

PATH = "/v1/campaigns/sb-90d/apportionments"


async def split(quota: Quota, **asked: Any) -> httpx2.Response:
    return await quota.call("POST", PATH, json={"unit": "P", "indicator": "cccd", **asked})


async def amounts(quota: Quota, **asked: Any) -> dict[str, int]:
    answer = await split(quota, **asked)
    assert answer.status_code == 200, answer.text
    return {one["unit"]: one["amount"] for one in answer.json()["lines"]}


async def test_lines_come_with_their_ideal_shares(quota: Quota):
    answer = await split(quota, amount=100, method="proportional", weights={"D2": 3, "D1": 4})
    assert answer.json() == {
        "lines": [
            {"unit": "D1", "amount": 57, "ideal": {"numerator": 400, "denominator": 7}, "held": False},
            {"unit": "D2", "amount": 43, "ideal": {"numerator": 300, "denominator": 7}, "held": False},
        ],
        "total": 100,
    }


async def test_a_preview_is_not_stored(quota: Quota):
    events = await quota.events()
    await split(quota, amount=100, method="equal")
    assert (await quota.rows("plan"), await quota.events()) == (0, events)


async def test_an_equal_split_goes_to_all_directly_below(quota: Quota):
    assert await amounts(quota, amount=5, method="equal") == {"D1": 3, "D2": 2}
    assert await amounts(quota, amount=9, method="equal", weights={"C11": 1, "D1": 5}) == {"C11": 5, "D1": 4}
    assert await amounts(quota, amount=9, method="equal", minimum={"D1": 7}) == {"D1": 7, "D2": 2}
    assert await amounts(quota, amount=9, method="equal", minimum={"C11": 1}, held={"C21": 3}) == {"C11": 6, "C21": 3}


async def test_bounds_and_held_lines(quota: Quota):
    weights = {"C11": 1, "C12": 1, "C21": 8}
    asked = {"amount": 100, "weights": weights, "minimum": {"C11": 20}, "held": {"C12": 5}}
    assert await amounts(quota, **asked) == {"C11": 20, "C12": 5, "C21": 75}
    assert await amounts(quota, **asked, maximum={"C21": 60}) == {"C11": 35, "C12": 5, "C21": 60}


async def test_heads_of_staff(quota: Quota):
    assert await amounts(quota, method="per_head", per_head=10, weights={"D1": 3, "D2": 7}) == {"D1": 30, "D2": 70}
    assert await amounts(quota, method="per_head", amount=100, weights={"D1": 3, "D2": 7}) == {"D1": 30, "D2": 70}
    answer = await split(quota, method="per_head", amount=99, per_head=10, weights={"D1": 3, "D2": 7})
    assert problem(answer, 422, "invalid_input") == [("/amount", "amount_differs")]
    assert "make 100, not 99" in answer.json()["errors"][0]["detail"]


async def test_as_before(quota: Quota):
    await quota.issued("P", line("D1", 10), line("D2", 30))
    assert await amounts(quota, method="previous", amount=100) == {"D1": 25, "D2": 75}
    await quota.campaign(code="sb-next", first_day="2024-08-01", last_day="2024-09-01")
    body = {"unit": "P", "indicator": "cccd", "amount": 100, "method": "previous", "previous_campaign": "sb-90d"}
    answer = await quota.call("POST", "/v1/campaigns/sb-next/apportionments", json=body)
    assert [one["amount"] for one in answer.json()["lines"]] == [25, 75]
    del body["previous_campaign"]
    answer = await quota.call("POST", "/v1/campaigns/sb-next/apportionments", json=body)
    assert problem(answer, 422, "invalid_input") == [("/method", "nothing_before")]


@pytest.mark.parametrize(
    ("asked", "errors"),
    [
        ({"amount": 5}, [("/weights", "weights_missing")]),
        ({"weights": {"D1": 1}}, [("/amount", "amount_missing")]),
        ({"amount": 5, "weights": {"P": 1, "X": 1}}, [("/weights/P", "unknown_unit"), ("/weights/X", "unknown_unit")]),
        ({"amount": 5, "weights": {"D1": 1}, "unit": "X"}, [("/unit", "unknown_unit")]),
        ({"amount": 5, "method": "equal", "indicator": "gold"}, [("/indicator", "unknown_indicator")]),
        ({"amount": 5, "method": "equal", "indicator": "news"}, [("/indicator", "indicator_without_quota")]),
        ({"amount": 5, "method": "equal", "cohort": "old"}, [("/cohort", "unknown_cohort")]),
        ({"amount": 5, "method": "equal", "per_head": 3}, [("/per_head", "per_head_forbidden")]),
        ({"amount": 5, "method": "equal", "unit": "C11"}, [("/weights", "units_missing")]),
        ({"amount": 5, "weights": {"D1": 1}, "held": {"D2": 6}}, [("/held", "held_exceed_amount")]),
        (
            {"amount": 5, "weights": {"D1": 1}, "minimum": {"D1": 2}, "maximum": {"D1": 1}},
            [("/minimum/D1", "minimum_above_maximum")],
        ),
        ({"amount": 5, "weights": {"D1": -1}}, [("/weights/D1", "greater_than_equal")]),
        ({"amount": 5, "method": "fair"}, [("/method", "enum")]),
    ],
)
async def test_what_cannot_be_split_is_explained(quota: Quota, asked: dict[str, Any], errors: list[tuple[str, str]]):
    assert problem(await split(quota, **asked), 422, "invalid_input") == errors


async def test_a_plan_keeps_the_split_that_it_was_made_by(quota: Quota):
    await quota.issued("P", line("D1", 10), line("D2", 30))
    chosen = {"unit": "D1", "indicator": "cccd", "amount": 10, "method": "equal", "minimum": {"C12": 6}}
    body = plan("D1", line("C11", 4), line("C12", 6)) | {"apportionments": [chosen]}
    answer = await quota.call("POST", "/v1/campaigns/sb-90d/plans", json=body)
    assert answer.status_code == 201, answer.text
    (kept,) = (await quota.get(f"/v1/plans/{answer.json()['id']}"))["apportionments"]
    assert {name: kept[name] for name in chosen} == chosen
    assert kept["weights"] == {"C11": 1, "C12": 1}
    revision = await quota.issue(answer.json()["id"])
    answer = await quota.call("POST", f"/v1/plans/{revision.json()['id']}/revise")
    assert answer.json()["apportionments"] == [kept]
    again = {"lines": [line("C12", 9)]}
    await quota.call("DELETE", f"/v1/plans/{answer.json()['id']}", headers={"If-Match": "*"})
    answer = await quota.call("POST", f"/v1/plans/{revision.json()['id']}/revise", json=again)
    assert answer.json()["apportionments"] == []


async def test_lines_that_the_split_does_not_give_are_refused(quota: Quota):
    await quota.issued("P", line("D1", 10))
    chosen = {"unit": "D1", "indicator": "cccd", "amount": 10, "method": "equal"}
    body = plan("D1", line("C12", 6)) | {"apportionments": [chosen]}
    answer = await quota.call("POST", "/v1/campaigns/sb-90d/plans", json=body)
    assert problem(answer, 422, "invalid_input") == [("/apportionments/0", "line_differs_from_split")] * 2
    assert [error["detail"] for error in answer.json()["errors"]] == [
        "it gives C11 5 of cccd; the plan has no line for it",
        "it gives C12 5 of cccd; the plan says 6",
    ]
    body = plan("D1", line("C12", 6)) | {"apportionments": [chosen | {"unit": "P"}]}
    answer = await quota.call("POST", "/v1/campaigns/sb-90d/plans", json=body)
    assert problem(answer, 422, "invalid_input") == [("/apportionments/0/unit", "split_of_another_unit")]
