from datetime import date
from typing import Any

import msgspec
import pytest

from services.contracts.words import Outcome
from tests.services.reporting.support import ReadModel, indicator


@pytest.fixture
async def model(written: Any) -> ReadModel:
    model = ReadModel(indicator("cccd"), indicator("sim"))
    for code, achieved, quota in (("688", 1, 2), ("689", 3, 4), ("690", 2, 4)):
        model.quota(code, "cccd", quota)
        model.report(code, "cccd", achieved, day=date(2024, 6, 1))
    model.report("25003", "cccd", 2, outcome=Outcome.EXEMPT, reason="abroad")
    await written(model)
    return model


def codes(answer: Any) -> list[str]:
    return [one["unit"]["code"] for one in answer["items"]]


async def test_campaigns(ask: Any, model: Any) -> None:
    found = await ask("campaigns")
    (one,) = found["items"]
    assert (one["campaign"]["code"], one["as_of"], one["top_visible"]) == ("bp", "2024-07-03", True)
    assert (found["total"], found["has_next"], found["as_of_token"]) == (1, False, "")
    assert (await ask("campaigns", codes=["bp", "x", "n\x00"]))["total"] == 1
    assert (await ask("campaigns", after="bp"))["items"] == []
    assert (await ask("campaigns", first=0))["has_next"] is True
    assert (await ask("campaigns", seen=("75",)))["total"] == 0
    assert (await ask("campaigns", seen=("25001",)))["items"][0]["top_visible"] is False


async def test_units_of_a_campaign_by_code(ask: Any, model: Any) -> None:
    found = await ask("campaign-units", campaign="bp", codes=["9001", "777", "70"])
    assert found["items"] == [
        {
            "unit": {
                "code": "9001",
                "level": "residential_area",
                "kind": "kind",
                "name": "Khu phố 1",
                "valid_from": None,
                "valid_to": None,
                "parent_code": "25001",
            },
            "ancestors": ["70", "688", "25001"],
            "figures_visible": True,
        },
        {
            "unit": {
                "code": "70",
                "level": "province",
                "kind": "kind",
                "name": "Tỉnh Bình Phước",
                "valid_from": None,
                "valid_to": None,
                "parent_code": None,
            },
            "ancestors": [],
            "figures_visible": True,
        },
    ]
    narrow = await ask("campaign-units", campaign="bp", codes=["70", "689", "688", "25001"], seen=("688",))
    assert [(one["unit"]["code"], one["figures_visible"]) for one in narrow["items"]] == [
        ("70", False),
        ("688", True),
        ("25001", True),
    ]


async def test_units_of_a_campaign_are_found_without_accents_in_vietnamese_order(ask: Any, model: Any) -> None:
    found = await ask("campaign-units", campaign="bp", q="lỘC thanh")
    assert codes(found) == ["25004", "25003"]  # Thành before Thạnh
    assert codes(await ask("campaign-units", campaign="bp", q="dong xoai")) == ["689"]
    assert codes(await ask("campaign-units", campaign="bp", level="district")) == ["691", "689", "690", "688"]
    assert codes(await ask("campaign-units", campaign="bp", level="commune", within="688")) == ["25002", "25001"]
    assert (await ask("campaign-units", campaign="bp", q="%"))["total"] == 0
    assert (await ask("campaign-units", campaign="bp", q=" "))["total"] == 11
    assert codes(await ask("campaign-units", campaign="bp", level="district", seen=("689",))) == ["689"]
    hidden = await ask("campaign-units", campaign="bp", within="688", seen=("689",))
    assert (hidden["status"], hidden["code"]) == (404, "unit_not_found")


LISTS: list[tuple[str, dict[str, str]]] = [
    ("campaign-units", {"campaign": "bp"}),
    ("campaign-units", {"campaign": "bp", "q": "phuong"}),
    ("units", {"on": "2024-05-01"}),
    ("units", {"within": "70", "level": "commune"}),
    ("ranking", {"campaign": "bp", "indicator": "cccd", "level": "district"}),
    ("ranking", {"campaign": "bp", "indicator": "cccd", "level": "district", "order": "worst"}),
]


async def test_pages_together_are_the_whole_list(ask: Any, model: Any) -> None:
    for question, fields in LISTS:
        whole = await ask(question, **fields, first=1000)
        assert whole["total"] == len(whole["items"]) > 1
        found, after = [], None
        while after is not False:
            page = await ask(question, **fields, first=2, after=after)
            assert page["total"] == whole["total"]
            found += page["items"]
            after = page["cursors"][-1] if page["has_next"] else False
        assert found == whole["items"], (question, fields)


