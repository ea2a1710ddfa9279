import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.tabular.comma_separated import read_csv
from services.chassis.tabular.sheets import FileTooLarge, SheetLimits, UnreadableFile


def cells(body: bytes, charset: str = "") -> list[list[object]]:
    return [list(row.cells) for row in read_csv(body, charset=charset).rows]


@pytest.mark.parametrize(
    "body",
    [
        "mã,tên\n1,Xã Lộc Thạnh\n".encode(),
        "\ufeffmã,tên\r\n1,Xã Lộc Thạnh\r\n".encode(),
        "mã;tên\n1;Xã Lộc Thạnh".encode(),
        "mã\ttên\n1\tXã Lộc Thạnh\n".encode("utf-16"),
        "mã\ttên\n1\tXã Lộc Thạnh\n".encode("utf-16-le"),
        "mã\ttên\n1\tXã Lộc Thạnh\n".encode("utf-16-be"),
        "sep=|\nmã|tên\n1|Xã Lộc Thạnh".encode(),
        unicodedata.normalize("NFD", 'mã,"tên"\n1,"Xã Lộc Thạnh"\n').encode(),
    ],
)
def test_the_forms_of_csv_that_spreadsheets_write(body: bytes) -> None:
    assert cells(body) == [["mã", "tên"], ["1", "Xã Lộc Thạnh"]]


def test_a_declared_charset_is_believed() -> None:
    assert cells(b"\xe2n,\xf4\xec", charset="windows-1258") == [["ân", "ố"]]


def test_utf_16_is_declared_in_either_order() -> None:
    assert cells("ân,ố".encode("utf-16-be"), charset="UTF-16BE") == [["ân", "ố"]]
    assert cells("ân,ố".encode("utf-16-le"), charset="utf-16le") == [["ân", "ố"]]
    assert cells("a,b\n1,2".encode("utf-16-le"), charset="utf-16") == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("body", ["a,b\n".encode("utf-16-le") + b"1", "a,b\nĀĀĀĀĀ\n".encode("utf-16-le")])
def test_utf_16_of_which_nothing_tells_the_order_is_refused_with_a_remedy(body: bytes) -> None:
    with pytest.raises(UnreadableFile, match="declare charset=utf-16le or charset=utf-16be"):
        read_csv(body)


def test_mixed_encodings_are_refused_with_the_line() -> None:
    body = "mã,tên\n1,Xã Lộc\n".encode() + "2,Hà Nam\n".encode("latin-1")
    with pytest.raises(UnreadableFile, match="line 3 is not in the encoding of the rest") as refused:
        read_csv(body)
    assert refused.value.errors[0].pointer == "/lines/3"


def test_text_garbled_by_a_wrong_encoding_is_refused_with_the_cell() -> None:
    body = "code,name\n70,Tỉnh\n".encode().decode("latin-1").encode()
    with pytest.raises(UnreadableFile) as refused:
        read_csv(body)
    assert refused.value.errors[0].detail.startswith("Line 2, column 2: ")


def test_rows_keep_the_number_of_their_line() -> None:
    sheet = read_csv(b'a,b\n\n"1\n2",x\n,\n3,y\n')
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (1, ["a", "b"]),
        (3, ["1\n2", "x"]),
        (6, ["3", "y"]),
    ]


@pytest.mark.parametrize("body", [b'a,b\n"1', b'a,b\n"1"x,2\n', b"a,b\n1,\x00\n", b"a\n" + b"x" * 200_000])
def test_what_is_no_csv_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_csv(body)


def test_more_rows_than_are_read_at_once_are_refused() -> None:
    with pytest.raises(FileTooLarge, match="at most 2 rows"):
        read_csv(b"a\n1\n2\n", limits=SheetLimits(rows=2))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(UnreadableFile, FileTooLarge):
        read_csv(body)
