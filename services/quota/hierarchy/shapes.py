"""Units as the public API takes and shows them."""

from datetime import date
from typing import Annotated

import msgspec
from pydantic import Field

from services.contracts.definitions import UnitDefinition
from services.contracts.fields import Code, CodeText, Day, Input, Name, swiftly
from services.contracts.names import is_clean
from services.contracts.words import Level


class UnitInput(Input):
    """One unit in one period of validity; `code` and `valid_from` together say which unit it is."""

    code: Code
    level: Level
    kind: Annotated[Name, Field(max_length=100)] = Field(description="Free text: tinh, phuong, …")
    parent_code: Code | None = None
    name: Name
    valid_from: Day | None = Field(None, description="First day, inclusive; null: since ever.")
    valid_to: Day | None = Field(None, description="Last day, inclusive; null: without end.")


MOST_UNITS = 200_000


class UnitRow(msgspec.Struct, forbid_unknown_fields=True):
    """A `UnitInput` that is right."""

    code: CodeText
    level: Level
    kind: Annotated[str, msgspec.Meta(max_length=100)]
    name: Annotated[str, msgspec.Meta(max_length=400)]
    parent_code: CodeText | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class UnitsInput(Input):
    """Units to be known from now on."""

    units: Annotated[
        list[UnitInput],
        swiftly(UnitRow, lambda unit: is_clean(unit.name) and is_clean(unit.kind), most=MOST_UNITS),
    ] = Field(max_length=MOST_UNITS)


class UnitsLoaded(Input):
    """What became of the units of a load."""

    created: int
    changed: int
    unchanged: int


class UnitAncestor(Input):
    """A unit above the one shown."""

    code: str
    level: Level
    name: str


class UnitShown(Input):
    """A unit on the day asked for; `ancestors` from the top down."""

    code: str
    level: Level
    kind: str
    parent_code: str | None
    name: str
    valid_from: Day | None
    valid_to: Day | None
    ancestors: list[UnitAncestor]


class UnitPage(Input):
    """A page of units in the order of the Vietnamese alphabet."""

    items: list[UnitShown]
    next_cursor: str | None


class InternalUnits(Input):
    """Units with their ids, for the other services."""

    units: list[dict[str, object]]


def shown(unit: UnitDefinition, ancestors: list[UnitDefinition]) -> dict[str, object]:
    """The public form of a unit."""
    return {
        "code": unit.code,
        "level": unit.level,
        "kind": unit.kind,
        "parent_code": unit.parent_code,
        "name": unit.name,
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
        "ancestors": [{"code": one.code, "level": one.level, "name": one.name} for one in ancestors],
    }
