"""A headless Chromium, where this machine has one."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import BrowserContext, async_playwright


def chromium() -> str:
    """Where it is; the test is skipped where it is not, or fails under `BONPHU_REQUIRE_BROWSER`."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        missing = "there is no Chromium here"
        if os.environ.get("BONPHU_REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@asynccontextmanager
async def browsing(*, width: int = 1280, height: int = 900) -> AsyncGenerator[BrowserContext]:
    """A window of its own."""
    async with async_playwright() as playwright:
        # Root in a container has no sandbox; what is opened is our own.
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield await browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN")
        finally:
            await browser.close()
