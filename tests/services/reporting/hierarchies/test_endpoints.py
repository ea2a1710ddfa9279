"""Figures of a campaign by the units of another day, over HTTP."""

from datetime import date
from typing import Any

import msgspec
import pytest

from services.contracts.definitions import UnitDefinition
from services.contracts.words import IndicatorKind, Level, Outcome
from tests.services.reporting.support import PLACES, ReadModel, indicator

NEW_DAY = date(2025, 7, 1)
AFTER = {"hierarchy": "2025-07-01"}
EARLY = date(2020, 1, 1)


class Reorganised(ReadModel):
    """The small province, reorganised on 1 July 2025 as the country was: Bình Phước went into Đồng Nai."""

    def __init__(self, *indicators: Any, **changes: Any) -> None:
        super().__init__(*indicators, **changes)
        stays = {"84", "75"}
        self.units = [
            one if one.code in stays else msgspec.structs.replace(one, valid_to=date(2025, 6, 30)) for one in self.units
        ]
        self.old = {one.code: one.id for one in self.units}
        self.new: dict[str, int] = {"75": self.old["75"]}

    def found(
        self, code: str, name: str, *, parent: str = "75", since: date = NEW_DAY, until: date | None = None
    ) -> int:
        """A commune of the new days; two of one code follow each other."""
        unit_id = 2000 + len(self.new)
        self.units.append(UnitDefinition(unit_id, code, Level.COMMUNE, "x", parent, name, since, until, 1))
        self.new[code] = unit_id
        return unit_id

    def become(
        self, before: int, after: int | None, *, day: date = NEW_DAY, share: tuple[int, int] | None = (1, 1)
    ) -> None:
        weight, total = share or (None, None)
        self.successions.append((len(self.successions) + 1, day, "x", before, after, weight, total, False))


def merged(**changes: Any) -> Reorganised:
    """25001 and 25002 became the new 25001, 25003 the new 25003 and 25004 was divided between both."""
    model = Reorganised(indicator("cccd"), **changes)
    phuoc_long, loc_thanh = model.found("25001", "Phường Phước Long"), model.found("25003", "Xã Lộc Thành")
    for code in ("688", "689", "690", "691"):
        model.become(model.old[code], None)
    model.become(model.old["70"], model.old["75"])
    for code, successor in (("25001", phuoc_long), ("25002", phuoc_long), ("25003", loc_thanh)):
        model.become(model.old[code], successor)
    model.quota("70", "cccd", 1000)
    model.quota("688", "cccd", 600)
    for code, quota, achieved in (("25001", 300, 100), ("25002", 200, 200), ("25003", 150, 90), ("25004", 101, 50)):
        model.quota(code, "cccd", quota)
        model.report(code, "cccd", achieved)
    model.report("25003", "cccd", 7, outcome=Outcome.EXEMPT, reason="absent", label="imputed")
    return model


def divided(model: Reorganised, *, share: bool) -> Reorganised:
    model.become(model.old["25004"], model.new["25001"], share=(1, 3) if share else None)
    model.become(model.old["25004"], model.new["25003"], share=(2, 3) if share else None)
    return model


def line(figure: Any) -> tuple[Any, ...]:
    return tuple(figure[name] for name in ("unit", "quota", "quota_basis", "achieved", "exempt", "rank", "ranked_of"))


async def test_communes_are_summed_into_those_that_replaced_them(get: Any, written: Any) -> None:
    await written(divided(merged(), share=False))

    page = await get("figures", depth=1, **AFTER)

    assert [line(one) for one in page["items"]] == [
        ("75", 1000, "received", 440, 7, None, None),
        ("25001", 500, "derived", 300, None, 1, 2),
        ("25003", 150, "received", 90, 7, 1, 2),
    ]
    assert [one["coverage"] for one in page["items"]] == [
        {"reported": 4, "expected": 4},
        {"reported": 2, "expected": 2},
        {"reported": 1, "expected": 1},
    ]
    assert [one["labels"] for one in page["items"]] == [["imputed"], [], ["imputed"]]
    assert page["hierarchy"] == "2025-07-01"


async def test_what_was_divided_without_a_stated_share_is_listed(get: Any, written: Any) -> None:
    await written(divided(merged(), share=False))

    page = await get("figures", depth=1, **AFTER)

    assert page["unattributed"] == [
        {
            "unit": "25004",
            "level": "commune",
            "name": "Xã Lộc Thành",
            "successors": ["25001", "25003"],
            "indicator": "cccd",
            "cohort": None,
            "quota": 101,
            "achieved": 50,
            "exempt": None,
            "declined": None,
        }
    ]
    assert (await get("figures", **AFTER))["unattributed"] == [], "the province has all of it"
    achieved = {one["unit"]: one["achieved"] for one in page["items"]}
    assert achieved["75"] == achieved["25001"] + achieved["25003"] + page["unattributed"][0]["achieved"]


