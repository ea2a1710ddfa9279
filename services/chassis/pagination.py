"""Keyset pages: a cursor names the last item seen, so that pages stay stable under writes."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Query

from services.chassis.problems import Refusal

T = TypeVar("T")

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items a page, at most.")]
Cursor = Annotated[str | None, Query(max_length=1024, description="`next_cursor` of the page before.")]


class CursorMalformed(Refusal):
    """The cursor is not one that this list gave out."""

    status = 422
    code = "cursor_malformed"
    title = "Cursor malformed"
    remedy = "Use `next_cursor` of the previous page unchanged, or leave it out to begin anew."


def encode_cursor(key: Sequence[Any]) -> str:
    """The opaque form of a sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(key))).decode("ascii").rstrip("=")


def decode_cursor(cursor: str, shape: type[T]) -> T:
    """The sort key, checked against `shape` (a tuple type).

    Raises: CursorMalformed.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if b"\\u0000" in raw:
            raise ValueError("PostgreSQL's text holds no NUL")
        return msgspec.json.decode(raw, type=shape)
    except (binascii.Error, msgspec.MsgspecError, ValueError, RecursionError) as fault:
        raise CursorMalformed from fault
