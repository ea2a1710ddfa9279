"""Sources: registered, replaced, listed."""

import msgspec

from services.contracts.events import SourceChanged
from services.contracts.words import Level
from tests.services.progress.support import Progress, StubQuota, campaign, reports, row, unit


async def told(progress: Progress) -> list[SourceChanged]:
    rows = await progress.fetch("SELECT payload FROM outbox WHERE kind = 'source_changed' ORDER BY seq")
    return [msgspec.json.decode(one["payload"], type=SourceChanged) for one in rows]


async def listed(progress: Progress, token: str, query: str = "") -> list[str]:
    answer = await progress.stack.call("progress", "GET", f"/v1/sources{query}", token=token)
    assert answer.status_code == 200, answer.text
    return [one["code"] for one in answer.json()["items"]]


async def test_a_source_is_new_then_replaced_then_the_same(bare: Progress) -> None:
    await bare.tell_campaign()
    body = {"name": "Viettel", "kind": "operator", "reports": reports("sims"), "aliases": {"VT-17": "C11"}}
    first = await bare.put_source("viettel", 201, **body)
    assert first.json() == {"code": "viettel", **body}
    assert first.headers["Consistency-Token"]
    await bare.put_source("viettel", 200, **{**body, "name": "Tập đoàn Viettel"})
    same = await bare.put_source("viettel", 200, **{**body, "name": "Tập đoàn Viettel"})
    assert "Consistency-Token" not in same.headers
    events = await told(bare)
    assert [(one.source.name, one.source.revision) for one in events] == [("Viettel", 1), ("Tập đoàn Viettel", 2)]
    assert events[0].source.id == events[1].source.id


async def test_what_a_source_cannot_say_is_refused_with_its_place(bare: Progress) -> None:
    await bare.tell_campaign()
    cases = [
        (reports("sims", of="unheard"), "/reports/0/campaign", "unknown_campaign"),
        (reports("sims", "nothing"), "/reports/1/indicator", "unknown_indicator"),
        (reports("handed_on"), "/reports/0/indicator", "indicator_not_reportable"),
        (reports("sims", level="district"), "/reports/0/level", "level_above_reconciliation"),
        ([*reports("sims"), *reports("sims", level="team")], "/reports/1", "reported_twice"),
    ]
    for given, pointer, code in cases:
        answer = await bare.put_source("viettel", 422, reports=given)
        assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]
    assert (await bare.put_source("viettel", 422, extra=1)).json()["errors"][0]["pointer"] == "/extra"
    assert (await bare.put_source("viettel", 422, kind="friend")).json()["errors"][0]["pointer"] == "/kind"
    assert await bare.fetch("SELECT FROM source") == []
    assert await told(bare) == []


async def test_a_source_may_report_below_the_reconciliation_level(bare: Progress) -> None:
    await bare.tell_campaign()
    await bare.put_source("hamlets", 201, reports=reports("sims", level="residential_area"))
    answer = await bare.post(row("H111"), source="hamlets")
    assert answer.status_code == 200
    refused = await bare.post(row("C11"), source="hamlets")
    assert refused.json()["errors"][0]["code"] == "wrong_level"


async def test_the_level_of_what_has_come_is_fixed(progress: Progress) -> None:
    await progress.post(row("T-1"), source="telco")
    moved = await progress.put_source("telco", 409, reports=reports("sims", level="residential_area"))
    assert moved.json()["code"] == "source_level_fixed"
    await progress.put_source("telco", 200, reports=[])
    await progress.put_source("telco", 409, reports=reports("sims", level="residential_area"))
    await progress.put_source("telco", 200, reports=reports("sims"))


async def test_what_a_source_no_longer_reports_is_refused(progress: Progress) -> None:
    assert (await progress.post(row())).status_code == 200
    await progress.put_source("registry", 200, reports=reports("cards"))
    answer = await progress.post(row())
    assert answer.json()["errors"][0]["code"] == "indicator_not_reported_by_source"


async def test_only_administrators_register_sources(bare: Progress) -> None:
    token = bare.stack.token("progress:write progress:read")
    answer = await bare.stack.call(
        "progress", "PUT", "/v1/sources/x", token=token, json={"name": "X", "kind": "police"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert await bare.fetch("SELECT FROM source") == []


async def test_a_campaign_that_the_copy_does_not_know_is_asked_of_quota(bare: Progress, quota: StubQuota) -> None:
    quota.campaigns["drive"] = campaign()
    quota.units = [unit(1, "P", Level.PROVINCE, None)]
    await bare.put_source("viettel", 201, reports=reports("sims"))
    assert quota.asked == ["/internal/campaigns/drive", "/internal/units?codes=P&on=2024-04-04"]


async def test_lists_show_what_the_token_may_see(progress: Progress) -> None:
    await progress.tell_campaign(id=8, code="other", unit="Q", unit_id=2)
    await progress.put_source("elsewhere", reports=reports("sims", of="other"))
    read = "progress:read"
    assert await listed(progress, progress.stack.token(read)) == ["elsewhere", "registry", "telco"]
    assert await listed(progress, progress.stack.token(read, source="telco", units=["P"])) == ["telco"]
    assert await listed(progress, progress.stack.token(read, source="telco")) == ["elsewhere", "registry", "telco"]
    assert await listed(progress, progress.stack.token(read, units=["C11"])) == ["registry", "telco"]
    assert await listed(progress, progress.stack.token(read, units=["Q"])) == ["elsewhere"]
    assert await listed(progress, progress.stack.token(read, units=None)) == []


async def test_pages_follow_each_other(progress: Progress) -> None:
    token = progress.stack.token("progress:read")
    first = await progress.stack.call("progress", "GET", "/v1/sources?limit=1", token=token)
    assert [one["code"] for one in first.json()["items"]] == ["registry"]
    rest = f"?limit=1&cursor={first.json()['next_cursor']}"
    second = await progress.stack.call("progress", "GET", f"/v1/sources{rest}", token=token)
    assert [one["code"] for one in second.json()["items"]] == ["telco"]
    assert second.json()["next_cursor"] is None
