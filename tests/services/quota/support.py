"""A small province and a campaign in it, and one line for each call of the quota service."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2

from tests.support.stack import Stack

WRITE = "quota:read quota:write"


def unit(code: str, level: str, parent: str | None, name: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "level": level, "kind": level, "parent_code": parent, "name": name, **more}


PROVINCE = [
    unit("P", "province", None, "Tỉnh Sông Bé"),
    unit("D1", "district", "P", "Huyện Lộc Ninh"),
    unit("D2", "district", "P", "Huyện Bù Đăng"),
    unit("C11", "commune", "D1", "Xã Lộc Thạnh"),
    unit("C12", "commune", "D1", "Xã Lộc Thành"),
    unit("C21", "commune", "D2", "Xã Đăng Hà"),
]
"""Two districts with two and one communes, valid for ever."""


def campaign(**more: Any) -> dict[str, Any]:
    return {
        "code": "sb-90d",
        "name": {"vi": "90 ngày, đêm"},
        "unit": "P",
        "first_day": "2024-04-04",
        "last_day": "2024-07-03",
        "indicators": [
            {
                "code": "cccd",
                "kind": "quota",
                "name": {"vi": "Cấp căn cước"},
                "measure": "người",
                "authority": [["register"]],
                "cohorts": [{"code": "first", "name": {"vi": "Lần đầu"}}, {"code": "hard", "name": {"vi": "Khó"}}],
                "reasons": [{"code": "abroad", "name": {"vi": "đi nước ngoài"}}],
            },
            {"code": "sim", "kind": "quota", "name": {"vi": "SIM chính chủ"}, "measure": "SIM"},
            {"code": "news", "kind": "activity", "name": {"vi": "Tin, bài"}},
        ],
        **more,
    }


def line(unit: str, amount: int, *, indicator: str = "cccd", cohort: str | None = None, **more: Any) -> dict[str, Any]:
    return {"unit": unit, "indicator": indicator, "cohort": cohort, "amount": amount, **more}


def plan(unit: str | None, *lines: dict[str, Any], number: str = "1/KH", date: str = "2024-04-04") -> dict[str, Any]:
    return {"unit": unit, "document": {"number": number, "date": date}, "lines": list(lines)}


class Quota:
    """The quota service, called with one token."""

    def __init__(self, stack: Stack, token: str) -> None:
        self.stack = stack
        self.token = token

    def as_token(self, scope: str = WRITE, *, units: tuple[str, ...] | None = ("*",)) -> "Quota":
        return Quota(self.stack, self.stack.token(scope, units=units))

    async def call(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return await self.stack.call("quota", method, path, token=self.token, **more)

    async def get(self, path: str) -> Any:
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def pages(self, path: str) -> AsyncIterator[list[Any]]:
        """The items of each page of a list whose path has a query already."""
        cursor = ""
        while True:
            page = await self.get(path + cursor)
            yield page["items"]
            if page["next_cursor"] is None:
                return
            cursor = f"&cursor={page['next_cursor']}"

    async def put_units(self, *units: dict[str, Any], **more: Any) -> httpx2.Response:
        return await self.call("PUT", "/v1/units", json={"units": list(units)}, **more)

    async def units(self, query: str = "") -> list[str]:
        return [one["code"] for one in (await self.get(f"/v1/units{query}"))["items"]]

    async def province(self) -> None:
        answer = await self.put_units(*PROVINCE)
        assert answer.status_code == 200, answer.text

    async def campaign(self, **more: Any) -> dict[str, Any]:
        answer = await self.call("POST", "/v1/campaigns", json=campaign(**more))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def draft(self, unit: str | None, *lines: dict[str, Any], code: str = "sb-90d", **more: Any) -> str:
        answer = await self.call("POST", f"/v1/campaigns/{code}/plans", json=plan(unit, *lines, **more))
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def issue(self, plan_id: str, **body: Any) -> httpx2.Response:
        return await self.call("POST", f"/v1/plans/{plan_id}/issue", json=body)

    async def issued(self, unit: str | None, *lines: dict[str, Any], **more: Any) -> str:
        plan_id = await self.draft(unit, *lines, **more)
        answer = await self.issue(plan_id)
        assert answer.status_code == 200, answer.text
        return plan_id

    async def amounts(self, query: str = "") -> dict[tuple[str, str, str | None], int]:
        items = (await self.get(f"/v1/campaigns/sb-90d/quotas{query}"))["items"]
        return {(one["unit"], one["indicator"], one["cohort"]): one["amount"] for one in items}

    async def rows(self, table: str) -> int:
        async with self.stack.connection("quota") as connection:
            return await connection.fetchval(f"SELECT count(*) FROM {table}")

    async def events(self) -> list[str]:
        """The kinds of the events recorded so far, in their order."""
        async with self.stack.connection("quota") as connection:
            return [row["kind"] for row in await connection.fetch("SELECT kind FROM outbox ORDER BY seq")]


def problem(answer: httpx2.Response, status: int, code: str) -> list[tuple[str, str]]:
    """The (pointer, code) of each error of a problem that has this status and code."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["code"] == code, body
    return [(error["pointer"], error["code"]) for error in body.get("errors", [])]
