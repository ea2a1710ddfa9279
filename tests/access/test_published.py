"""A campaign that is published shows its figures to those it is published to, and nothing else."""

from typing import Any

import pytest

from tests.access.conftest import World, plan, row

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("access")]

SHOWN = "/v1/campaigns/shown"
"""Of the province Q, published to P."""
TO_D1 = {
    "quota GET ": "200 shown",
    "quota GET /plans": "200",
    "quota GET /quotas": "200",
    "quota POST /plans": "422 invalid_input",
    "quota PATCH ": "403 outside_token_units",
    "progress GET /batches": "404 not_found",
    "progress POST /reports": "404 not_found",
    "reporting GET /figures?depth=5": "200 C90 Q",
    "reporting GET /commendation": "200",
    "reporting GET /compliance": "200",
    "reporting GET /contradictions": "404 unit_not_found",
    "reporting GET /reconciliation?unit=C90": "404 unit_not_found",
    "reporting GET /snapshots": "200",
    "reporting GET /ranking?indicator=cards&level=commune": "200 C90",
    "reporting GET /exemptions?indicator=cards": "200",
}
BODIES: dict[str, Any] = {
    "quota POST /plans": plan("Q", "1", C90=1),
    "quota PATCH ": {"published_to": ["*"]},
    "progress POST /reports": {"source": "register", "rows": [row("C90", 1)]},
}


@pytest.mark.parametrize("operation", TO_D1)
async def test_a_publication_opens_figures_and_nothing_else(world: World, operation: str) -> None:
    assert await _cell(world, operation, units=["D1"]) == TO_D1[operation]


@pytest.mark.parametrize("operation", TO_D1)
async def test_it_opens_nothing_to_a_token_without_units(world: World, operation: str) -> None:
    assert (await _cell(world, operation, units=[])).startswith("404 ")


async def _cell(world: World, operation: str, *, units: list[str]) -> str:
    service, method, rest = operation.split(" ")
    scopes = "quota:read quota:write progress:read progress:write reporting:read"
    answer = await world.stack.call(
        service,
        method,
        SHOWN + rest,
        token=world.stack.token(scopes, units=units, source="register"),
        headers={"If-Match": "*"},
        **({"json": BODIES[operation]} if operation in BODIES else {}),
    )
    body = answer.json()
    if answer.status_code >= 300:
        return f"{answer.status_code} {body['code']}"
    shown = [body["code"]] if "code" in body else sorted(one["unit"] for one in _items(body))
    return " ".join([str(answer.status_code), *shown])


def _items(body: Any) -> list[Any]:
    return body if isinstance(body, list) else body["items"]
