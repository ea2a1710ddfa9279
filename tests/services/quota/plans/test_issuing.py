"""`POST /v1/plans/{id}/issue`."""

import asyncio
from datetime import timedelta

import msgspec

from services.contracts.events import PlanIssued
from services.contracts.words import MAX_COUNT
from tests.services.quota.support import Quota, line, problem, unit


async def assert_still_draft(quota: Quota, plan_id: str, *, issued: int) -> None:
    """The plan is a draft as it was, `issued` plans were told of."""
    read = await quota.call("GET", f"/v1/plans/{plan_id}")
    assert (read.json()["status"], read.json()["issued_at"]) == ("draft", None)
    assert (await quota.events()).count("plan_issued") == issued


async def test_an_issued_plan_is_in_force_and_told(quota: Quota, clock):
    plan_id = await quota.draft("P", line("D1", 10), line("D2", 5, cohort="hard"))
    answer = await quota.issue(plan_id)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "issued"
    assert answer.json()["issued_at"] == clock.now().isoformat().replace("+00:00", "Z")
    assert answer.headers["etag"] == '"2"'
    assert answer.headers["consistency-token"]
    assert (await quota.amounts("?depth=1"))[("D2", "cccd", None)] == 5
    async with quota.stack.connection("quota") as connection:
        payload = await connection.fetchval("SELECT payload FROM outbox WHERE kind = 'plan_issued'")
    event = msgspec.json.decode(payload, type=PlanIssued)
    assert (str(event.plan.id), event.plan.revision, event.plan.lines_total) == (plan_id, 1, 2)
    assert event.plan.issued_at == clock.now()
    assert [(one.amount, one.cohort_no) for one in event.lines] == [(10, 0), (5, 2)]


async def test_a_body_is_not_needed(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 10))
    assert (await quota.call("POST", f"/v1/plans/{plan_id}/issue")).status_code == 200


async def test_a_plan_is_issued_once(quota: Quota):
    plan_id = await quota.issued("P", line("D1", 10))
    before = await quota.get(f"/v1/plans/{plan_id}")
    problem(await quota.issue(plan_id), 409, "plan_already_issued")
    assert await quota.get(f"/v1/plans/{plan_id}") == before
    assert (await quota.events()).count("plan_issued") == 1


async def test_an_empty_plan_is_not_issued(quota: Quota):
    plan_id = await quota.draft("P")
    problem(await quota.issue(plan_id), 409, "plan_empty")
    await assert_still_draft(quota, plan_id, issued=0)


async def test_a_childs_plan_is_not_issued_before_its_parents(quota: Quota):
    plan_id = await quota.draft("D1", line("C11", 1))
    problem(await quota.issue(plan_id), 409, "parent_plan_not_issued")
    await quota.draft("P", line("D1", 10))
    problem(await quota.issue(plan_id), 409, "parent_plan_not_issued")
    await quota.issued("P", line("D2", 10))
    problem(await quota.issue(plan_id), 409, "parent_plan_not_issued")
    await assert_still_draft(quota, plan_id, issued=1)
    await quota.issued("P", line("D1", 10))
    assert (await quota.issue(plan_id)).status_code == 200


async def test_a_stretch_does_not_excuse_from_the_parents_plan(bare: Quota):
    await bare.province()
    await bare.campaign(allow_stretch=True)
    plan_id = await bare.draft("D1", line("C11", 1))
    problem(await bare.issue(plan_id), 409, "parent_plan_not_issued")
    await assert_still_draft(bare, plan_id, issued=0)


async def test_a_plan_hands_down_no_more_than_was_received(quota: Quota):
    await quota.issued("P", line("D1", 837), line("D1", 5, indicator="sim"))
    plan_id = await quota.draft(
        "D1", line("C11", 5, indicator="sim"), line("C11", 500), line("C12", 400), line("C12", 1, indicator="sim")
    )
    answer = await quota.issue(plan_id)
    assert problem(answer, 409, "quota_exceeds_received") == [
        ("/lines/1", "quota_exceeds_received"),
        ("/lines/0", "quota_exceeds_received"),
    ]
    assert [error["detail"] for error in answer.json()["errors"]] == [
        "cccd: received 837, handed down 900, excess 63",
        "sim: received 5, handed down 6, excess 1",
    ]
    await assert_still_draft(quota, plan_id, issued=1)
    assert await quota.amounts("?unit=C11") == {}


