"""Drafts: `POST …/plans`, `PUT /v1/plans/{id}`, and reading them."""

import asyncio
from typing import Any

from services.contracts.words import MAX_COUNT
from tests.services.quota.support import Quota, line, plan, problem

PLANS = "/v1/campaigns/sb-90d/plans"


async def test_a_draft_is_answered_with_its_id_and_etag(quota: Quota, clock):
    body = plan("P", line("D1", 10, cohort="hard", baseline=2, held=True), line("D2", 5, indicator="sim"))
    answer = await quota.call("POST", PLANS, json=body)
    assert answer.status_code == 201, answer.text
    draft = answer.json()
    plan_id = draft.pop("id")
    now = clock.now().isoformat().replace("+00:00", "Z")
    assert draft == {
        "status": "draft",
        "revision": 1,
        "campaign": "sb-90d",
        "unit": "P",
        "document": {"number": "1/KH", "date": "2024-04-04"},
        "lines_total": 2,
        "created_at": now,
        "issued_at": None,
        "note": None,
        "supersedes": None,
        "superseded_by": None,
        "lines": [
            {"unit": "D1", "indicator": "cccd", "cohort": "hard", "amount": 10, "baseline": 2, "held": True},
            {"unit": "D2", "indicator": "sim", "cohort": None, "amount": 5, "baseline": 0, "held": False},
        ],
        "apportionments": [],
        "balance": [
            {"indicator": "cccd", "received": None, "handed_down": 10, "unallocated": None, "over": None},
            {"indicator": "sim", "received": None, "handed_down": 5, "unallocated": None, "over": None},
        ],
    }
    assert answer.headers["etag"] == '"1"'
    read = await quota.call("GET", f"/v1/plans/{plan_id}")
    assert (read.json(), read.headers["etag"]) == ({"id": plan_id, **draft}, '"1"')


async def test_lines_keep_the_order_of_their_document(quota: Quota):
    plan_id = await quota.draft("P", line("C21", 1), line("D1", 2), line("C11", 3), line("D1", 4, indicator="sim"))
    assert [one["amount"] for one in (await quota.get(f"/v1/plans/{plan_id}"))["lines"]] == [1, 2, 3, 4]


async def test_a_draft_is_not_in_force_and_nobody_is_told(quota: Quota):
    await quota.draft("P", line("D1", 10))
    assert await quota.amounts() == {}
    assert "plan_issued" not in await quota.events()


def wrong_plans() -> list[tuple[dict[str, Any], list[tuple[str, str]]]]:
    top = plan(None, line("P", 1), line("D1", 1))
    return [
        (plan("X", line("D1", 1)), [("/unit", "unknown_unit")]),
        (plan("P", line("D1", 1), line("X", 1)), [("/lines/1/unit", "unknown_unit")]),
        (plan("P", line("P", 1)), [("/lines/0/unit", "unknown_unit")]),
        (plan("D1", line("C21", 1)), [("/lines/0/unit", "unknown_unit")]),
        (plan("C11", line("D1", 1)), [("/lines/0/unit", "unknown_unit")]),
        (top, [("/lines/1/unit", "unknown_unit")]),
        (plan("P", line("D1", 1, indicator="gold")), [("/lines/0/indicator", "unknown_indicator")]),
        (plan("P", line("D1", 1, indicator="news")), [("/lines/0/indicator", "indicator_without_quota")]),
        (plan("P", line("D1", 1, cohort="old")), [("/lines/0/cohort", "unknown_cohort")]),
        (plan("P", line("D1", 1, indicator="sim", cohort="hard")), [("/lines/0/cohort", "unknown_cohort")]),
        (plan("P", line("D1", 1), line("D2", 1), line("D1", 2)), [("/lines/2", "line_twice")]),
        (plan("P", line("D1", MAX_COUNT), line("D2", 1)), [("/lines", "sum_too_large")]),
        (plan("P", line("D1", 1, baseline=MAX_COUNT), line("D2", 1, baseline=1)), [("/lines", "sum_too_large")]),
        (plan("P", line("D1", MAX_COUNT + 1)), [("/lines/0/amount", "less_than_equal")]),
        (plan("P", line("D1", -1)), [("/lines/0/amount", "greater_than_equal")]),
        (plan("P", line("D1", 1) | {"amount": 1.5}), [("/lines/0/amount", "int_type")]),
        (plan("P", line("D1", 1) | {"amount": "1"}), [("/lines/0/amount", "int_type")]),
        (plan("P", line("D1", 1, target=3)), [("/lines/0/target", "extra_forbidden")]),
        (plan("P", line("D1", 1), number=""), [("/document/number", "string_too_short")]),
        (plan("P", line("D1", 1), date="04/04/2024"), [("/document/date", "value_error")]),
    ]


