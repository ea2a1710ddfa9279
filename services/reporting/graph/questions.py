"""Questions of the gateway, parsed and bounded."""

import re
from typing import Annotated, TypeVar

import msgspec

from services.chassis.pagination import MAX_LIMIT, decode_cursor
from services.chassis.problems import FieldError, InvalidInput, MalformedBody, pointer
from services.contracts.names import search_key

T = TypeVar("T")
_Text = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]

MAX_NAMED = 10_000

_PLACE = re.compile(r"^(?P<what>.*) - at `\$(?P<path>.*)`$", re.DOTALL)


def parse_question(body: bytes, shape: type[T]) -> T:
    """The question.

    Raises: MalformedBody, InvalidInput.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as fault:
        found = _PLACE.match(str(fault))
        place = re.findall(r"[^.\[\]]+", found["path"]) if found else []
        raise invalid(place, "invalid_value", found["what"] if found else str(fault)) from fault
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise MalformedBody(reason=str(fault)) from fault


def bounded_first(first: int) -> int:
    """The size of a page, 0 to 1,000.

    Raises: InvalidInput.
    """
    if not 0 <= first <= MAX_LIMIT:
        raise invalid(["first"], "out_of_range", f"A page holds 0 to {MAX_LIMIT:,} items.")
    return first


def bounded_codes(codes: list[str], *, field: str) -> list[str]:
    """Each code once, in the order given, at most 10,000.

    Raises: InvalidInput.
    """
    if len(codes) > MAX_NAMED:
        raise invalid([field], "too_many", f"At most {MAX_NAMED:,} may be named in one question.")
    return list(dict.fromkeys(codes))


def searched_name(q: str | None) -> str | None:
    """What names are searched for; None where nothing is asked. Signs alone find nothing."""
    if q is None or not q.strip():
        return None
    return search_key(q) or "\x01"


def name_cursor(after: str | None) -> tuple[str, str] | None:
    """Sort key and code of the unit that a page by name begins behind.

    Raises: CursorMalformed.
    """
    return None if after is None else decode_cursor(after, tuple[_Text, _Text])


def invalid(place: list[str], code: str, detail: str) -> InvalidInput:
    """The refusal of one value."""
    return InvalidInput(count=1, errors=[FieldError(pointer(place), code, detail)])
