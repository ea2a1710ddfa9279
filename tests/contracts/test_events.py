from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.events import MAX_ROWS, day_number, day_of, in_events


@given(st.dates())
def test_a_day_and_its_number_are_one(day: date) -> None:
    assert day_of(day_number(day)) == day


def test_days_are_counted_from_1970() -> None:
    assert day_number(date(1970, 1, 2)) == 1


@given(st.integers(0, 3 * MAX_ROWS + 1))
def test_rows_travel_in_events_of_at_most_2000(rows: int) -> None:
    slices = list(in_events(range(rows)))
    assert [row for part in slices for row in part] == list(range(rows))
    assert all(len(part) <= MAX_ROWS for part in slices)
    assert len(slices) == max(1, -(-rows // MAX_ROWS))
