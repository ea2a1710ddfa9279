import pytest

from services.chassis.tabular.cells import CellFault, text_of, whole_number_of
from services.chassis.tabular.comma_separated import read_csv
from services.chassis.tabular.records import records
from services.chassis.tabular.sheets import UnreadableFile


def test_columns_come_in_any_order_and_case() -> None:
    (one,) = records(read_csv(b"Value, UNIT\n12,25453\n"), required=("unit", "value"), optional=("note",))
    assert one.take("unit", text_of) == "25453"
    assert one.take("value", whole_number_of) == 12
    assert one.take("note", text_of) is None


def test_a_fault_of_a_cell_says_where_it_is() -> None:
    (_, one) = records(read_csv(b"unit,value\n1,1\n\n2,x\n"), required=("unit", "value"))
    with pytest.raises(CellFault, match=r"^Line 4, column 2: 'x' is not a whole number"):
        one.take("value", whole_number_of)
    assert one.place == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"unit\n1\n", "column_missing"),
        (b"unit,value,colour\n1,2,3\n", "column_unknown"),
        (b"unit,value,Unit\n1,2,3\n", "column_twice"),
        (b"unit,value\n1,2,3\n", "cell_outside"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        records(read_csv(body), required=("unit", "value"))
    assert refused.value.errors[0].code == code


def test_an_empty_file_is_told_which_columns_it_needs() -> None:
    with pytest.raises(UnreadableFile, match="unit, value"):
        records(read_csv(b"\n"), required=("unit", "value"))
