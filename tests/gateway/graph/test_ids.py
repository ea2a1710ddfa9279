from datetime import date

import pytest

from gateway.graph.ids import (
    CampaignId,
    CampaignUnitId,
    IdMalformed,
    UnitId,
    campaign_cursor,
    campaign_id,
    campaign_unit_id,
    parse_campaign_cursor,
    parse_id,
    unit_id,
)


def test_an_id_names_its_thing_again() -> None:
    assert parse_id(campaign_id("bp-2024")) == CampaignId("bp-2024")
    assert parse_id(unit_id("25453", date(2025, 7, 1))) == UnitId("25453", date(2025, 7, 1))
    assert parse_id(unit_id("25453", None)) == UnitId("25453", None)
    assert parse_id(campaign_unit_id("bp-2024", "25453")) == CampaignUnitId("bp-2024", "25453")
    assert parse_campaign_cursor(campaign_cursor("bp-2024")) == "bp-2024"


def test_one_code_in_two_periods_has_two_ids() -> None:
    assert unit_id("25453", None) != unit_id("25453", date(2025, 7, 1))


@pytest.mark.parametrize("value", ["", "x", "?", "Đ", "AAAA", "/w", "Q2FtcGFpZ24", campaign_cursor("x"), "VW5pdDp4Onk"])
def test_what_is_no_id_is_refused(value: str) -> None:
    with pytest.raises(IdMalformed):
        parse_id(value)


def test_an_id_is_no_cursor() -> None:
    with pytest.raises(IdMalformed):
        parse_campaign_cursor(campaign_id("x"))