async def test_children_of_many_parents(ask: Any, model: Any) -> None:
    orders: list[tuple[dict[str, str], list[str]]] = [
        ({}, ["688", "689", "690", "691"]),
        ({"order_by": "name"}, ["691", "689", "690", "688"]),
        ({"order_by": "rate_best", "indicator": "cccd"}, ["689", "688", "690", "691"]),
        ({"order_by": "rate_worst", "indicator": "cccd"}, ["688", "690", "689", "691"]),
        ({"order_by": "rate_best", "indicator": "cccd", "as_of": "2024-05-31"}, ["688", "689", "690", "691"]),
    ]
    for order, expected in orders:
        pages = (await ask("children", campaign="bp", parents=["70", "688", "777", "9001"], **order))["pages"]
        assert list(pages) == ["70", "688", "9001"]
        assert codes(pages["70"]) == expected
        assert sorted(codes(pages["688"])) == ["25001", "25002"]
        assert pages["9001"] == {"items": [], "cursors": [], "total": 0, "has_next": False}
        found, after = [], None
        while after is not False:
            answer = await ask("children", campaign="bp", parents=["70"], first=3, after=after, **order)
            page = answer["pages"]["70"]
            found += codes(page)
            after = page["cursors"][-1] if page["has_next"] else False
        assert found == expected


async def test_children_outside_the_subtree_are_not_listed(ask: Any, model: Any) -> None:
    answer = await ask("children", campaign="bp", parents=["70", "689"], seen=("688",))
    assert list(answer["pages"]) == ["70"]
    assert codes(answer["pages"]["70"]) == ["688"]
    assert answer["pages"]["70"]["total"] == 1


async def test_ranking(ask: Any, model: Any) -> None:
    question = {"campaign": "bp", "indicator": "cccd", "level": "district"}
    best = await ask("ranking", **question, first=2)
    assert (codes(best), best["total"], best["has_next"]) == (["689", "688"], 4, True)
    assert best["items"][0]["ancestors"] == ["70"]
    assert codes(await ask("ranking", **question, order="worst")) == ["688", "690", "689", "691"]
    assert codes(await ask("ranking", **question, seen=("690",))) == ["690"]


async def test_figures_come_in_the_order_asked(ask: Any, get: Any, model: Any) -> None:
    answer = await ask("figures", campaign="bp", units=["690", "777", "688", "690"], indicators=["sim", "cccd"])
    order = [(one["unit"], one["indicator"]) for one in answer["items"]]
    assert order == [("690", "sim"), ("690", "cccd"), ("688", "sim"), ("688", "cccd")]
    assert (answer["as_of"], answer["as_of_token"]) == ("2024-07-03", "")
    assert answer["items"][1::2] == [
        (await get("figures", unit=code, indicator="cccd"))["items"][0] for code in ("690", "688")
    ]
    narrow = await ask("figures", campaign="bp", units=["70", "688", "689"], seen=("688",))
    assert [one["unit"] for one in narrow["items"]] == ["688", "688"]
    assert (await ask("figures", campaign="bp", units=["70"], as_of="2024-07-04"))["status"] == 422
    assert (await ask("figures", campaign="bp", units=["70"], indicators=["x"]))["code"] == "indicator_unknown"


async def test_exemptions(ask: Any, model: Any) -> None:
    full = "reporting:read reporting:sensitive"
    answer = await ask("exemptions", campaign="bp", units=["689", "688", "777"], indicator="cccd", scope=full)
    assert answer["items"] == {
        "689": [{"reason": "abroad", "name": "Ở nước ngoài", "count": 2, "suppressed": False}],
        "688": [],
    }
    narrow = await ask("exemptions", campaign="bp", units=["689", "70"], indicator="cccd", seen=("688",))
    assert narrow["items"] == {}


MALFORMED: list[tuple[str, str, int, str | None]] = [
    ("figures", "{", 400, None),
    ("figures", "\xff", 400, None),
    ("figures", '{"campaign": "bp"}', 422, ""),
    ("figures", '{"campaign": "bp", "units": [1]}', 422, "/units/0"),
    ("figures", '{"campaign": "bp", "units": ["70"], "as_of": 3}', 422, "/as_of"),
    ("campaigns", '{"first": 1001}', 422, "/first"),
    ("campaigns", '{"first": -1}', 422, "/first"),
    ("units", '{"after": "x"}', 422, None),
    ("children", '{"campaign": "bp", "parents": ["70"], "order_by": "rate_best"}', 422, "/indicator"),
    ("children", '{"campaign": "bp", "parents": ["70"], "order_by": "x"}', 422, "/order_by"),
    ("ranking", '{"campaign": "none", "indicator": "x", "level": "district"}', 404, None),
    ("ranking", '{"campaign": "bp\\u0000", "indicator": "x", "level": "district"}', 404, None),
]


