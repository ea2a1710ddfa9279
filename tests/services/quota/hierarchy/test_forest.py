"""Laws of the hierarchy, against a reading of each day by itself."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.words import Level
from services.quota.hierarchy.forest import Hierarchy, Row
from services.quota.hierarchy.rules import row_faults

FIRST = date(2024, 1, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(6)]
CODES = ["A", "B", "C", "D"]


@st.composite
def forests(draw: st.DrawFn) -> list[Row]:
    """Bodies whose codes are borne by one of them a day at most, under any parent."""
    rows = []
    for code in CODES:
        cuts = sorted(draw(st.sets(st.integers(0, 6), min_size=2, max_size=4)))
        for first, after in pairwise(cuts):
            parent = draw(st.sampled_from([None, *CODES]))
            rows.append(Row(0, code, Level.BODY, "", parent, code, DAYS[first], DAYS[after - 1]))
    for position, row in enumerate(rows):
        row.position = position
    return rows


def bearer(rows: list[Row], code: str | None, day: date) -> Row | None:
    return next((row for row in rows if row.code == code and row.is_valid_on(day)), None)


def stands_above_itself(rows: list[Row], row: Row, day: date) -> bool:
    above = bearer(rows, row.parent_code, day)
    for _ in rows:
        if above is row:
            return True
        above = bearer(rows, above.parent_code, day) if above else None
    return False


@given(forests())
@settings(max_examples=300, deadline=None)
def test_a_row_is_a_circle_just_when_it_stands_above_itself_on_some_day(rows: list[Row]):
    told = {int(error.pointer.split("/")[2]) for error in row_faults(rows, []) if error.code == "cycle"}
    assert told == {
        row.position for row in rows if any(stands_above_itself(rows, row, day) for day in DAYS if row.is_valid_on(day))
    }


@given(forests(), st.sampled_from(CODES))
@settings(max_examples=300, deadline=None)
def test_a_row_is_covered_just_when_it_or_a_unit_above_it_is_a_root_on_each_of_its_days(rows: list[Row], root: str):
    hierarchy = Hierarchy(rows)
    for row in rows:
        expected = True
        for day in DAYS:
            if not row.is_valid_on(day):
                continue
            unit, steps = row, 0
            while unit is not None and unit.code != root and steps <= len(rows):
                unit, steps = bearer(rows, unit.parent_code, day), steps + 1
            expected &= unit is not None and unit.code == root
        assert hierarchy.is_covered(row, frozenset({root})) is expected


@given(forests())
@settings(max_examples=200, deadline=None)
def test_what_passes_in_two_loads_passes_in_one(rows: list[Row]):
    whole = bool(row_faults(rows, []))
    half = len(rows) // 2
    known = rows[:half]
    if row_faults(known, []):
        return
    for row in known:
        row.position = None
    assert bool(row_faults(rows[half:], known)) or not whole
