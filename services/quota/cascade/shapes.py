"""The cascade as the public API shows it."""

from pydantic import Field

from services.chassis.moments import Moment
from services.contracts.fields import Day, Input
from services.contracts.words import Level


class CascadeBalance(Input):
    """Of one indicator, all cohorts together; null: the unit received none, or hands none down."""

    indicator: str
    received: int | None
    handed_down: int | None
    unallocated: int | None
    over: int | None


class CascadeUnit(Input):
    """A unit in the cascade."""

    unit: str
    name: str
    level: Level
    received: bool = Field(description="A plan in force names it.")
    issued: bool = Field(description="A plan of its own is in force.")
    blocked_by: str | None = Field(
        description="The unit above that has received and not handed down to it; null where the token does not see it."
    )
    blocks: int = Field(description="Units that wait for this one.")
    indicators: list[CascadeBalance]


class CascadeLevel(Input):
    """The n/N of a level, over the units that the token sees."""

    level: Level
    units: int
    received: int
    issued: int


class Cascade(Input):
    """A page of units, ancestors first, then by code; `levels` count all of them, not the page."""

    items: list[CascadeUnit]
    levels: list[CascadeLevel]
    next_cursor: str | None
    as_of: Day
    known_at: Moment | None
