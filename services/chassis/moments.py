"""Moments as callers write them: RFC 3339, with a zone."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")


def parse_moment(value: object) -> datetime:
    """The moment, to the microsecond. Raises: ValueError, with the remedy; a number is no moment."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        text = re.sub(r"(\.\d{6})\d+", r"\1", value.upper())
        try:
            # In UTC at once: at the ends of the calendar some moments are none there.
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError) as fault:
            raise ValueError(f"{value} is not a moment of the calendar") from fault
    raise ValueError("a moment is written as in RFC 3339, 2024-04-04T01:00:00Z for instance")


Moment = Annotated[datetime, BeforeValidator(parse_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
