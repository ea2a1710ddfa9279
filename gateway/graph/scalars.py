"""Scalars: whole numbers beyond 32 bits, days, moments."""

from datetime import UTC, date, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from services.contracts.fields import parse_day
from services.contracts.words import MAX_COUNT

BigInt = NewType("BigInt", int)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_COUNT:
        raise GraphQLError("A BigInt is a whole number between −(2⁵³ − 1) and 2⁵³ − 1.")
    return value


def _day(value: Any) -> date:
    try:
        return parse_day(value)
    except ValueError as fault:
        raise GraphQLError("A Date is a day of the calendar, written YYYY-MM-DD.") from fault


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError) as fault:
        raise GraphQLError("A DateTime is written as RFC 3339, 2024-07-03T10:00:00Z for instance.") from fault
    if moment.tzinfo is None:
        raise GraphQLError("A DateTime needs its zone: Z, or an offset such as +07:00.")
    return moment


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number up to 2^53 − 1 in size, as a JSON number.",
        serialize=_whole,
        parse_value=_whole,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day, YYYY-MM-DD, in the campaign's time zone.",
        serialize=date.isoformat,
        parse_value=_day,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment as RFC 3339, answered in UTC.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_rfc3339,
        parse_value=_moment,
    ),
}
