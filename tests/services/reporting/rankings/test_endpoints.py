from datetime import timedelta
from typing import Any

import pytest

from services.contracts.words import Outcome
from services.reporting.figures import gathering
from tests.services.reporting.support import LAST, ReadModel, indicator


@pytest.fixture
async def league(written: Any) -> ReadModel:
    """688 and 690 at 1/2, 689 at 3/4, 691 without a quota."""
    model = ReadModel(indicator("cccd"))
    for code, achieved, quota in (("688", 1, 2), ("689", 3, 4), ("690", 2, 4)):
        model.quota(code, "cccd", quota)
        model.report(code, "cccd", achieved)
    model.report("691", "cccd", 9)
    await written(model)
    return model


async def test_best_and_worst_keep_the_ranks(get: Any, league: Any) -> None:
    best = await get("ranking", indicator="cccd", level="district")
    assert [(one["unit"], one["rank"]) for one in best["items"]] == [("689", 1), ("688", 2), ("690", 2), ("691", None)]
    assert best["ranked_of"] == 3
    assert (best["within"], best["order"], best["as_of"], best["next_cursor"]) == ("70", "best", "2024-07-03", None)
    assert best["items"][0] == {
        "rank": 1,
        "unit": "689",
        "name": "Thành phố Đồng Xoài",
        "level": "district",
        "quota": 4,
        "achieved": 3,
        "outstanding": 1,
        "rate": {"numerator": 3, "denominator": 4, "printed": "75,00"},
        "adjusted_rate": {"numerator": 3, "denominator": 4, "printed": "75,00"},
        "reached": False,
    }

    worst = await get("ranking", indicator="cccd", level="district", order="worst")
    assert [(one["unit"], one["rank"]) for one in worst["items"]] == [
        ("688", 2),
        ("690", 2),
        ("689", 1),
        ("691", None),
    ]


async def test_pages_together_are_the_table(get: Any, league: Any) -> None:
    for order in ("best", "worst"):
        asked = {"indicator": "cccd", "level": "district", "order": order}
        whole = (await get("ranking", **asked))["items"]
        for limit in (1, 2, 3):
            found, more = [], {}
            while more is not None:
                page = await get("ranking", **asked, limit=limit, **more)
                found += page["items"]
                more = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
            assert found == whole


async def test_the_table_may_be_of_one_unit(get: Any, league: Any) -> None:
    table = await get("ranking", indicator="cccd", level="commune", within="688")
    assert [one["unit"] for one in table["items"]] == ["25001", "25002"]
    assert table["ranked_of"] == 0


async def test_a_token_of_one_district_sees_its_line_without_a_rank(get: Any, refused: Any, league: Any) -> None:
    table = await get("ranking", indicator="cccd", level="district", units=("688",))
    assert [(one["unit"], one["rank"]) for one in table["items"]] == [("688", None)]
    assert table["ranked_of"] is None
    asked = {"indicator": "cccd", "level": "commune", "units": ("688",)}
    assert await refused("bp/ranking", within="689", **asked) == (404, "unit_not_found")
    everybody = await get("ranking", indicator="cccd", level="district", units=("688", "689", "690", "691"))
    assert everybody["ranked_of"] == 3


async def test_what_the_table_needs_is_asked_for(refused: Any, league: Any) -> None:
    assert await refused("bp/ranking", level="district") == (422, "invalid_input")
    assert await refused("bp/ranking", indicator="cccd") == (422, "invalid_input")
    assert await refused("bp/ranking", indicator="cccd", level="district", order="up") == (422, "invalid_input")
    assert await refused("bp/ranking", indicator="x", level="district") == (422, "indicator_unknown")
    assert await refused("bp/ranking", indicator="cccd", level="district", known_at="x") == (422, "invalid_input")
    asked = {"indicator": "cccd", "level": "district"}
    assert await refused("bp/ranking", **asked, cursor="WzEsMCwiYSJd") == (422, "cursor_malformed")


@pytest.mark.parametrize("day", [LAST, LAST - timedelta(days=1)])
async def test_large_tables_are_read_set_by_set_and_say_the_same(
    get: Any, written: Any, monkeypatch: pytest.MonkeyPatch, day: Any
) -> None:
    leaving = ("absent",)
    model = ReadModel(indicator("cccd", counts_baseline=True, reasons_leaving_denominator=leaving), indicator("sim"))
    for place, code in enumerate(("688", "689", "690", "691"), start=1):
        model.quota(code, "cccd", 10 * place, baseline=place, day=LAST - timedelta(days=2))
        model.quota(code, "cccd", 12 * place if place < 4 else None, baseline=place, day=LAST - timedelta(days=1))
        model.quota(code, "sim", 5)
        model.report(code, "cccd", place, day=LAST - timedelta(days=1))
        model.report(code, "sim", 100)
    model.report("688", "cccd", 2, day=day, outcome=Outcome.EXEMPT, reason="absent")
    model.report("689", "cccd", 1, day=day, outcome=Outcome.DECLINED)
    model.report("690", "cccd", 4, day=day, outcome=Outcome.EXEMPT, reason="abroad")
    model.report("25001", "cccd", 3)
    await written(model)
    pages, full = [], "reporting:read reporting:sensitive"
    for many, limit in ((1, 999), (1_000, 1_000)):  # the caller does not see everything, and asks otherwise: not kept
        monkeypatch.setattr(gathering, "MANY", many)
        asked = {"indicator": "cccd", "level": "district", "as_of": day.isoformat(), "limit": limit}
        pages.append(await get("ranking", **asked, units=("688", "689", "690", "691"), scope=full))
    assert len(pages[0]["items"]) == 4
    assert pages[0]["items"] == pages[1]["items"]
