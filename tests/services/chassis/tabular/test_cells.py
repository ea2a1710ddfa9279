from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.tabular.cells import MOST, BrokenCell, Cell, CellFault, day_of, text_of, whole_number_of


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (None, None),
        ("", None),
        (0, 0),
        (12, 12),
        (12.0, 12),
        ("12", 12),
        ("007", 7),
        ("59.100", 59100),
        ("1.234.567", 1234567),
        ("59 100", 59100),
        ("59\u00a0100", 59100),
        (MOST, MOST),
        (str(MOST), MOST),
    ],
)
def test_a_whole_number_is_read_as_officials_write_it(cell: Cell, number: int | None) -> None:
    assert whole_number_of(cell) == number


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (59.1, "number_not_whole"),
        ("59,100", "number_not_whole"),
        ("59.10", "number_not_whole"),
        ("1.2345", "number_not_whole"),
        ("5e3", "number_not_whole"),
        ("-3", "number_not_whole"),
        ("١٢", "number_not_whole"),
        (-3, "number_negative"),
        (-0.5, "number_negative"),
        (MOST + 1, "number_too_large"),
        (2.0**60, "number_too_large"),
        ("9" * 5000, "number_too_large"),
        (True, "number_expected"),
        (datetime(2024, 5, 1, tzinfo=UTC), "number_expected"),
        (BrokenCell("cell_error", "…"), "cell_error"),
    ],
)
def test_what_is_not_surely_a_whole_number_is_refused(cell: Cell, code: str) -> None:
    with pytest.raises(CellFault) as refused:
        whole_number_of(cell)
    assert refused.value.code == code


def test_a_fraction_is_told_what_was_probably_meant() -> None:
    with pytest.raises(CellFault, match="write them without a separator: 59100"):
        whole_number_of(59.1)


@given(st.integers(0, MOST))
def test_grouped_thousands_mean_the_number(number: int) -> None:
    assert whole_number_of(f"{number:,}".replace(",", ".")) == number


@pytest.mark.parametrize("cell", ["2024-05-01", "01/05/2024", "1.5.2024", datetime(2024, 5, 1, tzinfo=UTC)])
def test_a_day_is_read_from_a_date_or_as_vietnamese_write_it(cell: Cell) -> None:
    assert day_of(cell) == date(2024, 5, 1)


@pytest.mark.parametrize("cell", ["31/02/2024", "May 1", 45413, datetime(2024, 5, 1, 10, tzinfo=UTC), True])
def test_what_is_no_day_is_refused(cell: Cell) -> None:
    with pytest.raises(CellFault) as refused:
        day_of(cell)
    assert refused.value.code == "day_malformed"


def test_a_text_may_be_digits_but_not_a_fraction_or_a_date() -> None:
    assert (text_of("25453"), text_of(25453), text_of(None), text_of("")) == ("25453", "25453", None, None)
    for cell in (25453.5, datetime(2024, 5, 1, tzinfo=UTC), False):
        with pytest.raises(CellFault):
            text_of(cell)
