"""A small service on the chassis: things with a name, and events that tell of them."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.chassis.app import Chassis, build_app
from services.chassis.clock import Clock
from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller, needs
from services.chassis.problems import Refusal
from services.chassis.strict_json import StrictRoute
from services.chassis.writes import Answer, Writing
from services.contracts.fields import Count, Input, Name
from services.quota.settings import QuotaSettings


class ThingMade(msgspec.Struct, frozen=True, tag="thing_made"):
    name: str


class ThingTaken(Refusal):
    """There is a thing called {name} already."""

    status = 409
    code = "thing_taken"
    title = "Taken"
    remedy = "Choose another name."


class ThingTooLarge(Refusal):
    """{size} is too large."""

    status = 400
    code = "thing_too_large"
    title = "Too large"
    remedy = "Make it smaller."


class NewThing(Input):
    name: Name
    size: Count = 0


router = APIRouter(route_class=StrictRoute)


@router.post("/v1/things")
async def make_thing(
    thing: NewThing, write: Writing, caller: Annotated[Caller, Depends(needs("quota:write"))]
) -> Response:
    async def command(work: UnitOfWork) -> Answer:
        if thing.size > 1000:
            raise ThingTooLarge(size=thing.size)
        work.record(ThingMade(thing.name))
        made = await work.connection.fetchval(
            "INSERT INTO thing (name, size) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name",
            thing.name,
            thing.size,
        )
        if made is None:
            raise ThingTaken(name=thing.name)
        return Answer({"name": thing.name}, 201, {"etag": '"1"'})

    return await write(caller, command)


@router.get("/v1/things")
async def list_things(caller: Annotated[Caller, Depends(needs("quota:read"))]) -> dict[str, str | None]:
    return {"subject": caller.subject, "source": caller.source}


@router.get("/v1/broken")
async def broken(caller: Annotated[Caller, Depends(needs("quota:read"))]) -> None:
    raise ZeroDivisionError("secret detail")


def create_app(settings: QuotaSettings, *, clock: Clock) -> object:
    chassis = Chassis(
        service="quota",
        settings=settings,
        database_url=settings.quota_database_url,
        consumes=frozenset({"progress"}),
        scopes=["quota:read"],
        clock=clock,
    )
    return build_app(chassis, title="things", description="A service for tests.", routers=[router])