async def test_malformed_questions_are_problems(reading: Any, model: Any) -> None:
    token = reading.token("reporting:read")
    for question, body, status, pointer in MALFORMED:
        path, content = f"/internal/graph/{question}", body.encode("latin-1")
        answer = await reading.call("reporting", "POST", path, token=token, content=content)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), body
        if pointer is not None:
            assert answer.json()["errors"][0]["pointer"] == pointer
        assert (await reading.call("reporting", "POST", path, content=content)).status_code == 401


async def test_units_outside_any_campaign_are_those_of_the_day(ask: Any, written: Any) -> None:
    model = ReadModel()
    units = {unit.code: unit for unit in model.units}
    last = date(2025, 6, 30)
    gone = [msgspec.structs.replace(units[code], valid_to=last) for code in ("70", "688", "25003")]
    born = {"id": 1, "name": "Xã Lộc Hòa", "parent_code": "75", "valid_from": date(2025, 7, 1)}
    reborn = msgspec.structs.replace(units["25003"], **born)
    model.units = [unit for unit in model.units if unit.code not in ("70", "688", "25003")] + gone + [reborn]
    await written(model)

    (before,) = (await ask("units", codes=["25003"], on="2024-05-01"))["items"]
    (after,) = (await ask("units", codes=["25003"], on="2026-01-01"))["items"]
    assert (before["name"], before["parent_code"], before["valid_to"]) == ("Xã Lộc Thạnh", "689", "2025-06-30")
    assert (after["name"], after["parent_code"], after["valid_from"]) == ("Xã Lộc Hòa", "75", "2025-07-01")
    assert (await ask("units", codes=["689"], on="2026-01-01"))["items"][0]["parent_code"] is None
    assert (await ask("units", codes=["70", "84"]))["on"] == "2024-07-10"

    async def found(**fields: Any) -> list[str]:
        return [one["code"] for one in (await ask("units", **fields))["items"]]

    assert await found(within="70", level="commune", on="2024-05-01") == ["25002", "25001", "25004", "25003"]
    assert await found(within="75", on="2026-01-01") == ["75", "25003"]
    assert await found(q="loc", on="2026-01-01") == ["25003", "25004"]
    assert await found(codes=["688", "70", "84", "689", "25001"], on="2024-05-01", seen=("688",)) == [
        "688",
        "70",
        "84",
        "25001",
    ]
    assert await found(on="2024-05-01", seen=("688",)) == ["9001", "9002", "25002", "25001", "688"]
    assert await found(on="2026-01-01", seen=("688",)) == []
    assert await found(codes=["688"], on="2024-05-01", seen=()) == []
    assert await found(q="x\x00", on="2024-05-01", seen=("nowhere",)) == []
    hidden = await ask("units", within="689", on="2024-05-01", seen=("688",))
    assert (hidden["status"], hidden["code"]) == (404, "unit_not_found_on_day")


async def test_series_come_in_columns_for_many_units_at_once(ask: Any, get: Any, model: Any) -> None:
    asked = {"from_day": "2024-06-30", "to_day": "2024-07-03"}
    answer = await ask("series", campaign="bp", units=["70", "689", "777"], indicators=["cccd"], **asked)
    assert answer["status"] == 200
    assert answer["days"] == ["2024-06-30", "2024-07-01", "2024-07-02", "2024-07-03"]
    assert answer["paused"] == {"cccd": [False] * 4}
    assert [(one["unit"], one["indicator"], one["cohort"]) for one in answer["items"]] == [
        ("70", "cccd", None),
        ("689", "cccd", None),
    ]
    for one in answer["items"]:
        days = await get("series", unit=one["unit"], indicator="cccd", **{"from": "2024-06-30"})
        for name in ("achieved", "exempt", "declined", "expected"):
            assert (one[name] or [None] * 4) == [item[name] for item in days["items"]]
    every = await ask("series", campaign="bp", units=["70"], cumulative=False, as_of="2024-04-05")
    assert len(every["days"]) == 2
    assert (await ask("series", campaign="bp", units=[], from_day="2024-01-01"))["code"] == "days_outside_campaign"
    assert (await ask("series", campaign="bp", units=["70"], indicators=["x"]))["code"] == "indicator_unknown"
