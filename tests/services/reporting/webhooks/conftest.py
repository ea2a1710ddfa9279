from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.reporting.webhooks import delivering
from tests.services.reporting.webhooks.receiver import Receiver

SCOPES = "reporting:read reporting:publish"


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "LOOK_SECONDS", 0.05)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as one:
        yield one


class Hooks:
    """The webhooks of one running stack."""

    def __init__(self, stack: Any) -> None:
        self.stack = stack

    async def call(
        self, method: str, path: str = "", *, units: tuple[str, ...] = ("*",), scopes: str = SCOPES, **more: Any
    ) -> Any:
        token = self.stack.token(scopes, units=units, subject=more.pop("subject", "tester"))
        return await self.stack.call("reporting", method, f"/v1/webhooks{path}", token=token, **more)

    async def put(self, receiver: Receiver, *, code: str = "dash", **more: Any) -> Any:
        units = more.pop("units", ("*",))
        body = {"code": code, "url": receiver.url, "events": ["snapshot_published"], **more}
        answer = await self.call("PUT", json=body, units=units)
        assert answer.status_code == 201, answer.text
        receiver.secret = answer.json()["secret"]
        return answer.json()

    async def deliveries(self, code: str = "dash") -> list[dict[str, Any]]:
        answer = await self.call("GET", f"/{code}/deliveries")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def publish(self) -> dict[str, Any]:
        token = self.stack.token(SCOPES)
        answer = await self.stack.call(
            "reporting", "POST", "/v1/campaigns/bp/snapshots", token=token, json={"as_of": "2024-07-03"}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()
