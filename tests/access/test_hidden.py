"""Outside its subtree a token learns nothing: what is hidden answers as what does not exist.

To the byte, and in the same time: a denial leaves with the next step of the clock, all else took the same statements.
"""

from typing import Any

import httpx2
import pytest
import pytest_asyncio
from graphql import GraphQLObjectType

from gateway.graph.schema import core_schema
from services.chassis.even_answers import DENYING
from services.chassis.settings import ProcessSettings
from tests.access.conftest import World
from tests.access.hidden_things import ARGUMENTS, BODIES, OF_NO_UNIT, PARAMETERS, Hidden
from tests.access.operations import OPERATIONS
from tests.access.work import Work

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("access")]

SAME_ID = "the-same-for-both"
STEP = ProcessSettings().denial_step_seconds
NAMING = {"unit", "within", "codes", "campaign", "snapshot", "with"}
"""Query parameters that take codes of units and campaigns, and ids of snapshots."""
VARYING = {"date", "ratelimit", "ratelimit-policy", "server"}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def work(world: World) -> Work:
    return Work(world.stack)


@pytest.mark.parametrize("service", ["quota", "progress", "reporting", "gateway"])
async def test_every_parameter_that_names_a_thing_is_in_the_table(world: World, service: str) -> None:
    found = set()
    for path, methods in world.stack.apps[service].openapi()["paths"].items():
        for method, operation in methods.items():
            for one in operation.get("parameters", []):
                if "$ref" in one:  # headers that all operations take
                    continue
                if one["in"] == "path":
                    found.add(f"{service} {method.upper()} {path} {one['name']}")
                elif one["in"] == "query" and one["name"] in NAMING:
                    found.add(f"{service} {method.upper()} {path} ?{one['name']}")
    missing = found - PARAMETERS.keys() - OF_NO_UNIT
    assert not missing, (
        f"{', '.join(sorted(missing))}: not in tests/access/hidden_things.py; say there what is hidden behind it."
    )
    named = {name for name in PARAMETERS if name.startswith(f"{service} ") and "/internal/" not in name}
    assert not named - found, f"{', '.join(sorted(named - found))}: in the table and nowhere else; remove it."


async def test_every_operation_that_takes_a_code_between_services_is_in_the_table() -> None:
    internal = {name for name in OPERATIONS if "/internal/" in name}
    named = {" ".join(name.split(" ")[:3]) for name in (*PARAMETERS, *BODIES)}
    assert internal <= named, f"{', '.join(sorted(internal - named))}: not in tests/access/hidden_things.py."


async def test_every_argument_that_names_a_thing_is_in_the_table() -> None:
    schema = core_schema()
    found = {
        f"{kind.name}.{field} {argument}"
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        if kind is not schema.subscription_type  # comes as a stream: tests/gateway/live/test_access.py
        for field, definition in kind.fields.items()
        for argument in definition.args
        if argument in {"code", "id", "within", "unit", "units", "campaign"}
    }
    assert found == ARGUMENTS.keys()


@pytest.mark.parametrize("name", [*PARAMETERS, *BODIES])
async def test_what_is_hidden_answers_as_what_does_not_exist(world: World, work: Work, name: str) -> None:
    service, method, _ = name.split(" ", 2)
    await _same_answers(world, work, service, method, {**PARAMETERS, **BODIES}[name])


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_what_is_hidden_in_the_graph_answers_as_what_does_not_exist(world: World, work: Work, name: str) -> None:
    for one in ARGUMENTS[name]:
        await _same_answers(world, work, "gateway", "POST", one)


async def _same_answers(world: World, work: Work, service: str, method: str, one: Hidden) -> None:
    hidden, absent = one.hidden.format(**world.names), one.absent
    assert len(hidden) == len(absent), "or else Content-Length would differ"
    seen = await _ask(world, service, method, one, hidden, units="*")
    answers, done = [], []
    for asked in (hidden, absent):
        await _ask(world, service, method, one, asked, units=one.units)  # whatever is remembered now is for both
        await work.of(SAME_ID)
        answers.append(await _ask(world, service, method, one, asked, units=one.units))
        done.append(await work.of(SAME_ID))
    of_hidden, of_absent = (_told(answer, asked) for answer, asked in zip(answers, (hidden, absent), strict=True))
    assert of_hidden == of_absent
    if answers[0].status_code in DENYING:
        assert all(answer.elapsed.total_seconds() >= STEP for answer in answers), "a denial is held back"
    else:
        assert done[0] == done[1], "or else the time of an answer would tell them apart"
        assert done[0], "the database was asked"
    assert not one.shown_to_all or of_hidden != _told(seen, hidden), (
        "whoever may see it gets another answer, or the test asks nothing"
    )


async def _ask(world: World, service: str, method: str, one: Hidden, asked: str, *, units: str) -> httpx2.Response:
    headers = {"X-Request-ID": SAME_ID}
    if one.body is not None and method in ("PUT", "PATCH"):
        headers["If-Match"] = '"0"'  # whoever may see the thing learns that it has changed; nothing is written
    return await world.stack.call(
        service,
        method,
        one.path.replace("{asked}", asked).replace("{snapshot_other}", world.snapshots["other"]),
        token=world.stack.token(one.scopes, units=[units], source=one.source),
        headers=headers,
        **({} if one.body is None else {"json": one.body(asked)}),
    )


def _told(answer: httpx2.Response, asked: str) -> tuple[int, dict[str, str], bytes]:
    """All that an answer tells, with the code asked for blotted out."""
    headers: dict[str, Any] = {name: value for name, value in answer.headers.items() if name not in VARYING}
    return answer.status_code, headers, answer.content.replace(asked.encode(), b"...")
