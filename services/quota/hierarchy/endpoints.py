"""`/v1/units`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.chassis.identity import Caller, needs
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.chassis.problems import NotFound
from services.chassis.strict_json import StrictRoute
from services.chassis.tabular.routes import FILES, file_route
from services.chassis.writes import Writing
from services.contracts.fields import Code, Day
from services.contracts.names import search_key
from services.contracts.words import Level
from services.quota.access import covers
from services.quota.hierarchy import commands, queries
from services.quota.hierarchy.files import table_of_units, units_from_sheet
from services.quota.hierarchy.shapes import UnitPage, UnitShown, UnitsInput, UnitsLoaded, shown
from services.quota.parameters import CodeInPath, TableFormat, file_response, json_response, today

router = APIRouter(route_class=StrictRoute, tags=["units"])
loads = APIRouter(route_class=file_route(units_from_sheet, scope="quota:write"), tags=["units"])

MAX_ROWS = 200_000
Reader = Annotated[Caller, Depends(needs("quota:read"))]
Writer = Annotated[Caller, Depends(needs("quota:write"))]
On = Annotated[Day | None, Query(description="The day on which codes are read; today unless given.")]


@loads.put("/v1/units", summary="Load or extend the hierarchy", response_model=UnitsLoaded, openapi_extra=FILES)
async def put_units(
    body: UnitsInput,
    caller: Writer,
    write: Writing,
    dry_run: Annotated[bool, Query(description="Say what would happen and change nothing.")] = False,
) -> Response:
    """Takes every row or none. A row is the unit of its `code` and `valid_from`. CSV and XLSX have the same columns."""
    return await write(caller, lambda work: commands.load_units(work, caller, body.units, dry_run=dry_run))


@router.get("/v1/units", summary="Units of a day, by the Vietnamese alphabet", response_model=UnitPage)
async def list_units(
    request: Request,
    caller: Reader,
    level: Level | None = None,
    within: Annotated[Code | None, Query(description="Only units below this one.")] = None,
    on: On = None,
    q: Annotated[
        str | None, Query(max_length=200, description="Part of the name, accents or not; or the code.")
    ] = None,
    format: TableFormat = "json",  # noqa: A002
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Only units that the token sees. A file has all of them at once, in the columns in which they are loaded."""
    chassis = request.app.state.chassis
    day = on or today(chassis.clock.now())
    after = decode_cursor(cursor, tuple[str, str]) if cursor else None
    wanted = search_key(q) if q and q.strip() else None
    async with chassis.database.reading() as connection:
        if within is not None:
            place = (await queries.places(connection, [within], day=day)).get(within)
            if place is None or not covers(caller, place.path):
                raise NotFound(path=f"the unit {within} on {day}")
        rows = await queries.page_of_units(
            connection,
            day=day,
            roots=None if caller.sees_everything else caller.units,
            level=level,
            below=within,
            search=wanted or None,
            code=q.replace("\x00", "").strip() if wanted is not None and q else None,
            after=after,
            limit=limit + 1 if format == "json" else MAX_ROWS,
        )
        if format != "json":
            table = table_of_units([queries.definition_of(row) for row in rows])
            return await file_response(table, format, name=f"units-{day}", widths=(12, 16, 16, 12, 40, 12, 12))
        page = rows[:limit]
        paths = await queries.with_ancestors(connection, [row["code"] for row in page], day=day)
    items = [shown(paths[row["code"]][-1], paths[row["code"]][:-1]) for row in page]
    more = len(rows) > limit
    return json_response(
        {
            "items": items,
            "next_cursor": encode_cursor((page[-1]["sort_key"], page[-1]["code"])) if more else None,
        }
    )


@router.get("/v1/units/{code}", summary="One unit with its ancestors", response_model=UnitShown)
async def get_unit(request: Request, caller: Reader, code: CodeInPath, on: On = None) -> Response:
    """The unit that bears the code on the day."""
    chassis = request.app.state.chassis
    day = on or today(chassis.clock.now())
    async with chassis.database.reading() as connection:
        path = (await queries.with_ancestors(connection, [code], day=day)).get(code)
    if path is None or not covers(caller, [unit.code for unit in path]):
        raise NotFound(path=f"the unit {code} on {day}")
    return json_response(shown(path[-1], path[:-1]))
