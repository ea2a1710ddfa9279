"""What every reading endpoint of reporting shares: its caller, refused parameters, and how an answer is described."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import Depends, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.responses import Response
from fastapi.routing import APIRoute

from services.chassis.app import Chassis
from services.chassis.identity import Caller, needs
from services.chassis.problems import FieldError, Refusal, pointer
from services.reporting.visibility.campaigns import CampaignNotFound
from services.reporting.visibility.owner import Owner
from services.reporting.visibility.units import UnitNotFound


class ParametersUnknown(Refusal):
    """This call takes the parameters {known}, each once; it does not take {refused}."""

    status = 422
    code = "parameter_unknown"
    title = "A parameter that this call does not take"
    remedy = "Use only the parameters that the detail names, each at most once."


def _known_parameters(route: APIRoute) -> frozenset[str]:
    return frozenset(one.alias for one in get_flat_params(route.dependant) if isinstance(one.field_info, Query))


def _refuse_unknown(request: Request) -> None:
    if request.query_params:
        known = _known_parameters(request.scope["route"])
        given = Counter(name for name, _ in request.query_params.multi_items())
        refused = [name for name, times in given.items() if name not in known or times > 1]
        if refused:
            raise ParametersUnknown(
                known=", ".join(sorted(known)) or "none",
                refused=", ".join(name[:64] for name in refused[:10]),
                errors=[
                    FieldError(
                        pointer(["query", name[:64]]),
                        "parameter_unknown" if name not in known else "parameter_repeated",
                        f"Leave it out; known are {', '.join(sorted(known))}."
                        if name not in known
                        else "Give it once.",
                    )
                    for name in refused[:10]
                ],
            )


def caller_with(scope: str) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """A dependency: the caller, who carries `scope`; parameters that the endpoint does not have are refused."""
    authorised = needs(scope)

    async def caller_of(request: Request, caller: Annotated[Caller, Depends(authorised)]) -> Caller:
        _refuse_unknown(request)
        return caller

    return caller_of


_FOR_SOME = "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL ROLE bonphu_reporting_reader"
_FOR_ALL = f"{_FOR_SOME}; SET LOCAL bonphu.campaigns = '*'"

Reader = Annotated[Caller, Depends(caller_with("reporting:read"))]
"""The caller of a reading endpoint, with `reporting:read`; parameters that the endpoint does not have are refused."""


def before_the_wall(caller: Caller) -> str:
    """Statements by which a transaction goes on as a reader (ADR 0009); all campaigns are open to a caller who sees
    everything.
    """
    return _FOR_ALL if caller.sees_everything else _FOR_SOME


@asynccontextmanager
async def snapshot(request: Request) -> AsyncGenerator[asyncpg.Connection]:
    """One read-only snapshot of the read model, behind the second wall: rows of campaigns that were opened only.

    A caller who sees everything finds all of them open, for another `fetch_sights` opens what it sees of.
    Statements keep one plan whatever their arrays hold: making a plan anew for each call costs more than most of them
    need to run (coverage of one unit: 1.8 ms against 0.5 ms, November 2026).
    """
    chassis: Chassis = request.app.state.chassis
    caller: Caller = request.state.caller
    async with chassis.database.reading(before_the_wall(caller)) as connection:
        yield connection


# Statistics know nothing of arrays, so that a province's rows are thought to be few, sorted and merged on disk: 250 ms
# where hashing them takes 130 (80,000 rows, November 2026).
_FOR_SETS = "SET LOCAL work_mem = '64MB'; SET LOCAL enable_mergejoin = off; SET LOCAL enable_sort = off"


async def plan_for_sets(connection: asyncpg.Connection) -> None:
    """The statements that follow in this transaction go over whole levels of units and days: they hash, not sort."""
    await connection.execute(_FOR_SETS)


def moment_of(request: Request) -> datetime:
    """The present moment."""
    chassis: Chassis = request.app.state.chassis
    return chassis.clock.now()


class ReadingRoute(APIRoute):
    """A route that refuses an unknown campaign or unit only once its owner has been asked (`state.owner`)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Reads again where what was not found has come meanwhile."""
        handle = super().get_route_handler()

        async def handle_patiently(request: Request) -> Response:
            try:
                return await handle(request)
            except (CampaignNotFound, UnitNotFound) as refusal:
                owner: Owner = request.app.state.owner
                if not await owner.has_brought(refusal):
                    raise
            return await handle(request)

        return handle_patiently


def answer(body: Any, *, headers: dict[str, str] | None = None) -> Response:
    """The body as JSON, 200."""
    return Response(msgspec.json.encode(body), media_type="application/json", headers=headers)


def described(shape: Any) -> dict[int | str, dict[str, Any]]:
    """`responses=` of an endpoint that answers `shape` (of msgspec structs), with every part written in place."""
    (schema,), parts = msgspec.json.schema_components([shape], ref_template="{name}")

    def written_out(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return written_out(parts[node["$ref"]])
            return {key: written_out(value) for key, value in node.items()}
        if isinstance(node, list):
            return [written_out(value) for value in node]
        return node

    return {200: {"description": "OK", "content": {"application/json": {"schema": written_out(schema)}}}}
