"""Every operation of every service, for everybody who may come."""

from collections.abc import Iterable, Iterator
from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Route

from tests.access.conftest import World
from tests.access.operations import OPEN_DOCUMENTS, OPERATIONS, Row
from tests.access.principals import PRINCIPALS, token_of

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("access")]


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    """All routes, those of included routers too: what is between services is in no document."""
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is None:
            yield route
        else:
            yield from _routes(router.routes)


def _documented(app: Any) -> set[str]:
    return {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods}


@pytest.mark.parametrize("service", ["quota", "progress", "reporting", "gateway"])
async def test_every_operation_has_a_row_in_the_table(world: World, service: str) -> None:
    app = world.stack.apps[service]
    found = {f"{service} {one}" for one in _documented(app)}
    for route in _routes(app.routes):
        if isinstance(route, APIRoute) and route.include_in_schema | ("/internal/" in route.path):
            found |= {f"{service} {method} {route.path}" for method in route.methods}
        elif isinstance(route, Route | APIRoute):
            assert route.path in OPEN_DOCUMENTS, f"{service} answers {route.path} to everybody: is that meant?"
    rows = {name for name in OPERATIONS if name.startswith(f"{service} ")}
    assert not found - rows, (
        f"{', '.join(sorted(found - rows))}: new without a row in tests/access/operations.py;"
        " say there what each principal gets from it."
    )
    assert not rows - found, f"{', '.join(sorted(rows - found))}: in the table and nowhere else; remove the row."


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_everybody_gets_from_an_operation_what_the_table_says(world: World, operation: str) -> None:
    row = OPERATIONS[operation]
    assert set(row.cells) == set(PRINCIPALS), "a row has a cell for each principal"
    reads = " GET " in operation
    before = None if reads else await world.recorded()
    wrong = []
    for principal in PRINCIPALS:
        found = _cell(row, await _answer(world, operation, row, principal))
        if found != row.cells[principal]:
            wrong.append(f"{principal}: {found!r}, expected {row.cells[principal]!r}")
    assert not wrong, f"{operation}\n" + "\n".join(wrong)
    assert reads or await world.recorded() == before, f"{operation} was meant to change nothing"


async def _answer(world: World, operation: str, row: Row, principal: str) -> httpx2.Response:
    service, method, _ = operation.split(" ")
    path = row.path
    for name, key in world.names.items():
        path = path.replace(f"{{{name}}}", key)
    return await world.stack.call(
        service,
        method,
        path,
        token=token_of(principal, world.stack, scopes=row.scopes, source=row.source),
        headers=row.headers,
        **({} if row.body is None else {"json": row.body}),
    )


def _cell(row: Row, answer: httpx2.Response) -> str:
    status = answer.status_code
    if status < 300:
        is_json = answer.headers["content-type"].startswith("application/json")
        return " ".join([str(status), *sorted(row.shows(answer.json() if is_json else answer.text))])
    body = answer.json()
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
    return f"{status} {body['code'] if 'code' in body else body['errors'][0]['code']}"
