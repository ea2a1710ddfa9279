from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from graphql import GraphQLError

from gateway.graph.schema import core_schema


def scalar(name: str):
    return core_schema().type_map[name]


def test_a_big_int_is_exact_up_to_its_bound() -> None:
    big_int = scalar("BigInt")
    assert big_int.coerce_output_value(2**53 - 1) == 9007199254740991
    assert big_int.coerce_input_value(-5) == -5
    for value in (2**53, True, 1.0, "1"):
        with pytest.raises(GraphQLError):
            big_int.coerce_input_value(value)


def test_a_day_is_an_iso_date_and_nothing_else() -> None:
    day = scalar("Date")
    assert day.coerce_output_value(date(2024, 7, 3)) == "2024-07-03"
    assert day.coerce_input_value("2024-07-03") == date(2024, 7, 3)
    for value in ("2024-02-30", "20240703", "2024-7-3", 20240703, "2024-07-03T00:00:00Z"):
        with pytest.raises(GraphQLError):
            day.coerce_input_value(value)


def test_a_moment_is_answered_in_utc() -> None:
    moment = scalar("DateTime")
    hanoi = datetime(2024, 7, 3, 17, 0, tzinfo=timezone(timedelta(hours=7)))
    assert moment.coerce_output_value(hanoi) == "2024-07-03T10:00:00Z"
    assert moment.coerce_input_value("2024-07-03T10:00:00Z") == datetime(2024, 7, 3, 10, tzinfo=UTC)
    for value in ("2024-07-03T10:00:00", "yesterday", 1720000000):
        with pytest.raises(GraphQLError):
            moment.coerce_input_value(value)
