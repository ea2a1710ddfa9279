from datetime import UTC, date, datetime

import pytest

from services.contracts.words import Level
from services.reporting.notices import forms


def test_numbers_are_grouped_by_dots_and_unknown_is_not_zero() -> None:
    assert [forms.number(one) for one in (0, 837, 10963, 1234567, None)] == ["0", "837", "10.963", "1.234.567", "–"]


def test_percents_have_a_comma_and_do_not_break() -> None:
    assert forms.percent("55,14") == "55,14\u00a0%"
    assert forms.percent("46") == "46\u00a0%"
    assert forms.percent("1234,5") == "1.234,5\u00a0%"


def test_days_have_a_zero_below_ten_and_months_below_three() -> None:
    assert forms.day(date(2024, 7, 5)) == "ngày 05 tháng 7 năm 2024"
    assert forms.day(date(2024, 2, 15)) == "ngày 15 tháng 02 năm 2024"
    assert forms.moment(datetime(2024, 7, 3, 17, 5, tzinfo=UTC), "Asia/Ho_Chi_Minh") == (
        "00 giờ 05 phút, ngày 04 tháng 7 năm 2024"
    )


@pytest.mark.parametrize(
    ("name", "short", "within"),
    [
        ("Tỉnh Bình Phước", "Bình Phước", "tỉnh Bình Phước"),
        ("Thành phố Hồ Chí Minh", "Hồ Chí Minh", "thành phố Hồ Chí Minh"),
        ("Thị xã Phước Long", "Phước Long", "thị xã Phước Long"),
        ("Thị trấn Lộc Ninh", "Lộc Ninh", "thị trấn Lộc Ninh"),
        ("Quận 1", "Quận 1", "quận 1"),
        ("Xãy", "Xãy", "Xãy"),
        ("Việt Nam", "Việt Nam", "Việt Nam"),
    ],
)
def test_names_lose_their_kind_unless_they_are_numbers(name: str, short: str, within: str) -> None:
    assert (forms.short_name(name), forms.within_sentence(name)) == (short, within)


def test_a_peoples_committee_signs_where_there_is_one() -> None:
    assert forms.issuer("Huyện Bù Gia Mập", Level.DISTRICT) == "Ủy ban nhân dân huyện Bù Gia Mập"
    assert forms.issuer_in_head("Huyện Bù Gia Mập", Level.DISTRICT) == ["ỦY BAN NHÂN DÂN", "HUYỆN BÙ GIA MẬP"]
    assert forms.issuer("Công an tỉnh", Level.BODY) == "Công an tỉnh"


def test_the_kind_of_a_document_follows_from_its_number() -> None:
    assert forms.document("128/KH-UBND", date(2024, 4, 4)) == "Kế hoạch số 128/KH-UBND ngày 04 tháng 4 năm 2024"
    assert forms.document("5", date(2024, 4, 4)) == "Văn bản số 5 ngày 04 tháng 4 năm 2024"


def test_lists_end_with_and() -> None:
    assert [forms.listed(one) for one in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a và b", "a, b và c"]
