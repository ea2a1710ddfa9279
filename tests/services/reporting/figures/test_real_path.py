"""Figures through the services themselves: plans from quota, reports from progress, roll-ups by the projector."""

from typing import Any

from tests.services.reporting.support import NOON
from tests.support.stack import Stack

UNITS = [
    {"code": "70", "level": "province", "kind": "tinh", "parent_code": None, "name": "Tỉnh Bình Phước"},
    {"code": "688", "level": "district", "kind": "thi xa", "parent_code": "70", "name": "Thị xã Phước Long"},
    {"code": "689", "level": "district", "kind": "huyen", "parent_code": "70", "name": "Huyện Lộc Ninh"},
    {"code": "25001", "level": "commune", "kind": "phuong", "parent_code": "688", "name": "Phường Thác Mơ"},
    {"code": "25002", "level": "commune", "kind": "phuong", "parent_code": "688", "name": "Phường Long Thủy"},
    {"code": "25003", "level": "commune", "kind": "xa", "parent_code": "689", "name": "Xã Lộc Thạnh"},
]
CAMPAIGN = {
    "code": "bp",
    "name": {"vi": "90 ngày, đêm"},
    "unit": "70",
    "first_day": "2024-04-04",
    "last_day": "2024-07-03",
    "time_zone": "Asia/Ho_Chi_Minh",
    "hierarchy_day": "2024-04-04",
    "decision": {"number": "128/KH-UBND", "date": "2024-04-04"},
    "rounding": {"decimals": 2, "mode": "half_up"},
    "indicators": [
        {
            "code": "cccd",
            "kind": "quota",
            "name": {"vi": "Căn cước"},
            "measure": "người",
            "target_rate": "1",
            "target_on": "raw",
            "counts_baseline": False,
            "reconciliation_level": "commune",
            "authority": [["csdlqg"], ["self_report"]],
            "reasons": [{"code": "absent", "name": {"vi": "Vắng mặt"}, "sensitive": False}],
        }
    ],
}


async def test_figures_follow_plans_and_reports(start: Any, clock: Any) -> None:
    clock.set(NOON)
    async with start("quota", "progress", "reporting") as stack:
        admin = stack.token("quota:read quota:write progress:read progress:write reporting:read admin")
        clerk = stack.token("progress:write", source="csdlqg")
        tokens: list[str] = []

        async def told(service: str, method: str, path: str, body: Any, token: str = admin) -> Any:
            answer = await stack.call(service, method, path, token=token, json=body, after=",".join(tokens))
            assert answer.status_code < 300, answer.text
            if answer.headers.get("consistency-token"):
                tokens.append(answer.headers["consistency-token"])
            return answer.json()

        async def plan(unit: str | None, *lines: tuple[str, int]) -> None:
            named = [{"unit": code, "indicator": "cccd", "cohort": None, "amount": amount} for code, amount in lines]
            document = {"number": "1/KH", "date": "2024-04-04"}
            body = {"unit": unit, "document": document, "lines": named}
            drafted = await told("quota", "POST", "/v1/campaigns/bp/plans", body)
            await told("quota", "POST", f"/v1/plans/{drafted['id']}/issue", {"issued_at": "2024-04-04T02:00:00Z"})

        async def figures(stack: Stack, **asked: Any) -> dict[str, Any]:
            answer = await stack.call(
                "reporting", "GET", "/v1/campaigns/bp/figures", token=admin, params=asked, after=",".join(tokens)
            )
            assert answer.status_code == 200, answer.text
            return {one["unit"]: one for one in answer.json()["items"]}

        await told("quota", "PUT", "/v1/units", {"units": UNITS})
        await told("quota", "POST", "/v1/campaigns", CAMPAIGN)
        at_once = await stack.call("reporting", "GET", "/v1/campaigns/bp/figures?unit=25003", token=admin)
        assert at_once.status_code == 200, "the owner is asked, and what it knows is waited for"
        await plan(None, ("70", 1000))
        await plan("70", ("688", 837), ("689", 163))
        await plan("688", ("25001", 500), ("25002", 337))
        reports = [{"campaign": "bp", "indicator": "cccd", "level": "commune"}]
        await told("progress", "PUT", "/v1/sources/csdlqg", {"name": "CSDLQG", "kind": "register", "reports": reports})
        rows = [
            {"unit": "25001", "indicator": "cccd", "day": "2024-05-01", "value": 530},
            {"unit": "25002", "indicator": "cccd", "day": "2024-05-02", "value": 49},
            {
                "unit": "25002",
                "indicator": "cccd",
                "day": "2024-05-02",
                "outcome": "exempt",
                "reason": "absent",
                "value": 187,
                "mode": "cumulative",
            },
            {"unit": "25003", "indicator": "cccd", "day": "2024-07-03", "value": 163},
        ]
        batch = {"source": "csdlqg", "mode": "daily", "labels": ["simulated"], "rows": rows}
        await told("progress", "POST", "/v1/campaigns/bp/reports", batch, clerk)

        found = await figures(stack, depth=2)

        assert list(found) == ["70", "688", "689", "25001", "25002", "25003"]
        district = found["688"]
        assert district["rate"] == {"numerator": 579, "denominator": 837, "printed": "69,18"}
        assert district["adjusted_rate"] == {"numerator": 579, "denominator": 650, "printed": "89,08"}
        assert (district["quota_basis"], district["rank"], district["ranked_of"]) == ("received", 2, 2)
        assert (district["coverage"], district["labels"]) == ({"reported": 2, "expected": 2}, ["simulated"])
        assert (district["last_day"], district["last_received_at"]) == ("2024-05-02", "2024-07-10T05:00:00Z")
        assert (found["70"]["achieved"], found["70"]["exempt"], found["70"]["quota"]) == (742, 187, 1000)
        before = await figures(stack, depth=2, as_of="2024-05-01")
        assert (before["688"]["achieved"], before["688"]["exempt"], before["689"]["achieved"]) == (530, None, None)
        assert before["70"]["coverage"] == {"reported": 1, "expected": 2}

        rows[0]["value"] = 531
        await told("progress", "POST", "/v1/campaigns/bp/reports", batch | {"rows": rows[:1]}, clerk)
        assert (await figures(stack))["70"]["achieved"] == 743
        for path in ("none/figures", "bp/figures?unit=777"):
            absent = await stack.call("reporting", "GET", f"/v1/campaigns/{path}", token=admin)
            assert absent.status_code == 404
        narrow = stack.token("reporting:read", units=["688"])
        hidden = await stack.call("reporting", "GET", "/v1/campaigns/bp/figures?unit=689", token=narrow)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "unit_not_found")