async def test_a_commune_that_nobody_took_over_is_listed_where_communes_are_shown(get: Any, written: Any) -> None:
    model = merged()
    model.become(model.old["25004"], None)
    await written(model)

    page = await get("figures", depth=1, **AFTER)

    assert [(one["unit"], one["achieved"], one["successors"]) for one in page["unattributed"]] == [("25004", 50, [])]
    assert (await get("figures", **AFTER))["unattributed"] == []


async def test_a_share_of_what_has_no_quota_has_no_basis_of_one(get: Any, written: Any) -> None:
    model = Reorganised(indicator("cccd"))
    model.become(model.old["70"], model.old["75"])
    halves = [model.found(code, code) for code in ("25001", "25003")]
    for half in halves:
        model.become(model.old["25004"], half, share=(1, 2))
    model.report("25004", "cccd", 9)
    await written(model)

    page = await get("figures", depth=1, **AFTER)

    found = {one["unit"]: one for one in page["items"]}
    assert [(found[code]["quota"], found[code]["quota_basis"]) for code in ("25001", "25003")] == [(None, None)] * 2
    assert [found[code]["achieved"] for code in ("25001", "25003")] == [5, 4]


async def test_a_stated_share_is_shared_out_to_the_last_unit(get: Any, written: Any) -> None:
    await written(divided(merged(), share=True))

    page = await get("figures", depth=1, **AFTER)

    assert [line(one)[:4] for one in page["items"]] == [
        ("75", 1000, "received", 440),
        ("25001", 534, "derived", 317),
        ("25003", 217, "derived", 123),
    ]
    assert page["unattributed"] == []
    assert page["items"][1]["rate"]["numerator"] == 317


async def test_a_ratio_is_taken_of_the_figure_that_is_shown_of_the_other(get: Any, written: Any) -> None:
    accounts = indicator("eid", counts_baseline=True)
    model = Reorganised(accounts, indicator("phones", kind=IndicatorKind.RATIO, of="eid"))
    model.become(model.old["70"], model.old["75"])
    for code in ("25001", "25003"):
        model.become(model.old["25004"], model.found(code, code), share=(1, 2))
    model.quota("25004", "eid", 9, baseline=1)
    model.report("25004", "eid", 1)
    model.report("25004", "phones", 1)
    await written(model)

    items = (await get("figures", unit="25001", indicator="eid", **AFTER))["items"]
    ratios = (await get("figures", unit="25001", indicator="phones", **AFTER))["items"]

    assert items[0]["achieved"] == 2, "what stood before and what came are shared out each"
    assert ratios[0]["rate"] == {"numerator": 1, "denominator": 2, "printed": "50,00"}


async def test_a_ratio_that_nothing_is_told_of_is_not_listed(get: Any, written: Any) -> None:
    model = Reorganised(indicator("eid"), indicator("phones", kind=IndicatorKind.RATIO, of="eid"))
    model.become(model.old["70"], model.old["75"])
    for code in ("25001", "25003"):
        model.become(model.old["25004"], model.found(code, code), share=None)
    model.report("25004", "eid", 9)
    await written(model)

    unattributed = (await get("figures", depth=1, **AFTER))["unattributed"]

    assert [(one["unit"], one["indicator"]) for one in unattributed] == [("25004", "eid")]


async def test_a_chain_of_acts_is_followed_to_the_day_asked_for(get: Any, written: Any) -> None:
    model = merged()
    model.found("26000", "Phường Bình Phước", since=date(2026, 1, 1))
    model.units = [
        msgspec.structs.replace(one, valid_to=date(2025, 12, 31)) if one.id == model.new["25001"] else one
        for one in model.units
    ]
    model.become(model.new["25001"], model.new["26000"], day=date(2026, 1, 1))
    await written(divided(model, share=False))

    before = [one["unit"] for one in (await get("figures", level="commune", **AFTER))["items"]]
    after = [line(one)[:4] for one in (await get("figures", level="commune", hierarchy="2026-01-01"))["items"]]

    assert before == ["25001", "25003"]
    assert after == [("25003", 150, "received", 90), ("26000", 500, "derived", 300)]


async def test_the_campaigns_own_day_gives_its_own_figures(get: Any, written: Any) -> None:
    await written(divided(merged(), share=False))
    own = await get("figures", depth=3, cohort="*")
    other = await get("figures", depth=3, cohort="*", hierarchy="2024-04-04")
    assert other["items"] == own["items"]
    assert other["unattributed"] == []
    assert "unattributed" not in own


def formed() -> tuple[Reorganised, int, int, int]:
    """25001, 25002 and 25003 began in 2020, when three others had ended; what became of these is not said."""
    model = Reorganised(indicator("cccd"), hierarchy_day=date(2024, 4, 4))
    model.units = [
        msgspec.structs.replace(one, valid_from=EARLY) if one.code in ("25001", "25002", "25003") else one
        for one in model.units
    ]
    whole = model.found("24000", "Xã Phước Bình", parent="688", since=date(2000, 1, 1), until=date(2019, 12, 31))
    left = model.found("24001", "Xã Lộc A", parent="689", since=date(2000, 1, 1), until=date(2019, 12, 31))
    right = model.found("24002", "Xã Lộc B", parent="689", since=date(2000, 1, 1), until=date(2019, 12, 31))
    for code, achieved in (("25001", 10), ("25002", 20), ("25003", 40)):
        model.report(code, "cccd", achieved)
    return model, whole, left, right