async def test_all_of_what_was_received_may_be_handed_down_or_less(quota: Quota):
    await quota.issued("P", line("D1", 10), line("D2", 10))
    await quota.issued("D1", line("C11", 4), line("C12", 6))
    await quota.issued("D2", line("C21", 3))


async def test_what_earlier_plans_handed_down_counts_too(quota: Quota):
    await quota.issued("P", line("D1", 10))
    await quota.issued("D1", line("C11", 6))
    plan_id = await quota.draft("D1", line("C12", 5))
    answer = await quota.issue(plan_id)
    problem(answer, 409, "quota_exceeds_received")
    assert answer.json()["errors"][0]["detail"] == "cccd: received 10, handed down 11, excess 1"
    await assert_still_draft(quota, plan_id, issued=2)


async def test_an_indicator_that_was_not_received_is_not_handed_down(quota: Quota):
    await quota.issued("P", line("D1", 10))
    plan_id = await quota.draft("D1", line("C11", 1, indicator="sim"))
    problem(await quota.issue(plan_id), 409, "quota_exceeds_received")
    await assert_still_draft(quota, plan_id, issued=1)


async def test_what_came_for_one_cohort_is_not_handed_to_another(quota: Quota):
    await quota.issued("P", line("D1", 10, cohort="first"), line("D1", 10, cohort="hard"))
    plan_id = await quota.draft("D1", line("C11", 11, cohort="hard"))
    answer = await quota.issue(plan_id)
    assert answer.json()["errors"][0]["detail"] == "cccd hard: received 10, handed down 11, excess 1"
    await assert_still_draft(quota, plan_id, issued=1)
    await quota.issued("D1", line("C11", 15))


async def test_a_campaign_may_allow_a_stretch(bare: Quota):
    await bare.province()
    await bare.campaign(allow_stretch=True)
    await bare.issued("P", line("D1", 10))
    await bare.issued("D1", line("C11", 11))


async def test_the_top_unit_has_no_ceiling_until_it_received_something(quota: Quota):
    await quota.issued("P", line("D1", 100))
    await quota.issued(None, line("P", 50, indicator="sim"))
    await quota.issued("P", line("D2", 100))
    plan_id = await quota.draft("P", line("D1", 51, indicator="sim"))
    problem(await quota.issue(plan_id), 409, "quota_exceeds_received")
    await assert_still_draft(quota, plan_id, issued=3)


async def test_the_top_unit_does_not_receive_less_than_it_handed_down_already(quota: Quota):
    await quota.issued("P", line("D1", 100))
    plan_id = await quota.draft(None, line("P", 99))
    problem(await quota.issue(plan_id), 409, "quota_exceeds_received")
    await assert_still_draft(quota, plan_id, issued=1)
    await quota.issued(None, line("P", 100))


async def test_a_unit_receives_an_indicator_and_cohort_from_one_plan_only(quota: Quota):
    await quota.issued("P", line("D1", 10), number="128/KH")
    plan_id = await quota.draft("P", line("D2", 5), line("D1", 10), line("D1", 3, cohort="hard"))
    answer = await quota.issue(plan_id)
    assert problem(answer, 409, "plan_names_unit_twice") == [("/lines/1", "named_by_another_plan")]
    assert "128/KH" in answer.json()["errors"][0]["detail"]
    await assert_still_draft(quota, plan_id, issued=1)
    await quota.issued("P", line("D1", 3, cohort="hard"), line("D1", 3, indicator="sim"))


async def test_a_unit_may_receive_from_one_above_its_parent(quota: Quota):
    await quota.issued("P", line("D1", 10), line("C11", 5))
    plan_id = await quota.draft("D1", line("C11", 5))
    problem(await quota.issue(plan_id), 409, "plan_names_unit_twice")
    await quota.issued("D1", line("C12", 5))