async def test_every_wrong_line_is_named_and_no_draft_is_made(quota: Quota):
    events = await quota.events()
    for body, errors in wrong_plans():
        assert problem(await quota.call("POST", PLANS, json=body), 422, "invalid_input") == errors
    assert await quota.rows("plan") == await quota.rows("plan_line") == 0
    assert await quota.events() == events


async def test_a_draft_is_not_edited_into_a_wrong_one(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 10))
    before = await quota.get(f"/v1/plans/{plan_id}")
    for body, errors in wrong_plans():
        answer = await quota.call("PUT", f"/v1/plans/{plan_id}", json=body, headers={"If-Match": '"1"'})
        assert problem(answer, 422, "invalid_input") == errors
    read = await quota.call("GET", f"/v1/plans/{plan_id}")
    assert (read.json(), read.headers["etag"]) == (before, '"1"')


async def test_the_largest_count_is_kept_exactly(quota: Quota):
    plan_id = await quota.draft("P", line("D1", MAX_COUNT - 1), line("D2", 1))
    assert (await quota.get(f"/v1/plans/{plan_id}"))["lines"][0]["amount"] == 9007199254740990


async def test_one_unit_may_have_lines_of_several_cohorts_and_one_without(quota: Quota):
    await quota.draft("P", line("D1", 1), line("D1", 1, cohort="hard"), line("D1", 1, cohort="first"))


async def edit(quota: Quota, plan_id: str, etag: str | None, *lines: dict[str, Any], unit: str | None = "P"):
    headers = {} if etag is None else {"If-Match": etag}
    return await quota.call("PUT", f"/v1/plans/{plan_id}", json=plan(unit, *lines, number="2/KH"), headers=headers)


async def test_an_edit_replaces_the_whole_draft(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 10), line("D2", 5))
    answer = await edit(quota, plan_id, '"1"', line("C11", 7), unit="D1")
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"2"'
    after = await quota.get(f"/v1/plans/{plan_id}")
    assert after == answer.json()
    assert (after["unit"], after["document"]["number"], after["lines_total"]) == ("D1", "2/KH", 1)
    assert [(one["unit"], one["amount"]) for one in after["lines"]] == [("C11", 7)]


async def test_an_edit_needs_the_current_etag(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 10))
    before = await quota.get(f"/v1/plans/{plan_id}")
    problem(await edit(quota, plan_id, None, line("D1", 9)), 428, "precondition_required")
    problem(await edit(quota, plan_id, '"2"', line("D1", 9)), 412, "precondition_failed")
    assert await quota.get(f"/v1/plans/{plan_id}") == before


async def test_of_two_editors_of_one_draft_the_second_is_told(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 10))
    answers = await asyncio.gather(*(edit(quota, plan_id, '"1"', line("D1", amount)) for amount in (8, 9)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert await quota.get(f"/v1/plans/{plan_id}") == winner.json()


async def test_an_issued_plan_is_not_edited(quota: Quota):
    plan_id = await quota.issued("P", line("D1", 10))
    problem(await edit(quota, plan_id, '"2"', line("D1", 9)), 409, "plan_already_issued")
    assert await quota.amounts("?unit=D1") == {("D1", "cccd", None): 10}


async def test_the_same_key_drafts_one_plan(quota: Quota):
    sent = {"json": plan("P", line("D1", 1)), "headers": {"Idempotency-Key": "k1"}}
    first, again = await quota.call("POST", PLANS, **sent), await quota.call("POST", PLANS, **sent)
    assert (first.status_code, first.content, first.headers["etag"]) == (201, again.content, again.headers["etag"])
    assert again.headers["idempotent-replayed"] == "true"
    assert await quota.rows("plan") == 1


async def test_pages_hold_every_plan_in_the_order_of_drafting(quota: Quota):
    ids = [await quota.draft("P", line("D1", n)) for n in range(5)]
    pages = [page async for page in quota.pages(f"{PLANS}?limit=2")]
    assert [one["id"] for page in pages for one in page] == ids
    assert [len(page) for page in pages] == [2, 2, 1]
    assert "lines" not in pages[0][0]


async def test_what_is_not_there_is_not_found(quota: Quota):
    nowhere = "/v1/plans/01900000-0000-7000-8000-000000000000"
    problem(await quota.call("GET", nowhere), 404, "not_found")
    problem(await quota.call("GET", "/v1/plans/17"), 404, "not_found")
    problem(await quota.call("POST", f"{nowhere}/issue", json={}), 404, "not_found")
    problem(await quota.call("PUT", nowhere, json=plan("P"), headers={"If-Match": "*"}), 404, "not_found")
    problem(await quota.call("POST", "/v1/campaigns/none/plans", json=plan("P")), 404, "not_found")
    problem(await quota.call("GET", "/v1/campaigns/none/plans"), 404, "not_found")