async def test_an_earlier_day_looks_back_along_the_succession(get: Any, written: Any) -> None:
    model, whole, left, right = formed()
    for before, after in ((whole, "25001"), (whole, "25002"), (left, "25003"), (right, "25003")):
        model.become(before, model.old[after], day=EARLY, share=None)
    await written(model)

    page = await get("figures", unit="70", depth=2, hierarchy="2019-01-01")

    achieved = {one["unit"]: one["achieved"] for one in page["items"]}
    assert achieved["24000"] == 30
    assert achieved["689"] == 40, "both that it was made of lay in the district"
    assert achieved["24001"] is achieved["24002"] is None
    assert [one["unit"] for one in page["unattributed"]] == ["25003"]


async def test_looking_back_whoever_handed_on_nothing_has_no_part_in_it(get: Any, written: Any) -> None:
    model, _, left, right = formed()
    model.become(left, model.old["25003"], day=EARLY)
    model.become(right, model.old["25003"], day=EARLY, share=(0, 3))
    model.become(right, model.old["25002"], day=EARLY, share=(3, 3))
    await written(model)

    page = await get("figures", unit="689", depth=1, hierarchy="2019-01-01")

    achieved = {one["unit"]: one["achieved"] for one in page["items"]}
    assert (achieved["24001"], achieved["24002"]) == (40, 20)
    assert page["unattributed"] == []


async def test_a_reused_code_opens_no_larger_territory(get: Any, refused: Any, written: Any) -> None:
    await written(divided(merged(), share=False))

    nothing = await get("figures", units=("25001",), **AFTER)
    assert (nothing["items"], nothing["unattributed"]) == ([], []), "25002 went into the new 25001 too"
    hidden = await refused("bp/figures", units=("25001",), unit="25001", **AFTER)
    assert hidden == await refused("bp/figures", units=("25001",), unit="99999", **AFTER) == (404, "unit_not_found")


async def test_a_unit_of_that_day_is_seen_by_whoever_sees_all_that_it_is_made_of(get: Any, written: Any) -> None:
    await written(divided(merged(), share=False))

    both = await get("figures", units=("25001", "25002"), unit="25001", **AFTER)
    assert [line(one) for one in both["items"]] == [("25001", 500, "derived", 300, None, None, None)]
    assert both["unattributed"] == [], "the divided commune is not seen"
    assert await get("figures", units=("25001", "25002"), level="commune", **AFTER) == both
    one = await get("figures", units=("25003",), level="commune", **AFTER)
    assert [line(figure) for figure in one["items"]] == [("25003", 150, "received", 90, 7, None, None)]
    its_own = await get("figures", units=("25003", "25004"), level="commune", **AFTER)
    assert [(lost["unit"], lost["successors"]) for lost in its_own["unattributed"]] == [("25004", ["25001", "25003"])]
    assert (await get("figures", units=("75", "70"), depth=1, **AFTER))["items"][0]["achieved"] == 440


async def test_a_stated_share_is_seen_by_whoever_sees_what_is_divided(get: Any, written: Any) -> None:
    await written(divided(merged(), share=True))
    units = [
        [figure["unit"] for figure in (await get("figures", units=seen, level="commune", **AFTER))["items"]]
        for seen in (("25003",), ("25003", "25004"), ("25001", "25002", "25003", "25004"))
    ]
    assert units == [[], ["25003"], ["25001", "25003"]]


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_hold_everything_once(get: Any, written: Any, limit: int) -> None:
    await written(divided(merged(), share=False))
    whole = await get("figures", depth=2, **AFTER)
    found: list[Any] = []
    cursor = None
    while cursor is not None or not found:
        page = await get("figures", depth=2, limit=limit, **({"cursor": cursor} if cursor else {}), **AFTER)
        found += page["items"]
        cursor = page["next_cursor"]
        assert page["unattributed"] == whole["unattributed"]
    assert found == whole["items"]


async def test_places_that_nothing_became_of_are_not_listed(get: Any, written: Any) -> None:
    model = merged()
    model.found("26999", "Xã Long Thành")
    await written(divided(model, share=False))
    assert len(PLACES) > 3
    units = [one["unit"] for one in (await get("figures", level="commune", **AFTER))["items"]]
    assert units == ["25001", "25003"]


async def test_the_gateway_is_answered_alike(get: Any, ask: Any, written: Any) -> None:
    await written(merged())
    rest = (await get("figures", level="commune", **AFTER))["items"]
    answered = await ask("figures", campaign="bp", units=["25001", "none", "25003"], **AFTER)
    assert answered["items"] == rest
    part = await ask("figures", campaign="bp", units=["25001", "25003"], seen=("25003",), **AFTER)
    assert [one["unit"] for one in part["items"]] == ["25003"]
