from datetime import date

from services.contracts.definitions import UnitDefinition
from services.contracts.hierarchy import campaign_tree
from services.contracts.words import Level

DAY = date(2024, 4, 4)


def unit(
    unit_id: int,
    level: Level,
    code: str,
    parent: str | None = None,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> UnitDefinition:
    return UnitDefinition(unit_id, code, level, "x", parent, f"Đơn vị {code}", valid_from, valid_to, 1)


PROVINCE = unit(1, Level.PROVINCE, "70")
DISTRICT = unit(2, Level.DISTRICT, "688", "70")
COMMUNE = unit(3, Level.COMMUNE, "25453", "688")


def test_ancestors_come_first_then_codes() -> None:
    later, earlier = unit(4, Level.DISTRICT, "691", "70"), unit(5, Level.DISTRICT, "687", "70")
    tree = campaign_tree([COMMUNE, later, earlier, DISTRICT, PROVINCE], top_id=1, day=DAY)
    assert [one.unit.code for one in tree] == ["70", "687", "688", "691", "25453"]


def test_a_path_leads_from_the_top_to_the_unit() -> None:
    tree = campaign_tree([PROVINCE, DISTRICT, COMMUNE], top_id=1, day=DAY)
    assert [(one.path, one.parent_id, one.depth) for one in tree] == [
        ((1,), None, 0),
        ((1, 2), 1, 1),
        ((1, 2, 3), 2, 2),
    ]


def test_only_units_valid_on_the_day_belong_to_it() -> None:
    ended = unit(4, Level.COMMUNE, "1", "688", valid_to=date(2024, 4, 3))
    not_yet = unit(5, Level.COMMUNE, "2", "688", valid_from=date(2024, 4, 5))
    just = unit(6, Level.COMMUNE, "3", "688", valid_from=DAY, valid_to=DAY)
    tree = campaign_tree([PROVINCE, DISTRICT, ended, not_yet, just], top_id=1, day=DAY)
    assert [one.unit.id for one in tree] == [1, 2, 6]


def test_the_bearer_of_a_code_on_the_day_is_the_parent() -> None:
    old = unit(4, Level.DISTRICT, "688", "70", valid_to=date(2020, 1, 1))
    tree = campaign_tree([PROVINCE, old, DISTRICT, COMMUNE], top_id=1, day=DAY)
    assert [one.path for one in tree if one.unit.id == 3] == [(1, 2, 3)]


def test_the_top_is_taken_even_where_it_is_not_valid() -> None:
    gone = unit(1, Level.PROVINCE, "70", valid_to=date(2020, 1, 1))
    assert [one.unit.id for one in campaign_tree([gone, DISTRICT], top_id=1, day=DAY)] == [1, 2]


def test_without_its_top_there_is_no_tree() -> None:
    assert campaign_tree([DISTRICT, COMMUNE], top_id=1, day=DAY) == []


def test_a_campaign_may_stand_on_any_unit() -> None:
    tree = campaign_tree([PROVINCE, DISTRICT, COMMUNE], top_id=2, day=DAY)
    assert [(one.unit.id, one.parent_id, one.tenant) for one in tree] == [(2, None, 2), (3, 2, 2)]


def test_the_tenant_is_the_province_or_else_the_top() -> None:
    country, other = unit(9, Level.COUNTRY, "84"), unit(8, Level.BODY, "B", "84")
    province = unit(1, Level.PROVINCE, "70", "84")
    tree = campaign_tree([country, other, province, DISTRICT, COMMUNE], top_id=9, day=DAY)
    assert {one.unit.id: one.tenant for one in tree} == {9: 9, 8: 9, 1: 1, 2: 1, 3: 1}


def test_a_circle_is_left_out() -> None:
    one, other = unit(5, Level.BODY, "A", "B"), unit(6, Level.BODY, "B", "A")
    assert [found.unit.id for found in campaign_tree([PROVINCE, one, other], top_id=1, day=DAY)] == [1]


def test_a_unit_above_the_top_does_not_come_back_below_it() -> None:
    top = unit(2, Level.DISTRICT, "688", "25453")
    assert [one.unit.id for one in campaign_tree([top, COMMUNE], top_id=2, day=DAY)] == [2, 3]
