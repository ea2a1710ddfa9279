"""`POST /v1/campaigns/{code}/close` and `/reopen`; parts of a campaign; days that were reported."""

from typing import Any

import httpx2

from tests.services.quota.support import Quota, campaign, line, plan, problem

PATH = "/v1/campaigns/sb-90d"
DECISION = {"number": "200/TB-UBND", "date": "2024-07-05"}


async def close(quota: Quota) -> httpx2.Response:
    return await quota.call("POST", f"{PATH}/close", json={"decision": DECISION})


async def patch(quota: Quota, **changes: Any) -> httpx2.Response:
    return await quota.call("PATCH", PATH, json=changes, headers={"If-Match": "*"})


async def test_closing_freezes_definition_and_plans(quota: Quota):
    issued = await quota.issued("P", line("D1", 10))
    draft = await quota.draft("P", line("D2", 10))
    answer = await close(quota)
    assert (answer.status_code, answer.json()["closed"]) == (200, DECISION), answer.text
    events = await quota.events()
    for method, path, body in [
        ("PATCH", PATH, {"allow_stretch": True}),
        ("POST", f"{PATH}/plans", plan("P", line("D1", 1))),
        ("PUT", f"/v1/plans/{draft}", plan("P", line("D2", 1))),
        ("DELETE", f"/v1/plans/{draft}", None),
        ("POST", f"/v1/plans/{draft}/issue", {}),
        ("POST", f"/v1/plans/{issued}/revise", {}),
        ("POST", f"/v1/plans/{issued}/withdraw", {"document": DECISION}),
        ("POST", f"{PATH}/close", {"decision": DECISION}),
    ]:
        more = {} if body is None else {"json": body}
        problem(await quota.call(method, path, headers={"If-Match": "*"}, **more), 409, "campaign_closed")
    assert await quota.events() == events
    assert (await quota.get(f"/v1/plans/{draft}"))["status"] == "draft"


async def test_a_closed_campaign_may_still_be_published(quota: Quota):
    await close(quota)
    answer = await patch(quota, published_to=["*"])
    assert (answer.status_code, answer.json()["closed"]) == (200, DECISION), answer.text


async def test_an_admin_opens_it_again(quota: Quota):
    await close(quota)
    problem(await quota.call("POST", f"{PATH}/reopen"), 403, "scope_missing")
    admin = quota.as_token("admin quota:read")
    answer = await admin.call("POST", f"{PATH}/reopen")
    assert (answer.status_code, "closed" in answer.json()) == (200, False)
    problem(await admin.call("POST", f"{PATH}/reopen"), 409, "campaign_open")
    await quota.issued("P", line("D1", 10))


async def test_only_whoever_covers_the_top_unit_closes_it(quota: Quota):
    own = quota.as_token(units=("D1",))
    problem(await close(own), 403, "outside_token_units")


async def test_a_part_lies_within_its_whole(quota: Quota):
    await quota.campaign(code="town", unit="D1", part_of="sb-90d")
    await quota.campaign(code="commune", unit="C11", part_of="town")
    answer = await quota.call("POST", "/v1/campaigns", json=campaign(code="other", unit="D2", part_of="town"))
    assert problem(answer, 422, "invalid_input") == [("/part_of", "part_outside_whole")]
    await close(quota)
    answer = await quota.call("POST", "/v1/campaigns/town/plans", json=plan("D1", line("C11", 1)))
    assert answer.status_code == 201, "a part goes on when its whole is closed"


async def test_days_that_may_bear_rows_do_not_leave_the_campaign(quota: Quota):
    assert (await patch(quota, first_day="2024-04-05", hierarchy_day="2024-04-04")).status_code == 200
    async with quota.stack.connection("quota") as connection:
        await connection.execute("INSERT INTO indicator_reported SELECT id, 1, now() FROM campaign")
    wrong = {"first_day": "2024-04-06", "last_day": "2024-05-01", "time_zone": "UTC", "hierarchy_day": "2024-04-04"}
    answer = await patch(quota, **wrong)
    assert problem(answer, 409, "definition_locked") == [
        ("/time_zone", "days_reported"),
        ("/first_day", "days_reported"),
        ("/last_day", "days_reported"),
    ]
    assert (await patch(quota, first_day="2024-04-01", last_day="2024-07-10")).status_code == 200
