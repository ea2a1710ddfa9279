"""The dashboard, GraphiQL and the guide's example page, as somebody sees them in a browser."""

import functools
import http.server
import re
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from deploy import CHECKOUT
from deploy.pages import build_pages
from tests.gateway.live.conftest import move
from tests.support.browser import browsing, chromium
from tests.support.stack import Stack

__all__ = ["move"]

pytestmark = pytest.mark.browser
WAIT = 15_000


@pytest.fixture(scope="session")
def built() -> None:
    chromium()
    said: list[str] = []
    assert build_pages(said.append), said


@asynccontextmanager
async def opened(url: str, *, token: str | None = None, **more: int) -> AsyncGenerator[Page]:
    """The page; it says nothing in the console and loads nothing from elsewhere."""
    troubles: list[str] = []
    async with browsing(**more) as context:
        context.set_default_timeout(WAIT)
        if token is not None:  # as if it had been pasted in this tab before
            await context.add_init_script(f"sessionStorage.setItem('bonphu-token', '{token}')")
        page = await context.new_page()
        page.on("console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda fault: troubles.append(str(fault)))
        page.on("request", lambda asked: None if _is_own(asked.url, url) else troubles.append(asked.url))
        await page.goto(url)
        try:
            yield page
        except Exception as fault:
            fault.add_note(f"The page said: {troubles}")
            raise
        assert not troubles


def _is_own(asked: str, url: str) -> bool:
    return urlsplit(asked).hostname in (urlsplit(url).hostname, None) or asked.startswith(("data:", "blob:"))


async def test_from_the_token_to_a_units_figures_and_back(graph: Stack, built: None) -> None:
    token = graph.token("reporting:read")
    async with opened(f"{graph.urls['gateway']}/") as page:
        await page.get_by_role("textbox").fill(f"Bearer {token}")
        await page.get_by_role("button", name="Dùng mã").or_(page.locator("button.primary")).first.click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=WAIT)
        await expect(page.locator("main")).to_contain_text("62,86", timeout=WAIT)  # 589 of 937, a comma
        link = page.locator("main table a").filter(has_text="688").or_(page.locator("main table a")).first
        name = await link.inner_text()
        await link.click()
        await expect(page).to_have_url(re.compile(r"unit=\d+"))
        await expect(page.locator("main")).to_contain_text(name, timeout=WAIT)
        assert token not in page.url
        await page.go_back()
        await expect(page.locator("main")).to_contain_text("62,86", timeout=WAIT)


async def test_a_token_that_sees_nothing_is_told_so(graph: Stack, built: None) -> None:
    async with opened(f"{graph.urls['gateway']}/") as page:
        await page.get_by_role("textbox").fill(graph.token("reporting:read", units=["75"]))
        await page.locator("button.primary").click()
        await expect(page.locator("main")).not_to_contain_text("579")
        await expect(page.locator("main")).not_to_be_empty()


async def test_it_fits_a_phone(graph: Stack, built: None) -> None:
    async with opened(f"{graph.urls['gateway']}/", width=390, height=800) as page:
        await page.get_by_role("textbox").fill(graph.token("reporting:read"))
        await page.locator("button.primary").click()
        await expect(page.locator("main")).to_contain_text("62,86", timeout=WAIT)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no scrolling sideways"


async def test_graphiql_opens_without_the_world(graph: Stack, built: None) -> None:
    token = graph.token("reporting:read")
    async with opened(f"{graph.urls['gateway']}/graphiql.html", token=token) as page:
        await expect(page.locator(".graphiql-container").first).to_be_visible(timeout=WAIT)
        await page.wait_for_load_state("networkidle")  # the schema has come
        async with page.expect_response("**/graphql") as answered:
            await page.locator(".graphiql-execute-button").click()
        assert "data" in await (await answered.value).json()
        assert token not in page.url


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def elsewhere() -> Generator[str]:
    """The address of another origin, which serves the guide's examples."""
    handler = functools.partial(_Quiet, directory=str(CHECKOUT / "docs" / "examples"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_the_example_page_of_another_origin_shows_changes_as_they_come(
    graph: Stack, elsewhere: str, move: Callable[..., Awaitable[None]]
) -> None:
    async with opened(f"{elsewhere}/board.html#bp/cccd") as page:
        await page.get_by_label("Address").fill(f"{graph.urls['gateway']}/graphql")
        await page.get_by_label("Token").fill(graph.token("reporting:read"))
        await page.get_by_role("button").click()
        row = page.locator("tbody tr").filter(has_text="579")
        await expect(row).to_contain_text("69,18 %")
        await move("688", 1)
        await expect(page.locator("tbody")).to_contain_text("580")


def test_the_example_page_stays_short() -> None:
    assert len((CHECKOUT / "docs" / "examples" / "board.html").read_text().splitlines()) <= 55
