import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.names import _weights, nfc, search_key, sort_key


def test_names_sort_by_the_vietnamese_alphabet() -> None:
    # The order of ICU's collation `vi`, checked against all 9,388 names of the country's units in November 2026.
    ordered = [
        "An Bình",
        "Ân Bình",
        "Bàu Bàng",
        "Cà Mau",
        "Dầu Tiếng",
        "Đak Nhau",
        "Đăng Hà",
        "Lộc An",
        "Lộc Thạnh",
        "Lộc Thành",
        "Long Giang",
        "Ô Loan",
        "Ơn",
        "Phú Riềng",
        "Phú Sơn",
        "Phước Tân",
        "U Minh",
        "Ưu",
    ]
    expected = [*ordered[:7], "Long Giang", "Lộc An", "Lộc Thành", "Lộc Thạnh", *ordered[11:]]
    assert sorted(ordered, key=sort_key) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ma", "mà"),
        ("mà", "mả"),
        ("mả", "mã"),
        ("mã", "má"),
        ("má", "mạ"),
        ("mạ", "măng"),
        ("Xã 2", "Xã a"),
        ("ha", "Ha"),
    ],
)
def test_letters_decide_first_then_tones_then_case(first: str, second: str) -> None:
    assert sort_key(first) < sort_key(second)


def test_the_two_unicode_forms_of_a_name_are_one_name() -> None:
    name = "Xã Lộc Thạnh"
    assert nfc(unicodedata.normalize("NFD", name)) == name
    assert sort_key(unicodedata.normalize("NFD", name)) == sort_key(name)
    assert search_key(unicodedata.normalize("NFD", name)) == search_key(name)


def test_search_disregards_accents_and_case() -> None:
    assert search_key("  Thị trấn  ĐỨC PHONG ") == "thi tran duc phong"
    assert search_key("Đak Ơ") == "dak o"
    assert search_key("25453-kdc-1") == "25453 kdc 1"


@given(st.text(max_size=30) | st.text("aăÂđĐêơừ ̣̣́-'.\u00a0\u1ec7 Ḁ", max_size=30))
def test_keys_made_word_by_word_are_those_of_the_whole_name(name: str) -> None:
    weights = [_weights(character) for character in unicodedata.normalize("NFC", name)]
    primary, tones, cases = ("".join(one) for one in zip(*weights, strict=True)) if weights else ("", "", "")
    assert sort_key(name) == "\x01".join((primary, tones.rstrip("0"), cases.rstrip("0")))
    folded = unicodedata.normalize("NFD", name.casefold()).replace("đ", "d")
    bare = "".join(character for character in folded if not unicodedata.combining(character))
    assert search_key(name) == " ".join("".join(one if one.isalnum() else " " for one in bare).split())
