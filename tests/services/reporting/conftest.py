from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
import pytest

from services.contracts.words import Outcome
from services.reporting.upkeep import verify
from tests.services.reporting.drive import Drive
from tests.services.reporting.figures.test_real_path import CAMPAIGN, UNITS
from tests.services.reporting.support import NOON, ReadModel, indicator
from tests.services.reporting.upkeep.province import Province
from tests.support.clock import MovableClock
from tests.support.stack import Stack


@pytest.fixture
async def reading(
    start: Callable[..., AbstractAsyncContextManager[Stack]], clock: MovableClock
) -> AsyncIterator[Stack]:
    """The reporting service, after the campaign's last day, and quota, which it asks before it refuses."""
    clock.set(NOON)
    async with start("quota", "reporting") as stack:
        yield stack


Writing = Callable[[ReadModel], Awaitable[None]]


@pytest.fixture
def written(databases: dict[str, str]) -> Writing:
    """Writes a read model into the database."""

    async def write(model: ReadModel) -> None:
        connection = await asyncpg.connect(databases["reporting"])
        try:
            await model.write(connection)
        finally:
            await connection.close()

    return write


@pytest.fixture
def get(reading: Stack) -> Callable[..., Awaitable[Any]]:
    """`await get("figures", unit="688", units=["688"])`: the decoded answer of a 200."""

    async def ask(
        path: str, *, units: tuple[str, ...] | None = ("*",), scope: str = "reporting:read", **parameters: Any
    ) -> Any:
        token = reading.token(scope, units=units)
        answer = await reading.call("reporting", "GET", f"/v1/campaigns/bp/{path}", token=token, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture
def refused(reading: Stack) -> Callable[..., Awaitable[tuple[int, str]]]:
    """Status and problem code of what is not answered."""

    async def ask(path: str, *, units: tuple[str, ...] | None = ("*",), **parameters: Any) -> tuple[int, str]:
        token = reading.token("reporting:read", units=units)
        answer = await reading.call("reporting", "GET", f"/v1/campaigns/{path}", token=token, params=parameters)
        return answer.status_code, answer.json()["code"]

    return ask


@pytest.fixture
def ask(reading: Stack) -> Callable[..., Awaitable[Any]]:
    """`await ask("figures", units=["*"], campaign="bp", …)`: the decoded answer of the gateway's question."""

    async def put(
        question: str, *, seen: tuple[str, ...] | None = ("*",), scope: str = "reporting:read", **fields: Any
    ) -> Any:
        token = reading.token(scope, units=seen)
        answer = await reading.call("reporting", "POST", f"/internal/graph/{question}", token=token, json=fields)
        return answer.json() | {"status": answer.status_code}

    return put


@pytest.fixture
async def province(start: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Province]:
    """A small campaign, planned and reported on through the services, all of which reporting has applied."""
    clock.set(NOON)
    monkeypatch.setattr(verify, "PAUSES_SECONDS", (0.05,))
    async with start("quota", "progress", "reporting") as stack:
        one = Province(stack)
        await one.tell("quota", "PUT", "/v1/units", {"units": UNITS})
        await one.tell("quota", "POST", "/v1/campaigns", CAMPAIGN)
        await one.plan(None, ("70", 1000))
        await one.plan("70", ("688", 837), ("689", 163))
        reports = [{"campaign": "bp", "indicator": "cccd", "level": "commune"}]
        for code in ("csdlqg", "self_report"):
            body = {"name": code, "kind": "register", "reports": reports}
            await one.tell("progress", "PUT", f"/v1/sources/{code}", body)
        await one.report("csdlqg", ("25001", "2024-05-01", 530), ("25002", "2024-05-02", 49))
        await one.report("csdlqg", ("25001", "2024-05-01", 531), ("25003", "2024-05-03", 163))
        await one.report("csdlqg", ("25002", "2024-05-04", 60), mode="cumulative")
        await one.report("self_report", ("25003", "2024-05-01", 7), ("25001", "2024-04-30", 5))
        withdrawn = await one.report("csdlqg", ("25003", "2024-05-06", 999))
        await one.tell("progress", "POST", f"/v1/batches/{withdrawn}/void", {"reason": "nhầm"})
        await one.shown()
        yield one


@pytest.fixture
async def drive(start: Any, clock: Any) -> AsyncIterator[Drive]:
    """A campaign through quota and progress, after its last day; `await drive.begin()` makes it."""
    clock.set(NOON)
    async with start("quota", "progress", "reporting") as stack:
        yield Drive(stack)


@pytest.fixture
def fetch(reading: Stack) -> Callable[..., Awaitable[Any]]:
    """`await fetch("export", units=["688"], format="csv")`: the answer, whatever it is."""

    async def ask(path: str, *, units: tuple[str, ...] = ("*",), **parameters: Any) -> Any:
        token = reading.token("reporting:read", units=units)
        return await reading.call("reporting", "GET", f"/v1/campaigns/bp/{path}", token=token, params=parameters)

    return ask


@pytest.fixture
async def results(written: Writing) -> ReadModel:
    """Four districts of a simulated campaign, 187 cases of one of them exempt for a reason that is sensitive."""
    model = ReadModel(indicator("cccd", name={"vi": "Cấp căn cước công dân"}), labels=("simulated",))
    model.quota("70", "cccd", 5112)
    for code, quota, achieved in (("688", 837, 579), ("689", 1487, 834), ("690", 1301, 464), ("691", 1487, 890)):
        model.quota(code, "cccd", quota)
        model.report(code, "cccd", achieved)
    model.report("688", "cccd", 187, outcome=Outcome.EXEMPT, reason="illness")
    await written(model)
    return model
