"""`PATCH /v1/campaigns/{code}`."""

import asyncio
from typing import Any

import asyncpg
import msgspec
import pytest

from services.chassis.bus import NatsBus
from services.chassis.database import uuid7
from services.contracts.events import IndicatorFirstReported
from tests.services.quota.support import Quota, campaign, line, problem

PATH = "/v1/campaigns/sb-90d"


async def patch(quota: Quota, etag: str | None = '"1"', /, **changes: Any):
    headers = {} if etag is None else {"If-Match": etag}
    return await quota.call("PATCH", PATH, json=changes, headers=headers)


async def assert_unchanged(quota: Quota) -> None:
    read = await quota.call("GET", PATH)
    assert read.headers["etag"] == '"1"'
    assert await quota.rows("campaign_revision") == 1
    assert (await quota.events()).count("campaign_changed") == 1


async def test_a_field_that_is_given_is_replaced_and_the_others_stay(quota: Quota):
    before = await quota.get(PATH)
    answer = await patch(quota, last_day="2024-07-10", labels=["simulated"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"2"'
    assert answer.json() == {**before, "last_day": "2024-07-10", "labels": ["simulated"]}
    assert await quota.get(PATH) == answer.json()
    assert (await quota.events()).count("campaign_changed") == 2


async def test_every_revision_is_kept_with_who_made_it_and_when(quota: Quota, clock):
    await patch(quota, small_count=9)
    async with quota.stack.connection("quota") as connection:
        rows = await connection.fetch(
            "SELECT revision, definition->>'small_count' AS n, changed_by, changed_at FROM campaign_revision ORDER BY 1"
        )
    assert [(row["revision"], row["n"], row["changed_by"]) for row in rows] == [(1, "5", "tester"), (2, "9", "tester")]
    assert rows[1]["changed_at"] == clock.now()


async def test_a_change_that_changes_nothing_makes_no_revision(quota: Quota):
    answer = await patch(quota, small_count=5)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    await assert_unchanged(quota)


async def test_without_if_match_and_with_a_stale_one_nothing_changes(quota: Quota):
    problem(await patch(quota, None, small_count=9), 428, "precondition_required")
    problem(await patch(quota, '"0"', small_count=9), 412, "precondition_failed")
    problem(await patch(quota, 'W/"1"', small_count=9), 412, "precondition_failed")
    await assert_unchanged(quota)


async def test_of_two_editors_of_one_revision_the_second_is_told(quota: Quota):
    answers = await asyncio.gather(patch(quota, small_count=8), patch(quota, small_count=9))
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_code_and_unit_never_change(quota: Quota):
    assert problem(await patch(quota, code="other"), 422, "invalid_input") == [("/code", "may_not_change")]
    assert problem(await patch(quota, unit="D1"), 422, "invalid_input") == [("/unit", "may_not_change")]
    await assert_unchanged(quota)
    assert (await patch(quota, code="sb-90d", unit="P", small_count=9)).status_code == 200


async def test_what_is_changed_is_checked_together_with_what_stays(quota: Quota):
    await quota.campaign(code="inner", part_of="sb-90d")
    cases: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"last_day": "2024-04-03"}, ("/last_day", "last_day_before_first_day")),
        (
            {"pauses": [{"first_day": "2024-07-04", "last_day": "2024-07-04"}]},
            ("/pauses/0/last_day", "pause_outside_campaign"),
        ),
        ({"part_of": "inner"}, ("/part_of", "part_of_itself")),
        ({"name": None}, ("/name", "dict_type")),
        ({"hierarchy": "2024-04-04"}, ("/hierarchy", "extra_forbidden")),
    ]
    for changes, error in cases:
        assert problem(await patch(quota, **changes), 422, "invalid_input") == [error]
    async with quota.stack.connection("quota") as connection:
        assert await connection.fetchval("SELECT revision FROM campaign WHERE code = 'sb-90d'") == 1


async def test_numbers_stay_with_their_codes_and_are_never_used_again(quota: Quota):
    cccd, sim, news = campaign()["indicators"]
    added = {
        "code": "eid",
        "kind": "quota",
        "name": {"vi": "Định danh"},
        "cohorts": [{"code": "new", "name": {"vi": "Mới"}}],
    }
    await patch(quota, indicators=[news, {**cccd, "cohorts": []}])
    await patch(quota, '"2"', indicators=[added, news, cccd])
    numbers = (await quota.get("/internal/campaigns/sb-90d"))["numbers"]
    assert numbers["indicators"] == {"cccd": 1, "sim": 2, "news": 3, "eid": 4}
    assert numbers["cohorts"] == {"first": 1, "hard": 2, "new": 3}
    await patch(quota, '"3"', indicators=[sim])
    assert (await quota.get("/internal/campaigns/sb-90d"))["numbers"] == numbers


async def report(quota: Quota, indicator_no: int) -> None:
    """progress has told that it has rows of the indicator."""
    definition = await quota.get("/internal/campaigns/sb-90d")
    chassis = quota.stack.apps["quota"].state.chassis
    bus: NatsBus = chassis.bus
    event = IndicatorFirstReported(definition["id"], indicator_no)
    for _ in range(2):  # once more: a redelivery
        await bus.publish("progress", "indicator_first_reported", f"{uuid7()}/0", msgspec.json.encode(event))
    async with asyncio.timeout(10):
        async with chassis.consistency._applied:
            while await quota.rows("inbox") < 2:
                await chassis.consistency._applied.wait()


