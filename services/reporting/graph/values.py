"""Columns of JSON values, as `services.contracts.walks` hands them on."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from services.contracts.words import MAX_COUNT

_DIGITS_THAT_FIT = 15

Column = list[str]


def plain(values: Sequence[int | float | bool | None]) -> Column:
    """Of numbers and truth values, all in one go."""
    return orjson.dumps(values)[1:-1].decode().split(",") if values else []


def written(values: Iterable[Any]) -> Column:
    """Of values of any kind, one by one; equal texts are written once."""
    known: dict[str, str] = {}
    found = []
    for value in values:
        if type(value) is str:
            text = known.get(value)
            if text is None:
                text = known[value] = orjson.dumps(value).decode()
        elif isinstance(value, datetime):
            text = f'"{rfc3339(value)}"'
        else:
            text = "null" if value is None else orjson.dumps(value).decode()
        found.append(text)
    return found


def rfc3339(moment: datetime) -> str:
    """The moment in UTC, as the graph writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def is_wide(column: Column) -> bool:
    """Whether some number of the column is above 2^53 − 1 in size."""
    if not column or max(map(len, column)) <= _DIGITS_THAT_FIT:
        return False
    return any(abs(int(text)) > MAX_COUNT for text in column if text != "null")
