"""Every field of the graph, for everybody who may come."""

from typing import Any

import pytest
from graphql import GraphQLObjectType

from gateway.graph.schema import core_schema
from tests.access.conftest import World
from tests.access.graph_fields import THINGS, VIEWERS, By, Thing
from tests.access.principals import PRINCIPALS, token_of

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("access")]

REFUSED = {"no token": (401, "unauthenticated"), "expired": (401, "unauthenticated")}
SCOPE = (403, "scope_missing")


async def test_every_field_has_a_row_in_the_table() -> None:
    schema = core_schema()
    found = {
        f"{kind.name}.{field}"
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        if kind is not schema.subscription_type  # comes as a stream: tests/gateway/live/test_access.py
        for field in kind.fields
    }
    rows = {f"{thing.kind}.{field}" for thing in THINGS for field in thing.fields}
    assert not found - rows, (
        f"{', '.join(sorted(found - rows))}: new without a row in tests/access/graph_fields.py;"
        " say there what each viewer sees of it."
    )
    assert not rows - found, f"{', '.join(sorted(rows - found))}: in the table and nowhere else; remove the row."


@pytest.mark.parametrize("principal", [one for one in PRINCIPALS if one not in VIEWERS])
async def test_whoever_may_not_read_figures_asks_for_no_field_at_all(world: World, principal: str) -> None:
    query, *others = [(thing, list(thing.fields)) for thing in THINGS]
    for thing, fields in [*((query[0], [field]) for field in query[1]), *others]:
        status, body = await _ask(world, thing, principal, fields=fields)
        assert (status, body["code"]) == REFUSED.get(principal, SCOPE), f"{thing.kind}.{fields} for {principal}"


@pytest.mark.parametrize("principal", VIEWERS)
@pytest.mark.parametrize("thing", THINGS, ids=lambda one: one.kind)
async def test_everybody_sees_of_a_field_what_the_table_says(world: World, thing: Thing, principal: str) -> None:
    viewer = VIEWERS[principal]
    status, body = await _ask(world, thing, principal, fields=list(thing.fields))
    assert status == 200, body
    found = body["data"]
    for step in thing.path:
        found = _step(found, step)
    if viewer not in thing.seen_by:
        assert found is None, f"{thing.kind} is not for {principal}"
        return
    assert found is not None, f"{thing.kind} is for {principal}: {body}"
    wrong = []
    for field, (_, expected) in thing.fields.items():
        value = expected._asdict()[viewer] if isinstance(expected, By) else expected
        if found[field] != value if value is not ... else found[field] is None:
            wrong.append(f"{thing.kind}.{field} for {principal}: {found[field]!r}, expected {value!r}")
    assert not wrong, "\n".join(wrong)


def _step(found: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return found[step] if found else None
    return None if found is None else found[step]


async def _ask(world: World, thing: Thing, principal: str, *, fields: list[str]) -> tuple[int, Any]:
    selection = " ".join(f"{field}{thing.fields[field][0]}" for field in fields)
    answer = await world.stack.call(
        "gateway",
        "POST",
        "/graphql",
        token=token_of(principal, world.stack, scopes="reporting:read"),
        json={"query": thing.query % selection},
    )
    return answer.status_code, answer.json()