async def test_what_a_reported_indicator_means_may_no_longer_change(quota: Quota):
    await report(quota, 1)
    cccd, sim, news = campaign()["indicators"]
    for indicators, pointer, code in (
        ([sim, news], "/indicators", "indicator_reported"),
        ([sim, {**cccd, "kind": "flow"}], "/indicators/1/kind", "indicator_reported"),
        ([{**cccd, "reasons": []}], "/indicators/0/reasons", "reason_in_use"),
        ([{**cccd, "cohorts": cccd["cohorts"][:1]}], "/indicators/0/cohorts", "cohort_in_use"),
    ):
        assert problem(await patch(quota, indicators=indicators), 409, "definition_locked") == [(pointer, code)]
    answer = await patch(quota, hierarchy_day="2024-04-05")
    assert problem(answer, 409, "definition_locked") == [("/hierarchy_day", "hierarchy_day_in_use")]
    await assert_unchanged(quota)
    renamed = {**cccd, "name": {"vi": "Thẻ căn cước"}}
    assert (await patch(quota, indicators=[{**sim, "kind": "activity"}, renamed])).status_code == 200
    assert await quota.rows("indicator_reported") == 1


async def test_a_milestone_that_was_reported_is_not_fed_by_the_cascade_from_then_on(quota: Quota):
    cccd, sim, news = campaign()["indicators"]
    milestone = {"code": "planned", "kind": "milestone", "name": {"vi": "Đã giao kế hoạch"}}
    fed = {**milestone, "fed_by": "cascade"}
    assert (await patch(quota, indicators=[cccd, sim, news, fed])).status_code == 200
    assert (await patch(quota, '"2"', indicators=[cccd, sim, news, milestone])).status_code == 200, "nobody reported it"
    await report(quota, 4)
    answer = await patch(quota, '"3"', indicators=[cccd, sim, news, fed])
    assert problem(answer, 409, "definition_locked") == [("/indicators/3/fed_by", "indicator_reported")]


async def test_reasons_once_told_of_together_are_never_told_of_apart(quota: Quota):
    cccd, *others = campaign()["indicators"]
    absent, ill, abroad = (
        {"code": code, "name": {"vi": code}, "sensitive": code == "ill"} for code in ("absent", "ill", "abroad")
    )

    def changed(*reasons: Any, **changes: Any) -> dict[str, Any]:
        return {"indicators": [{**cccd, "reasons_leaving_denominator": None, "reasons": reasons, **changes}, *others]}

    for cohort in cccd["cohorts"]:
        cohort["reasons_leaving_denominator"] = None
    assert (await patch(quota, **changed(absent, ill, abroad))).status_code == 200
    await report(quota, 1)
    late = {**abroad, "code": "late"}
    ways = (
        changed(abroad, ill, absent),
        changed(absent, ill, abroad, late),
        changed(absent, {**ill, "sensitive": False}, abroad),
        changed(absent, ill, abroad, reasons_leaving_denominator=["ill", "absent"]),
        {"small_count": 1},
    )
    for way in ways:
        answer = await patch(quota, '"2"', **way)
        assert problem(answer, 409, "definition_locked") == [("/indicators/0/reasons", "suppression_loosened")]
    for place, way in enumerate(
        (
            changed(late, absent, ill, abroad),
            changed(late, absent, ill, {**abroad, "sensitive": True}),
            changed(late, absent, ill, {**abroad, "sensitive": True}, reasons_leaving_denominator=["late"]),
            {"small_count": 2},
        ),
        start=2,
    ):
        assert (await patch(quota, f'"{place}"', **way)).status_code == 200


async def test_what_a_plan_names_may_no_longer_go(quota: Quota):
    await quota.draft("P", line("D1", 1, cohort="hard"))
    cccd, sim, news = campaign()["indicators"]
    for indicators, pointer, code in (
        ([sim, news], "/indicators", "indicator_planned"),
        ([{**cccd, "kind": "activity"}], "/indicators/0/kind", "indicator_planned"),
        ([{**cccd, "cohorts": cccd["cohorts"][:1]}], "/indicators/0/cohorts", "cohort_in_use"),
    ):
        assert problem(await patch(quota, indicators=indicators), 409, "definition_locked") == [(pointer, code)]
    await assert_unchanged(quota)
    answer = await patch(quota, indicators=[{**cccd, "cohorts": cccd["cohorts"][1:]}])
    assert answer.status_code == 200, "nobody uses the other cohort, nor the other indicators"


async def test_before_plans_and_reports_the_hierarchy_day_may_move(quota: Quota):
    assert (await patch(quota, hierarchy_day="2024-04-05")).status_code == 200


async def test_revisions_are_append_only(quota: Quota):
    async with quota.stack.connection("quota") as connection:
        for statement in ("UPDATE campaign_revision SET changed_by = 'nobody'", "DELETE FROM campaign_revision"):
            with pytest.raises(asyncpg.RaiseError, match="never changed"):
                await connection.execute(statement)
