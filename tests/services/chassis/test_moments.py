from datetime import UTC, datetime

import pytest

from services.chassis.moments import parse_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-01T00:00:00Z", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-01t07:00:00.1234567+07:00", datetime(2024, 5, 1, 0, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_utc(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment
    assert parse_moment(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["0.5", "2024-05-01", "2024-05-01T00:00:00", "2024-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="moment"):
        parse_moment(text)
