"""`POST /v1/successions` and `GET /v1/units/{code}/succession`."""

from datetime import date, timedelta
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller, needs
from services.chassis.problems import NotFound
from services.chassis.strict_json import StrictRoute
from services.chassis.writes import Answer, Writing
from services.contracts.definitions import UnitDefinition
from services.contracts.fields import Day
from services.quota.access import covers
from services.quota.hierarchy.queries import places, units_by_id
from services.quota.parameters import CodeInPath, json_response, today
from services.quota.successions import commands, queries
from services.quota.successions.queries import MAX_STEPS
from services.quota.successions.shapes import Succession, SuccessionInput, SuccessionsInput, SuccessionsRecorded

router = APIRouter(route_class=StrictRoute, tags=["units"])

Reader = Annotated[Caller, Depends(needs("quota:read"))]
Writer = Annotated[Caller, Depends(needs("quota:write"))]


@router.post("/v1/successions", summary="Record a reorganisation", status_code=201, response_model=SuccessionsRecorded)
async def post_successions(
    body: Annotated[SuccessionInput | SuccessionsInput, Body(description="One act, or `successions`: many.")],
    caller: Writer,
    write: Writing,
) -> Response:
    """Units are loaded first: predecessors end on the eve, successors are valid on the day. Nothing is rewritten."""
    acts, at = (body.successions, "/successions/{}") if isinstance(body, SuccessionsInput) else ([body], "")

    async def record(work: UnitOfWork) -> Answer:
        return Answer(await commands.record_successions(work, caller, acts, at=at), 201)

    return await write(caller, record)


@router.get(
    "/v1/units/{code}/succession", summary="What a unit was made of, what became of it", response_model=Succession
)
async def get_succession(
    request: Request,
    caller: Reader,
    code: CodeInPath,
    on: Annotated[Day | None, Query(description="The day on which the code is read; today unless given.")] = None,
    steps: Annotated[int, Query(ge=1, le=MAX_STEPS, description="Over how many acts, at most.")] = MAX_STEPS,
) -> Response:
    """Of the unit that bore the code on the day, nearest first."""
    chassis = request.app.state.chassis
    day = on or today(chassis.clock.now())
    async with chassis.database.reading() as connection:
        unit = (await places(connection, [code], day=day)).get(code)
        if unit is None or not covers(caller, unit.path):
            raise NotFound(path=f"the unit {code} on {day}")
        before = await queries.predecessors(connection, unit.id, steps=steps)
        after = await queries.successors(connection, unit.id, steps=steps)
        units = await units_by_id(connection, {row["unit_id"] for row in (*before, *after)})
        answer = {
            "predecessors": await _seen(connection, caller, before, units, eve=True),
            "successors": await _seen(connection, caller, after, units, eve=False),
        }
    return json_response(answer)


async def _seen(
    connection: asyncpg.Connection,
    caller: Caller,
    rows: list[asyncpg.Record],
    units: dict[int, UnitDefinition],
    *,
    eve: bool,
) -> list[dict[str, Any]]:
    """The units that the token covers on the day on which they became others, or came to be."""
    days: dict[date, set[str]] = {}
    for row in rows:
        days.setdefault(_day(row, eve=eve), set()).add(units[row["unit_id"]].code)
    if not caller.sees_everything:
        found = {day: await places(connection, codes, day=day) for day, codes in days.items()}
        rows = [
            row
            for row in rows
            if (place := found[_day(row, eve=eve)].get(units[row["unit_id"]].code)) is not None
            and covers(caller, place.path)
        ]
    shown = [_related(row, units[row["unit_id"]]) for row in rows]
    return sorted(shown, key=lambda one: (one["step"], one["code"], str(one["valid_from"])))


def _day(row: asyncpg.Record, *, eve: bool) -> date:
    return row["day"] - timedelta(days=1) if eve else row["day"]


def _related(row: asyncpg.Record, unit: UnitDefinition) -> dict[str, Any]:
    return {
        "code": unit.code,
        "level": unit.level,
        "name": unit.name,
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
        "step": row["step"],
        "day": row["day"],
        "relation": row["relation"],
        "decision": {"number": row["decision_number"], "date": row["decision_date"]},
        "share": None if row["weight"] is None else {"numerator": row["weight"], "denominator": row["weights_total"]},
        "main": row["is_main"],
    }
