from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from gateway.pages import Pages
from services.chassis.problems import install_problem_handlers

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dist"


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    install_problem_handlers(app)
    app.mount("/", Pages(folder))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://gateway") as one:
        yield one


def build(folder: Path) -> None:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>dashboard</title>")
    (folder / "graphiql.html").write_text("<title>graphiql</title>")
    (folder / ".built-from").write_text("x")
    (folder / "assets" / "app-1a2b.js").write_text("1")


async def test_where_nothing_is_built_a_sentence_says_so(client: httpx2.AsyncClient, folder: Path) -> None:
    answer = await client.get("/", headers=BROWSER)
    assert answer.status_code == 200
    assert "not built" in answer.text
    assert (await client.get("/assets/app.js")).status_code == 404
    assert b"not built" in bytes(Pages(folder).graphiql().body)


async def test_the_built_pages_are_served_and_nothing_may_load_from_elsewhere(
    client: httpx2.AsyncClient, folder: Path
) -> None:
    build(folder)
    page = await client.get("/", headers=BROWSER)
    assert page.text == "<title>dashboard</title>"
    assert page.headers["cache-control"] == "no-cache"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    script = await client.get("/assets/app-1a2b.js")
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["x-content-type-options"] == "nosniff"
    assert b"graphiql" in bytes(Pages(folder).graphiql().body)


async def test_what_is_no_page_is_a_problem_document(client: httpx2.AsyncClient, folder: Path) -> None:
    build(folder)
    for path in ("/nothing", "/.built-from", "/..%2f..%2fetc/passwd", "/%00"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert (await client.post("/")).status_code == 405
