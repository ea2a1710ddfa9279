"""Rule 5 against a model that asks on every day who speaks."""

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.counting.authority import chosen_changes
from services.contracts.counting.series import DayRow
from tests.contracts.counting.test_series import LAST, ROWS, total_as_of

Series = dict[str, tuple[int, list[DayRow]]]
SERIES = st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 2), ROWS), max_size=5)


def chosen(series: Series, day: int) -> tuple[int, bool]:
    """The total of whoever speaks on that day, and whether anything is known."""
    groups = {group for group, rows in series.values() if any(row.day <= day for row in rows)}
    if not groups:
        return 0, False
    speaks = min(groups)
    return sum(total_as_of(rows, day) for group, rows in series.values() if group == speaks), True


@given(SERIES)
def test_summed_changes_are_the_total_of_whoever_speaks(series: Series) -> None:
    found = chosen_changes(series)
    for day in range(LAST + 1):
        changes = [change for one in found.values() for change in one.changes if change.day <= day]
        total, known = sum(change.delta for change in changes), sum(change.known for change in changes)
        assert (total, known > 0) == chosen(series, day)
        assert known >= 0


@given(SERIES)
def test_a_series_that_does_not_speak_adds_nothing(series: Series) -> None:
    for day in range(LAST + 1):
        groups = {group for group, rows in series.values() if any(row.day <= day for row in rows)}
        for key, one in chosen_changes(series).items():
            if groups and series[key][0] != min(groups):
                assert sum(change.delta for change in one.changes if change.day <= day) == 0
                assert sum(change.known for change in one.changes if change.day <= day) == 0


@given(SERIES)
def test_changes_are_one_per_day_in_order_and_never_empty(series: Series) -> None:
    for one in chosen_changes(series).values():
        days = [change.day for change in one.changes]
        assert days == sorted(set(days))
        assert all(change.delta or change.known for change in one.changes)


def test_the_first_group_takes_over_on_its_first_day() -> None:
    found = chosen_changes({"registry": (0, [DayRow(3, True, 10)]), "telco": (1, [DayRow(1, False, 4)])})
    assert [tuple(change) for change in found["telco"].changes] == [(1, 4, 1), (3, -4, -1)]
    assert found["telco"].silent_from == 3
    assert [tuple(change) for change in found["registry"].changes] == [(3, 10, 1)]


def test_inside_a_group_sources_add_up() -> None:
    found = chosen_changes({"viettel": (0, [DayRow(1, False, 4)]), "vnpt": (0, [DayRow(1, False, 5)])})
    assert sum(change.delta for one in found.values() for change in one.changes) == 9
