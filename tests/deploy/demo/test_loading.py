"""Loading through the public APIs: once, twice, and after an interruption."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from deploy import demo
from deploy.demo.documents import BINH_PHUOC, read_documents
from deploy.demo.reports import report_batches
from services.chassis.clock import SystemClock
from tests.conftest import Starting
from tests.deploy.demo.altered import shortened_copy
from tests.support.stack import Stack
from tests.support.waiting import until

LAST_DAY = "2024-04-10"


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents of a campaign of seven days, in which everything of the real one came about."""
    return shortened_copy(BINH_PHUOC, tmp_path_factory.mktemp("week") / "binh_phuoc", last_day=LAST_DAY)


@pytest.fixture
def clock() -> SystemClock:
    """The load mints its tokens by the time of day: a clock that stands still would find them made in the future."""
    return SystemClock()


async def _load(stack: Stack, data: Path) -> list[str]:
    said: list[str] = []
    await demo.load(
        quota_url=stack.urls["quota"],
        progress_url=stack.urls["progress"],
        reporting_url=stack.urls["reporting"],
        issuer=stack.issuer,
        announce=said.append,
        data=data,
    )
    return said


async def _batches(stack: Stack, campaign: str) -> list[dict]:
    token = stack.token("progress:read quota:read")
    answer = await stack.call("progress", "GET", f"/v1/campaigns/{campaign}/batches?limit=1000", token=token)
    return answer.json()["items"] if answer.status_code == 200 else []


async def _figures(stack: Stack, campaign: str, unit: str) -> dict[str, tuple[int, ...]]:
    path = f"/v1/campaigns/{campaign}/figures?unit={unit}"
    answer = await stack.call("reporting", "GET", path, token=stack.token("reporting:read"))
    return {
        one["indicator"]: (one["quota"], one["achieved"], one["exempt"], one["declined"])
        for one in answer.json()["items"]
    }


PROVINCE = {
    "cccd": (19883, 10963, 6439, 2481),
    "eid_activation": (357048, 164232, 102039, 90777),
    "smartphone_4g": (22095, 22471, None, None),
    "sim_esign": (374443, 251743, None, None),
}


async def test_what_is_loaded_shows_at_once_and_is_loaded_once(start: Starting, week: Path) -> None:
    documents = read_documents(week)
    campaign, expected = documents.campaign.code, report_batches(documents)
    async with start("quota", "progress", "reporting") as stack:
        await _load(stack, week)
        assert await _figures(stack, campaign, "70") == PROVINCE
        first = await _batches(stack, campaign)
        assert sorted((one["source"], tuple(one["labels"])) for one in first) == sorted(
            (one.source, one.labels) for one in expected
        )
        assert all(one["received_at"].startswith("2024-04-") for one in first)

        assert "already" in (await _load(stack, week))[-1]
        assert await _batches(stack, campaign) == first


async def test_a_load_that_was_interrupted_goes_on(start: Starting, week: Path) -> None:
    documents = read_documents(week)
    campaign, expected = documents.campaign.code, report_batches(documents)
    async with start("quota", "progress", "reporting") as stack:
        loading = asyncio.create_task(_load(stack, week))
        await until(lambda: _batches(stack, campaign), lambda found: len(found) >= 5, within=30)
        loading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await loading
        assert len(await _batches(stack, campaign)) < len(expected)

        await _load(stack, week)
        assert len(await _batches(stack, campaign)) == len(expected)
        assert await _figures(stack, campaign, "70") == PROVINCE


async def test_plans_that_stayed_drafts_are_issued_by_the_next_load(start: Starting, week: Path) -> None:
    documents = read_documents(week)
    campaign = documents.campaign.code
    async with start("quota", "progress", "reporting") as stack:
        reader = stack.token("quota:read")

        async def plans() -> list[dict]:
            answer = await stack.call("quota", "GET", f"/v1/campaigns/{campaign}/plans", token=reader)
            return answer.json()["items"] if answer.status_code == 200 else []

        loading = asyncio.create_task(_load(stack, week))
        await until(plans, lambda found: len(found) >= 3, within=30)
        loading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await loading

        await _load(stack, week)
        found = await plans()
        assert len(found) == 13
        assert {one["status"] for one in found} == {"issued"}
