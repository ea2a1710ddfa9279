"""`POST /v1/plans/{id}/revise` and `/withdraw`, and `DELETE` of a draft: plans in time."""

from datetime import timedelta
from typing import Any

import asyncpg
import httpx2
import msgspec
import pytest

from services.contracts.events import PlanIssued
from tests.services.quota.support import Quota, line, plan, problem
from tests.support.clock import MovableClock


def document(number: str, date: str) -> dict[str, str]:
    return {"number": number, "date": date}


async def revise(quota: Quota, plan_id: str, *lines: dict[str, Any], number: str, date: str) -> str:
    """The id of the draft."""
    body = {"document": document(number, date), "lines": list(lines)}
    answer = await quota.call("POST", f"/v1/plans/{plan_id}/revise", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def revised(quota: Quota, plan_id: str, *lines: dict[str, Any], number: str, date: str) -> str:
    draft = await revise(quota, plan_id, *lines, number=number, date=date)
    answer = await quota.issue(draft)
    assert answer.status_code == 200, answer.text
    return draft


async def withdraw(quota: Quota, plan_id: str, number: str, date: str) -> httpx2.Response:
    return await quota.call("POST", f"/v1/plans/{plan_id}/withdraw", json={"document": document(number, date)})


async def of_d1(quota: Quota, query: str) -> list[tuple[int, str, list[str]]]:
    items = (await quota.get(f"/v1/campaigns/sb-90d/quotas?unit=D1&depth=0&{query}"))["items"]
    return [(one["amount"], one["basis"], [document["number"] for document in one["documents"]]) for one in items]


async def test_a_revision_replaces_the_whole_plan_from_its_own_date(quota: Quota):
    first = await quota.issued("P", line("D1", 10), line("D2", 7), number="1/KH", date="2024-04-04")
    second = await revised(quota, first, line("D1", 12), number="9/KH", date="2024-05-10")
    assert await of_d1(quota, "as_of=2024-05-09") == [(10, "received", ["1/KH"])]
    assert await of_d1(quota, "as_of=2024-05-10") == [(12, "received", ["9/KH"])]
    assert await quota.amounts("?unit=D2&as_of=2024-05-09") == {("D2", "cccd", None): 7}
    assert await quota.amounts("?unit=D2&as_of=2024-05-10") == {}
    old, new = await quota.get(f"/v1/plans/{first}"), await quota.get(f"/v1/plans/{second}")
    assert (old["status"], old["revision"], old["superseded_by"]) == ("superseded", 1, second)
    assert (new["status"], new["revision"], new["supersedes"]) == ("issued", 2, first)


async def test_a_revision_is_known_from_its_issue(quota: Quota, clock: MovableClock):
    first = await quota.issued("P", line("D1", 10))
    clock.move(minutes=5)
    before = clock.now().isoformat().replace("+00:00", "Z")
    clock.move(minutes=5)
    await revised(quota, first, line("D1", 12), number="9/KH", date="2024-04-04")
    assert await of_d1(quota, f"as_of=2024-05-10&known_at={before}") == [(10, "received", ["1/KH"])]
    assert await of_d1(quota, "as_of=2024-05-10") == [(12, "received", ["9/KH"])]


async def test_a_late_revision_may_be_dated_before_the_plan(quota: Quota):
    first = await quota.issued("P", line("D1", 10), date="2024-04-20")
    await revised(quota, first, line("D1", 12), number="9/KH", date="2024-04-10")
    assert await of_d1(quota, "as_of=2024-04-09") == []
    assert (
        await of_d1(quota, "as_of=2024-04-15") == await of_d1(quota, "as_of=2024-06-15") == [(12, "received", ["9/KH"])]
    )


async def test_a_draft_revision_starts_with_the_lines_of_the_plan(quota: Quota):
    first = await quota.issued("P", line("D1", 10, held=True), line("D2", 7, baseline=3))
    answer = await quota.call("POST", f"/v1/plans/{first}/revise")
    assert answer.status_code == 201, answer.text
    draft = answer.json()
    assert (draft["status"], draft["revision"], draft["supersedes"]) == ("draft", 2, first)
    assert draft["lines"] == (await quota.get(f"/v1/plans/{first}"))["lines"]
    problem(await quota.issue(draft["id"]), 409, "document_unchanged")
    edited = {**plan("P", line("D1", 11), number="9/KH"), "note": "bổ sung"}
    answer = await quota.call("PUT", f"/v1/plans/{draft['id']}", json=edited, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["note"]) == (200, "bổ sung")
    assert (await quota.issue(draft["id"])).status_code == 200


async def test_a_revision_keeps_the_unit_that_hands_down(quota: Quota):
    first = await quota.issued("P", line("D1", 10))
    draft = await revise(quota, first, line("D1", 9), number="9/KH", date="2024-05-10")
    answer = await quota.call("PUT", f"/v1/plans/{draft}", json=plan("D1", line("C11", 9)), headers={"If-Match": "*"})
    assert problem(answer, 422, "invalid_input") == [("/unit", "revision_keeps_unit")]


async def test_one_revision_is_drafted_at_a_time_and_may_be_discarded(quota: Quota):
    first = await quota.issued("P", line("D1", 10))
    draft = await revise(quota, first, line("D1", 9), number="9/KH", date="2024-05-10")
    problem(await quota.call("POST", f"/v1/plans/{first}/revise"), 409, "revision_under_way")
    problem(await withdraw(quota, first, "9/KH", "2024-05-10"), 409, "revision_under_way")
    problem(await quota.call("DELETE", f"/v1/plans/{draft}"), 428, "precondition_required")
    problem(await quota.call("DELETE", f"/v1/plans/{draft}", headers={"If-Match": '"7"'}), 412, "precondition_failed")
    assert (await quota.call("DELETE", f"/v1/plans/{draft}", headers={"If-Match": '"1"'})).status_code == 204
    assert (await quota.call("GET", f"/v1/plans/{draft}")).status_code == 404
    await revised(quota, first, line("D1", 9), number="9/KH", date="2024-05-10")
    problem(await quota.call("DELETE", f"/v1/plans/{first}", headers={"If-Match": "*"}), 409, "plan_already_issued")


async def test_only_the_newest_issued_revision_is_revised(quota: Quota):
    draft = await quota.draft("P", line("D1", 10))
    problem(await quota.call("POST", f"/v1/plans/{draft}/revise"), 409, "plan_not_issued")
    await quota.issue(draft)
    second = await revised(quota, draft, line("D1", 9), number="9/KH", date="2024-05-10")
    answer = await quota.call("POST", f"/v1/plans/{draft}/revise")
    problem(answer, 409, "plan_superseded")
    assert second in answer.json()["detail"]


async def test_what_is_handed_down_is_covered_on_every_day(quota: Quota):
    first = await quota.issued("P", line("D1", 10))
    await revised(quota, first, line("D1", 8), number="9/KH", date="2024-06-01")
    draft = await quota.draft("D1", line("C11", 9))
    answer = await quota.issue(draft)
    problem(answer, 409, "quota_exceeds_received")
    assert "on 2024-06-01 received 8, handed down 9" in answer.json()["detail"]
    below = await quota.issued("D1", line("C11", 8))
    problem(
        await quota.issue(await revise(quota, below, line("C11", 9), number="10/KH", date="2024-05-01")),
        409,
        "quota_exceeds_received",
    )


async def test_a_plan_below_may_be_dated_before_the_plan_above(quota: Quota):
    await quota.issued("P", line("D1", 10), date="2024-04-20")
    await quota.issued("D1", line("C11", 10), date="2024-04-10")
    assert await quota.amounts("?unit=D1&as_of=2024-04-15") == {("D1", "cccd", None): 10, ("C11", "cccd", None): 10}


async def test_a_lower_revision_above_shows_the_unit_below_as_over(quota: Quota):
    first = await quota.issued("P", line("D1", 10))
    below = await quota.issued("D1", line("C11", 9), number="2/KH", date="2024-05-10")
    await revised(quota, first, line("D1", 8), number="9/KH", date="2024-05-01")
    assert (await quota.get(f"/v1/plans/{below}"))["balance"] == [
        {"indicator": "cccd", "received": 8, "handed_down": 9, "unallocated": 0, "over": 1}
    ]


async def test_a_draft_shows_the_reserve_that_it_leaves(quota: Quota):
    await quota.issued("P", line("D1", 10), line("D1", 4, indicator="sim"))
    draft = await quota.draft("D1", line("C11", 3), line("C12", 2))
    assert (await quota.get(f"/v1/plans/{draft}"))["balance"] == [
        {"indicator": "cccd", "received": 10, "handed_down": 5, "unallocated": 5, "over": 0}
    ]


async def test_a_stretch_is_shown_where_it_is_allowed(bare: Quota):
    await bare.province()
    await bare.campaign(allow_stretch=True)
    await bare.issued("P", line("D1", 10))
    draft = await bare.draft("D1", line("C11", 13))
    answer = await bare.issue(draft)
    assert answer.json()["balance"] == [
        {"indicator": "cccd", "received": 10, "handed_down": 13, "unallocated": 0, "over": 3}
    ]


async def test_a_withdrawn_plan_counts_until_the_withdrawal(quota: Quota):
    first = await quota.issued("P", line("D1", 10))
    answer = await withdraw(quota, first, "12/QĐ", "2024-05-10")
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert (order["status"], order["revision"], order["lines"]) == ("withdrawn", 2, [])
    assert (await quota.get(f"/v1/plans/{first}"))["status"] == "withdrawn"
    assert await of_d1(quota, "as_of=2024-05-09") == [(10, "received", ["1/KH"])]
    assert await of_d1(quota, "as_of=2024-05-10") == []
    problem(await quota.issue(await quota.draft("D1", line("C11", 1))), 409, "parent_plan_not_issued")
    await quota.issued("P", line("D1", 6), number="13/KH", date="2024-05-10")
    assert await of_d1(quota, "as_of=2024-05-10") == [(6, "received", ["13/KH"])]


async def test_a_withdrawn_plan_may_be_taken_up_again(quota: Quota):
    first = await quota.issued("P", line("D1", 10))
    order = (await withdraw(quota, first, "12/QĐ", "2024-05-10")).json()["id"]
    await revised(quota, order, line("D1", 5), number="14/KH", date="2024-06-01")
    assert await of_d1(quota, "as_of=2024-05-20") == []
    assert await of_d1(quota, "as_of=2024-06-01") == [(5, "received", ["14/KH"])]


async def test_another_plan_may_take_over_only_after_the_line_has_gone(quota: Quota):
    first = await quota.issued("P", line("D1", 10), line("D2", 10))
    await revised(quota, first, line("D2", 10), number="9/KH", date="2024-05-10")
    draft = await quota.draft("P", line("D1", 4), number="11/KH", date="2024-05-09")
    assert problem(await quota.issue(draft), 409, "plan_names_unit_twice") == [("/lines/0", "named_by_another_plan")]
    await quota.issued("P", line("D1", 4), number="11/KH", date="2024-05-10")


async def test_every_revision_is_told_as_issued(quota: Quota):
    first = await quota.issued("P", line("D1", 10))
    second = await revised(quota, first, line("D1", 9), number="9/KH", date="2024-05-10")
    order = (await withdraw(quota, second, "12/QĐ", "2024-06-10")).json()["id"]
    async with quota.stack.connection("quota") as connection:
        rows = await connection.fetch("SELECT payload FROM outbox WHERE kind = 'plan_issued' ORDER BY seq")
    told = [msgspec.json.decode(row["payload"], type=PlanIssued) for row in rows]
    assert [(str(one.plan.id), one.plan.revision, one.plan.lines_total) for one in told] == [
        (first, 1, 1),
        (second, 2, 1),
        (order, 3, 0),
    ]
    assert len({one.plan.family for one in told}) == 1


async def test_a_dry_run_of_an_issue_changes_nothing(quota: Quota):
    draft = await quota.draft("P", line("D1", 10))
    answer = await quota.call("POST", f"/v1/plans/{draft}/issue?dry_run=true", json={})
    assert (answer.status_code, answer.json()["status"]) == (200, "draft")
    problem(
        await quota.call("POST", f"/v1/plans/{await quota.draft('D1', line('C11', 1))}/issue?dry_run=true"),
        409,
        "parent_plan_not_issued",
    )
    assert "plan_issued" not in await quota.events()


async def test_a_revision_is_not_known_before_the_plan(quota: Quota, clock: MovableClock):
    first = await quota.issued("P", line("D1", 10))
    draft = await revise(quota, first, line("D1", 9), number="9/KH", date="2024-05-10")
    admin = quota.as_token("quota:read quota:write admin")
    earlier = (clock.now() - timedelta(days=1)).isoformat()
    problem(await admin.issue(draft, issued_at=earlier), 422, "issued_before_previous")


async def test_the_database_refuses_to_change_what_was_issued(quota: Quota):
    await quota.issued("P", line("D1", 10))
    async with quota.stack.connection("quota") as connection:
        for statement in ("UPDATE plan SET document_number = 'x'", "DELETE FROM plan"):
            with pytest.raises(asyncpg.RaiseError, match="stays as it is"):
                await connection.execute(statement)
