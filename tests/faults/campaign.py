"""A small campaign: two districts of three communes, two indicators, two sources."""

from typing import Any

import httpx2

from tests.faults.installation import Installation

CODE = "deaths"
FIRST_DAY, LAST_DAY = "2024-04-04", "2024-07-03"
COMMUNES = {"D1": ("C11", "C12", "C13"), "D2": ("C21", "C22", "C23")}
SOURCES = ("north", "south")
ADDED, CHOSEN = "sims", "cards"
"""Of `sims` both sources add up; of `cards` the north speaks wherever it has any row, else the south (rule 5)."""
QUOTA = 1_000_000


def _units() -> list[dict[str, Any]]:
    def unit(code: str, level: str, parent: str | None) -> dict[str, Any]:
        return {"code": code, "level": level, "kind": level, "parent_code": parent, "name": f"Đơn vị {code}"}

    return [
        unit("P", "province", None),
        *(unit(district, "district", "P") for district in COMMUNES),
        *(unit(commune, "commune", district) for district, communes in COMMUNES.items() for commune in communes),
    ]


def campaign_named(code: str, *indicators: dict[str, Any]) -> dict[str, Any]:
    """A campaign of the province with these indicators, or with one that nobody reports."""
    return {
        "code": code,
        "name": {"vi": code},
        "unit": "P",
        "first_day": FIRST_DAY,
        "last_day": LAST_DAY,
        "indicators": list(indicators) or [_indicator("news", [])],
    }


def _indicator(code: str, authority: list[list[str]]) -> dict[str, Any]:
    return {"code": code, "kind": "quota", "name": {"vi": code}, "measure": "cái", "authority": authority}


async def set_up(installation: Installation) -> None:
    """Units, campaign, the province's own plan and the sources are there."""
    token = installation.token("quota:read quota:write progress:read admin")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=30) as client:

        async def call(service: str, method: str, path: str, body: Any) -> Any:
            answer = await client.request(method, installation.urls[service] + path, json=body)
            assert answer.status_code in (200, 201), answer.text
            if after := answer.headers.get("consistency-token"):
                client.headers["Consistency-Token"] = after
            return answer.json()

        await call("quota", "PUT", "/v1/units", {"units": _units()})
        indicators = _indicator(ADDED, [list(SOURCES)]), _indicator(CHOSEN, [[one] for one in SOURCES])
        await call("quota", "POST", "/v1/campaigns", campaign_named(CODE, *indicators))
        plan = {
            "unit": None,
            "document": {"number": "1/KH", "date": FIRST_DAY},
            "lines": [{"unit": "P", "indicator": code, "amount": QUOTA} for code in (ADDED, CHOSEN)],
        }
        draft = await call("quota", "POST", f"/v1/campaigns/{CODE}/plans", plan)
        await call("quota", "POST", f"/v1/plans/{draft['id']}/issue", {})
        for source in SOURCES:
            reports = [{"campaign": CODE, "indicator": code, "level": "commune"} for code in (ADDED, CHOSEN)]
            body = {"name": source, "kind": "operator", "reports": reports}
            await call("progress", "PUT", f"/v1/sources/{source}", body)
