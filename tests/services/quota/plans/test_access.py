"""Who sees, writes and issues plans."""

from tests.services.quota.support import Quota, line, plan, problem, unit

PLANS = "/v1/campaigns/sb-90d/plans"


async def listed(quota: Quota) -> list[tuple[str, int]]:
    return [(one["id"], one["lines_total"]) for one in (await quota.get(PLANS))["items"]]


async def test_a_district_drafts_and_issues_its_own_plan(quota: Quota):
    await quota.issued("P", line("D1", 10))
    district = quota.as_token(units=("D1",))
    plan_id = await district.draft("D1", line("C11", 4))
    assert (await district.issue(plan_id)).status_code == 200


async def test_no_plan_is_drafted_for_a_unit_that_the_token_does_not_cover(quota: Quota):
    district = quota.as_token(units=("D1",))
    for unseen in ("P", "D2", None, "NOBODY"):
        answer = await district.call("POST", PLANS, json=plan(unseen, line("C11", 1)))
        assert problem(answer, 422, "invalid_input") == [("/unit", "unknown_unit")]
    assert await quota.rows("plan") == 0


async def test_the_plan_above_is_seen_once_issued_with_ones_own_lines(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 10), line("D2", 5), line("C12", 3))
    district = quota.as_token(units=("D1",))
    problem(await district.call("GET", f"/v1/plans/{plan_id}"), 404, "not_found")
    assert await listed(district) == []
    await quota.issue(plan_id)
    seen = await district.get(f"/v1/plans/{plan_id}")
    assert [one["unit"] for one in seen["lines"]] == ["D1", "C12"]
    assert seen["lines_total"] == 2
    assert await listed(district) == [(plan_id, 2)]
    assert await listed(quota.as_token(units=("P",))) == [(plan_id, 3)]
    assert await listed(quota.as_token(units=("C11",))) == []
    problem(await quota.as_token(units=("C11",)).call("GET", f"/v1/plans/{plan_id}"), 404, "not_found")


async def test_what_the_top_received_is_seen_by_whoever_covers_it(quota: Quota):
    plan_id = await quota.issued(None, line("P", 10))
    problem(await quota.as_token(units=("D1",)).call("GET", f"/v1/plans/{plan_id}"), 404, "not_found")
    assert (await quota.as_token(units=("P",)).get(f"/v1/plans/{plan_id}"))["unit"] is None


async def test_a_plan_of_somebody_else_is_neither_edited_nor_issued(quota: Quota):
    await quota.issued("P", line("D1", 10), line("D2", 10))
    draft = await quota.draft("D2", line("C21", 1))
    above = await quota.draft("P", line("D1", 10, indicator="sim"))
    district = quota.as_token(units=("D1",))
    for plan_id in (draft, above):
        problem(await district.issue(plan_id), 404, "not_found")
        edited = await district.call("PUT", f"/v1/plans/{plan_id}", json=plan("D1"), headers={"If-Match": "*"})
        problem(edited, 404, "not_found")
    await quota.issue(above)
    problem(await district.issue(above), 403, "outside_token_units")
    assert (await quota.get(f"/v1/plans/{draft}"))["status"] == "draft"
    assert (await quota.events()).count("plan_issued") == 2


async def test_a_draft_is_not_edited_into_the_plan_of_a_unit_that_is_not_covered(quota: Quota):
    district = quota.as_token(units=("D1",))
    plan_id = await district.draft("D1", line("C11", 1))
    answer = await district.call(
        "PUT", f"/v1/plans/{plan_id}", json=plan("D2", line("C21", 1)), headers={"If-Match": "*"}
    )
    assert problem(answer, 422, "invalid_input") == [("/unit", "unknown_unit")]
    assert (await quota.get(f"/v1/plans/{plan_id}"))["unit"] == "D1"


async def test_a_publication_shows_quotas_but_no_plan(quota: Quota):
    await quota.put_units(unit("Q", "province", None, "Tỉnh khác"))
    await quota.call("PATCH", "/v1/campaigns/sb-90d", json={"published_to": ["Q"]}, headers={"If-Match": '"1"'})
    plan_id = await quota.issued("P", line("D1", 10))
    other = quota.as_token(units=("Q",))
    assert await other.amounts("?unit=D1") == {("D1", "cccd", None): 10}
    assert await listed(other) == []
    problem(await other.call("GET", f"/v1/plans/{plan_id}"), 404, "not_found")


async def test_reading_needs_one_scope_and_writing_the_other(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 1))
    reader, writer = quota.as_token("quota:read"), quota.as_token("quota:write")
    problem(await reader.issue(plan_id), 403, "scope_missing")
    problem(await reader.call("POST", PLANS, json=plan("P")), 403, "scope_missing")
    problem(await writer.call("GET", PLANS), 403, "scope_missing")
    assert await quota.rows("plan") == 1
    assert (await writer.issue(plan_id)).status_code == 200
