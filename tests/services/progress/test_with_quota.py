"""Progress beside the real quota: what quota has just taken can be reported on at once."""

from datetime import date

from services.contracts.words import IndicatorKind
from tests.conftest import Starting
from tests.services.progress.support import Progress, reports, row

UNITS = [
    {
        "code": code,
        "level": level,
        "kind": "x",
        "parent_code": parent,
        "name": code,
        "valid_from": None,
        "valid_to": None,
    }
    for code, level, parent in (
        ("P", "province", None),
        ("D1", "district", "P"),
        ("C11", "commune", "D1"),
        ("C12", "commune", "D1"),
    )
]
CAMPAIGN = {
    "code": "drive",
    "name": {"vi": "Đợt cao điểm"},
    "unit": "P",
    "first_day": "2024-04-04",
    "last_day": "2024-07-03",
    "time_zone": "Asia/Ho_Chi_Minh",
    "hierarchy_day": "2024-04-04",
    "indicators": [
        {
            "code": "sims",
            "kind": IndicatorKind.QUOTA.value,
            "name": {"vi": "SIM"},
            "measure": "SIM",
            "target_rate": "1",
            "target_on": "raw",
            "reconciliation_level": "commune",
        }
    ],
}


async def test_what_quota_has_taken_can_be_reported_on_at_once(start: Starting) -> None:
    async with start("quota", "progress") as stack:
        progress = Progress(stack)
        writer = stack.token("quota:read quota:write admin")
        loaded = await stack.call("quota", "PUT", "/v1/units", token=writer, json={"units": UNITS})
        assert loaded.status_code == 200, loaded.text
        made = await stack.call("quota", "POST", "/v1/campaigns", token=writer, json=CAMPAIGN)
        assert made.status_code == 201, made.text
        await progress.put_source("telco", kind="operator", reports=reports("sims"))
        answer = await progress.post(row("C11"), row("C12"), source="telco")
        assert answer.status_code == 200, answer.text
        late = [{**UNITS[2], "code": "C13", "name": "C13"}]
        await stack.call("quota", "PUT", "/v1/units", token=writer, json={"units": late})
        answer = await progress.post(row("C13"), row("C14"), source="telco", query="?atomic=false")
        assert [(one["row"], one["code"]) for one in answer.json()["errors"]] == [(1, "unknown_unit")]
        after = ", ".join([loaded.headers["Consistency-Token"], made.headers["Consistency-Token"]])
        read = await stack.call(
            "progress", "GET", "/v1/campaigns/drive/batches", token=progress.token("telco"), after=after
        )
        assert len(read.json()["items"]) == 2
        assert await progress.fetch("SELECT hierarchy_day FROM campaign_copy") == [(date(2024, 4, 4),)]
