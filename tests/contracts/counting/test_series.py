"""Rule 4 against a model that goes through every day."""

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.counting.series import DayRow, totals

LAST = 20
ROWS = st.dictionaries(st.integers(0, LAST), st.tuples(st.booleans(), st.integers(0, 50))).map(
    lambda days: [DayRow(day, *rest) for day, rest in days.items()]
)


def total_as_of(rows: list[DayRow], day: int) -> int:
    """Rule 4 word by word."""
    c, value = -1, 0
    for row in rows:
        if row.is_cumulative and c < row.day <= day:
            c, value = row.day, row.value
    return value + sum(row.value for row in rows if not row.is_cumulative and c < row.day <= day)


@given(ROWS)
def test_totals_are_rule_4_on_every_day(rows: list[DayRow]) -> None:
    found = totals(rows)
    for day in range(LAST + 1):
        known = [total for at, total in found if at <= day]
        assert (known[-1] if known else 0) == total_as_of(rows, day)


@given(ROWS)
def test_there_is_one_total_for_each_day_with_a_row(rows: list[DayRow]) -> None:
    assert [day for day, _ in totals(rows)] == sorted(row.day for row in rows)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[DayRow], choose: object) -> None:
    shuffled = rows[:]
    choose.shuffle(shuffled)  # ty: ignore
    assert totals(shuffled) == totals(rows)


def test_a_cumulative_row_takes_the_place_of_what_came_before() -> None:
    rows = [DayRow(1, False, 5), DayRow(2, True, 3), DayRow(4, False, 2)]
    assert totals(rows) == [(1, 5), (2, 3), (4, 5)]


def test_without_rows_there_is_no_total() -> None:
    assert totals([]) == []
