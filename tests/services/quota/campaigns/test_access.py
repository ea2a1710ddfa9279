"""Who sees and who changes a campaign."""

from tests.services.quota.support import Quota, campaign, problem, unit


async def codes(quota: Quota) -> list[str]:
    return [one["code"] for one in (await quota.get("/v1/campaigns"))["items"]]


async def nested(quota: Quota) -> None:
    """Campaigns of a district and of a commune beside the province's, and another province's."""
    await quota.campaign(code="c11", unit="C11", part_of="sb-90d")
    await quota.campaign(code="d2", unit="D2")
    await quota.put_units(unit("Q", "province", None, "Tỉnh khác"), unit("Q1", "district", "Q", "Huyện khác"))
    await quota.put_units(unit("Q11", "commune", "Q1", "Xã khác"), unit("Q2", "district", "Q", "Huyện khác nữa"))
    await quota.campaign(code="q", unit="Q")


async def test_a_campaign_is_seen_by_whoever_sees_one_of_its_units(quota: Quota):
    await nested(quota)
    seen = {
        ("*",): ["c11", "d2", "q", "sb-90d"],
        ("P",): ["c11", "d2", "sb-90d"],
        ("D1",): ["c11", "sb-90d"],
        ("C12",): ["sb-90d"],
        ("C21", "Q1"): ["d2", "q", "sb-90d"],
        ("NOBODY",): [],
        (): [],
    }
    for units, expected in seen.items():
        token = quota.as_token(units=units)
        assert await codes(token) == expected, units
        for code in ("c11", "d2", "q", "sb-90d"):
            status = (await token.call("GET", f"/v1/campaigns/{code}")).status_code
            assert status == (200 if code in expected else 404), (units, code)


async def test_units_are_those_of_the_hierarchy_day(quota: Quota):
    await quota.put_units(unit("C31", "commune", "D1", "Xã mới", valid_from="2024-04-05"))
    assert await codes(quota.as_token(units=("C31",))) == []


async def test_a_published_campaign_is_seen_by_tokens_of_those_subtrees(quota: Quota):
    await nested(quota)
    await quota.campaign(code="to-q", published_to=["Q1"])
    await quota.campaign(code="to-all", published_to=["*"])
    assert await codes(quota.as_token(units=("Q1",))) == ["q", "to-all", "to-q"]
    assert await codes(quota.as_token(units=("Q",))) == ["q", "to-all", "to-q"]
    assert await codes(quota.as_token(units=("Q11",))) == ["q", "to-all", "to-q"]
    assert await codes(quota.as_token(units=("Q2",))) == ["q", "to-all"]
    assert await codes(quota.as_token(units=())) == []


async def test_pages_hold_every_campaign_that_the_token_sees(quota: Quota):
    await nested(quota)
    district = quota.as_token(units=("D1",))
    pages = [[one["code"] for one in page] async for page in district.pages("/v1/campaigns?limit=1")]
    assert pages == [["c11"], ["sb-90d"]]


async def test_a_campaign_is_made_only_over_a_covered_unit(quota: Quota):
    district, events = quota.as_token(units=("D1",)), await quota.events()
    for unseen in ("P", "D2", "C21", "NOBODY"):
        answer = await district.call("POST", "/v1/campaigns", json=campaign(code="mine", unit=unseen))
        assert problem(answer, 422, "invalid_input") == [("/unit", "unknown_unit")]
    assert await quota.events() == events
    assert (await district.call("POST", "/v1/campaigns", json=campaign(code="mine", unit="C11"))).status_code == 201


async def test_a_campaign_is_part_only_of_one_that_is_seen(quota: Quota):
    await nested(quota)
    answer = await quota.as_token(units=("D1",)).call(
        "POST", "/v1/campaigns", json=campaign(code="mine", unit="C11", part_of="d2")
    )
    assert problem(answer, 422, "invalid_input") == [("/part_of", "unknown_campaign")]


async def test_a_campaign_is_changed_only_by_whoever_covers_its_top_unit(quota: Quota):
    change = {"json": {"small_count": 9}, "headers": {"If-Match": '"1"'}}
    problem(
        await quota.as_token(units=("D1",)).call("PATCH", "/v1/campaigns/sb-90d", **change), 403, "outside_token_units"
    )
    problem(await quota.as_token(units=("Q",)).call("PATCH", "/v1/campaigns/sb-90d", **change), 404, "not_found")
    problem(await quota.as_token("quota:read").call("PATCH", "/v1/campaigns/sb-90d", **change), 403, "scope_missing")
    assert (await quota.get("/v1/campaigns/sb-90d"))["small_count"] == 5
    assert (await quota.as_token(units=("P",)).call("PATCH", "/v1/campaigns/sb-90d", **change)).status_code == 200


async def test_scopes_do_not_imply_one_another(quota: Quota):
    for scope in ("quota:write", "admin", "reporting:read"):
        problem(await quota.as_token(scope).call("GET", "/v1/campaigns"), 403, "scope_missing")
