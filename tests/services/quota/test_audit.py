"""The audit of what officials change."""

from typing import Any

import asyncpg
import pytest

from tests.services.quota.plans.test_revising import revised
from tests.services.quota.support import Quota, line, plan, problem, unit


async def audit(quota: Quota, query: str = "") -> list[dict[str, Any]]:
    admin = quota.as_token("admin")
    return (await admin.get(f"/v1/audit{query}"))["items"]


async def test_a_change_says_who_what_from_what_to_what(quota: Quota):
    official = Quota(quota.stack, quota.stack.token("quota:read quota:write", units=("*",), subject="an.official"))
    answer = await official.call(
        "PATCH",
        "/v1/campaigns/sb-90d",
        json={"allow_stretch": True},
        headers={"If-Match": "*", "X-Request-ID": "ask-1"},
    )
    assert answer.status_code == 200, answer.text
    (found, *_) = await audit(quota, "?subject=campaign")
    assert (found["actor"], found["request_id"], found["change"]) == ("an.official", "ask-1", "changed")
    assert found["key"] == {"code": "sb-90d"}
    assert (found["before"], found["after"]) == ({"allow_stretch": False}, {"allow_stretch": True})
    assert found["moment"].endswith("Z")
    assert len(await audit(quota, "?actor=an.official")) == 1


async def test_what_was_created_and_deleted_is_whole(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 10))
    body = plan("P", line("D1", 11))
    await quota.call("PUT", f"/v1/plans/{plan_id}", json=body, headers={"If-Match": "*"})
    await quota.call("DELETE", f"/v1/plans/{plan_id}", headers={"If-Match": "*"})
    lines = await audit(quota, "?subject=plan_line")
    amounts = [
        (one["change"], [(at["unit"], at["amount"]) for at in one["before"] or one["after"]]) for one in reversed(lines)
    ]
    assert amounts == [
        ("created", [("D1", 10)]),
        ("deleted", [("D1", 10)]),
        ("created", [("D1", 11)]),
        ("deleted", [("D1", 11)]),
    ]
    plans = await audit(quota, "?subject=plan")
    assert [one["change"] for one in plans] == ["deleted", "created"]
    assert plans[0]["before"]["document_number"] == "1/KH"


async def test_issuing_and_revising_show_as_changes_of_status(quota: Quota):
    first = await quota.issued("P", line("D1", 10))
    await revised(quota, first, line("D1", 9), number="9/KH", date="2024-05-10")
    changes = [
        (one["before"]["status"], one["after"]["status"])
        for one in reversed(await audit(quota, "?subject=plan"))
        if one["key"]["id"] == first and one["change"] == "changed"
    ]
    assert changes == [("draft", "issued"), ("issued", "superseded")]


async def test_plans_are_told_by_their_document_and_their_lines_by_codes(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 10, cohort="hard"), line("D2", 5, indicator="sim"), number="7/KH")
    which = {"campaign": "sb-90d", "unit": "P", "document_number": "7/KH", "revision": 1}
    (lines,) = await audit(quota, "?subject=plan_line")
    assert lines["key"] == {"plan": plan_id, **which}
    assert lines["after"] == [
        {"unit": "D1", "indicator": "cccd", "cohort": "hard", "amount": 10, "baseline": 0, "held": False},
        {"unit": "D2", "indicator": "sim", "cohort": None, "amount": 5, "baseline": 0, "held": False},
    ]
    (made,) = await audit(quota, "?subject=plan")
    assert made["key"] == {"id": plan_id, **which}
    assert not {"campaign_id", "unit_id"} & made["after"].keys()
    await quota.call("DELETE", f"/v1/plans/{plan_id}", headers={"If-Match": "*"})
    gone = (await audit(quota, "?subject=plan_line"))[0]
    assert (gone["change"], gone["key"], gone["before"]) == ("deleted", lines["key"], lines["after"])


