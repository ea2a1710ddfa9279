import pytest

from gateway.graph.rates import DecimalsOutOfRange, Rate
from gateway.graph.scalars import BigInt
from gateway.graph.words import Rounding, official_name
from services.contracts.definitions import Rounding as Policy


def rate() -> Rate:
    return Rate(numerator=BigInt(579), denominator=BigInt(650), printed_by_policy="89,08", policy=Policy())


def test_a_rate_is_printed_by_the_campaigns_policy_unless_asked_otherwise() -> None:
    assert rate().printed() == "89,08"
    assert rate().printed(None, None) == "89,08"
    assert rate().printed(decimals=1) == "89,1"
    assert rate().printed(rounding=Rounding.TRUNCATE) == "89,07"
    assert rate().printed(decimals=0, rounding=Rounding.HALF_UP) == "89"


def test_the_number_of_decimals_is_bounded() -> None:
    for decimals in (-1, 11, 2**31 - 1):
        with pytest.raises(DecimalsOutOfRange):
            rate().printed(decimals=decimals)


def test_the_value_is_the_nearest_float() -> None:
    assert rate().value() == 579 / 650


def test_the_vietnamese_name_is_the_official_one() -> None:
    assert official_name({"en": "ID cards", "vi": "Căn cước"}) == "Căn cước"
    assert official_name({"en": "ID cards"}) == "ID cards"