async def test_sums_stay_exact_counts_over_several_plans(quota: Quota):
    await quota.issued("P", line("D1", MAX_COUNT))
    plan_id = await quota.draft("P", line("D2", 1))
    assert problem(await quota.issue(plan_id), 422, "invalid_input") == [("/lines", "sum_too_large")]
    await assert_still_draft(quota, plan_id, issued=1)


async def test_of_two_plans_that_together_exceed_one_is_issued(quota: Quota):
    await quota.issued("P", line("D1", 10))
    drafts = [await quota.draft("D1", line("C11", 6)), await quota.draft("D1", line("C12", 6))]
    answers = await asyncio.gather(*(quota.issue(plan_id) for plan_id in drafts))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await quota.amounts("?unit=D1&depth=1")) == 2


async def test_of_two_issues_of_one_plan_one_is_told(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 10))
    answers = await asyncio.gather(quota.issue(plan_id), quota.issue(plan_id))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await quota.events()).count("plan_issued") == 1


async def test_units_that_have_left_the_tree_since_the_draft_are_refused(quota: Quota):
    plan_id = await quota.draft("P", line("C11", 1))
    await quota.put_units(unit("C11", "commune", None, "Xã Lộc Thạnh"))
    assert problem(await quota.issue(plan_id), 422, "invalid_input") == [("/lines/0/unit", "unknown_unit")]


async def test_only_admin_issues_in_the_past(quota: Quota, clock):
    plan_id = await quota.draft("P", line("D1", 10))
    moment = "2024-04-04T08:00:00+07:00"
    problem(await quota.issue(plan_id, issued_at=moment), 403, "scope_missing")
    await assert_still_draft(quota, plan_id, issued=0)
    admin = quota.as_token("quota:read quota:write admin")
    answer = await admin.issue(plan_id, issued_at=moment)
    assert answer.json()["issued_at"] == "2024-04-04T01:00:00Z"


async def test_nobody_issues_in_the_future(quota: Quota, clock):
    plan_id = await quota.draft("P", line("D1", 10))
    admin = quota.as_token("quota:read quota:write admin")
    ahead = (clock.now() + timedelta(seconds=1)).isoformat()
    problem(await admin.issue(plan_id, issued_at=ahead), 422, "issued_at_in_future")
    for moment in ("2024-04-04T08:00:00", "2024-04-04", 1712192400, "soon"):
        assert problem(await admin.issue(plan_id, issued_at=moment), 422, "invalid_input")[0][0] == "/issued_at"
    await assert_still_draft(quota, plan_id, issued=0)


async def test_a_childs_plan_is_not_dated_back_before_its_parents_issue(quota: Quota):
    admin = quota.as_token("quota:read quota:write admin")
    parent, child = await quota.draft("P", line("D1", 10)), await quota.draft("D1", line("C11", 10))
    await admin.issue(parent, issued_at="2024-04-05T00:00:00Z")
    problem(await admin.issue(child, issued_at="2024-04-04T23:59:59Z"), 409, "parent_plan_not_issued")
    await assert_still_draft(quota, child, issued=1)
    assert (await admin.issue(child, issued_at="2024-04-05T00:00:00Z")).status_code == 200


async def test_a_plan_of_many_lines_is_told_in_events_of_two_thousand(bare: Quota):
    districts = [unit(f"D{n}", "district", "P", f"Huyện {n}") for n in range(4_001)]
    await bare.put_units(unit("P", "province", None, "Tỉnh"), *districts)
    await bare.campaign()
    await bare.issued("P", *(line(one["code"], n) for n, one in enumerate(districts)))
    async with bare.stack.connection("quota") as connection:
        rows = await connection.fetch("SELECT payload FROM outbox WHERE kind = 'plan_issued' ORDER BY seq")
    events = [msgspec.json.decode(row["payload"], type=PlanIssued) for row in rows]
    assert [len(event.lines) for event in events] == [2_000, 2_000, 1]
    assert {event.plan.lines_total for event in events} == {4_001}
    assert sum(one.amount for event in events for one in event.lines) == 4_001 * 4_000 // 2