async def test_a_draft_that_goes_to_another_unit_is_one_change(quota: Quota):
    plan_id = await quota.draft("P", line("C11", 10))
    body = plan("D1", line("C11", 10), number="8/KH")
    await quota.call("PUT", f"/v1/plans/{plan_id}", json=body, headers={"If-Match": "*"})
    found = (await audit(quota, "?subject=plan"))[0]
    assert found["key"] == {"id": plan_id, "campaign": "sb-90d", "unit": "D1", "document_number": "8/KH", "revision": 1}
    assert (found["before"], found["after"]) == (
        {"unit": "P", "document_number": "1/KH"},
        {"unit": "D1", "document_number": "8/KH"},
    )


async def test_an_act_of_succession_names_its_units(quota: Quota):
    await quota.put_units(
        unit("C21", "commune", "D2", "Xã Đăng Hà", valid_to="2025-06-30"),
        *(unit(code, "commune", "D2", code, valid_from="2025-07-01") for code in ("N1", "N2")),
    )
    act = {
        "day": "2025-07-01",
        "decision": {"number": "1/NQ", "date": "2025-06-16"},
        "relation": "split",
        "predecessors": ["C21"],
        "successors": ["N1", "N2"],
        "weights": {"N1": 3, "N2": 1},
        "main": "N1",
    }
    answer = await quota.call("POST", "/v1/successions", json=act)
    assert answer.status_code == 201, answer.text
    (found,) = await audit(quota, "?subject=succession")
    assert found["key"] == {"day": "2025-07-01", "decision_number": "1/NQ", "predecessors": ["C21"]}
    assert found["after"] == {
        "day": "2025-07-01",
        "relation": "split",
        "decision_number": "1/NQ",
        "decision_date": "2025-06-16",
        "predecessors": ["C21"],
        "successors": ["N1", "N2"],
        "weights": {"N1": 3, "N2": 1},
        "weights_total": 4,
        "main": "N1",
    }


async def test_a_unit_that_changes_shows_what_differs(quota: Quota):
    await quota.put_units(unit("C21", "commune", "D2", "Xã Đăng Hà Mới"))
    (found,) = (one for one in await audit(quota, "?subject=unit&limit=1"))
    assert found["key"] == {"code": "C21", "valid_from": None}
    assert (found["before"], found["after"]) == ({"name": "Xã Đăng Hà"}, {"name": "Xã Đăng Hà Mới"})


async def test_what_is_rolled_back_is_not_in_the_audit(quota: Quota):
    before = len(await audit(quota))
    await quota.put_units(unit("C99", "commune", "nowhere", "Xã"))
    await quota.call("PUT", "/v1/units?dry_run=true", json={"units": [unit("C99", "commune", "D1", "Xã")]})
    assert len(await audit(quota)) == before


async def test_it_comes_in_pages_newest_first(quota: Quota):
    admin = quota.as_token("admin")
    pages = [page async for page in admin.pages("/v1/audit?subject=unit&limit=4")]
    assert [len(page) for page in pages] == [4, 2]
    assert await audit(quota, "?until=2020-01-01T00:00:00Z") == []


async def test_only_an_admin_of_everything_reads_it(quota: Quota):
    problem(await quota.call("GET", "/v1/audit"), 403, "scope_missing")
    own = quota.as_token("admin", units=("P",))
    assert (await own.get("/v1/audit"))["items"] == []


async def test_the_database_refuses_to_change_or_empty_it(quota: Quota):
    async with quota.stack.connection("quota") as connection:
        for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
            with pytest.raises(asyncpg.RaiseError, match="never changed"):
                await connection.execute(statement)
        await connection.execute("UPDATE campaign SET revision = revision + 1, definition = definition || '{\"x\": 1}'")
    (found,) = await audit(quota, "?limit=1")
    assert found["actor"] == "bonphu_quota"
    assert found["request_id"] is None
