"""Fields of requests, parsed at the border: codes, days, counts, exact decimals, names."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import GenericAlias
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, WrapValidator

from services.contracts.names import nfc
from services.contracts.words import MAX_COUNT

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_day(value: object) -> date:
    """A day from its ISO form. Raises: ValueError, with the remedy; numbers and moments are not days."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as fault:
            raise ValueError(f"{value} is not a day of the calendar") from fault
    raise ValueError("a day is written YYYY-MM-DD, 2024-05-01 for instance")


def _name(value: str) -> str:
    if "\x00" in value:
        raise ValueError("a name may not hold a NUL character")
    name = nfc(value)
    if not name:
        raise ValueError("a name may not be blank")
    return name


def _exact_share(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError('a rate is an exact decimal in quotation marks, "0.8" for instance')
    try:
        number = Decimal(value)
    except InvalidOperation as fault:
        raise ValueError(f"{value[:40]!r} is not a decimal number") from fault
    if not number.is_finite() or number < 0 or number > 1000 or len(value) > 20 or "e" in value.lower():
        raise ValueError("a rate lies between 0 and 1000 and is written out, without exponent")
    return value


CodeText = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
"""`Code` of a struct."""
CountNumber = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
"""`Count` of a struct."""
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="A stable code.")]
Day = Annotated[date, BeforeValidator(parse_day), WithJsonSchema({"type": "string", "format": "date"})]
Count = Annotated[int, Field(strict=True, ge=0, le=MAX_COUNT, description="A whole number from 0 to 2^53 − 1.")]
ExactRate = Annotated[
    str,
    BeforeValidator(_exact_share),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "examples": ["0.8"]}),
]
Name = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_name)]
Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="imputed, simulated, …")]
LocalisedName = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], Name],
    Field(min_length=1, max_length=20, description="Names by language; `vi` is the official one."),
]


def swiftly(
    row: type[msgspec.Struct], check: Callable[[Any], bool] = lambda _: True, *, least: int = 0, most: int
) -> WrapValidator:
    """Reads a list by a struct that is as strict as the model of its items and has the same fields, ten times as fast.

    Whatever the struct, or `check` of an item, does not take goes to the model, which says what is wrong with it; so
    does a list of fewer than `least` or more than `most` items, which the model has to bound too.
    """

    def read(value: Any, by_model: Callable[[Any], Any]) -> Any:
        if not isinstance(value, list) or not least <= len(value) <= most:
            return by_model(value)
        try:
            found = msgspec.convert(value, GenericAlias(list, (row,)))
        except msgspec.ValidationError:
            return by_model(value)
        return found if all(map(check, found)) else by_model(value)

    return WrapValidator(read)


class Input(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")
