"""`GET /v1/units` and `GET /v1/units/{code}`."""

from tests.services.quota.support import PROVINCE, Quota, problem, unit


async def test_a_unit_is_shown_with_its_ancestors_from_the_top(bare: Quota):
    await bare.province()
    assert await bare.get("/v1/units/C11") == {
        "code": "C11",
        "level": "commune",
        "kind": "commune",
        "parent_code": "D1",
        "name": "Xã Lộc Thạnh",
        "valid_from": None,
        "valid_to": None,
        "ancestors": [
            {"code": "P", "level": "province", "name": "Tỉnh Sông Bé"},
            {"code": "D1", "level": "district", "name": "Huyện Lộc Ninh"},
        ],
    }


async def test_ancestors_are_those_of_the_day(bare: Quota):
    await bare.put_units(
        unit("D", "district", None, "Huyện Chơn Thành", valid_to="2022-09-30"),
        unit("D", "district", None, "Thị xã Chơn Thành", valid_from="2022-10-01"),
        unit("C", "commune", "D", "Xã Minh Thắng"),
    )
    for day, name in (("2022-09-30", "Huyện Chơn Thành"), ("2022-10-01", "Thị xã Chơn Thành")):
        assert [one["name"] for one in (await bare.get(f"/v1/units/C?on={day}"))["ancestors"]] == [name]


async def test_today_is_the_day_in_viet_nam_unless_one_is_given(bare: Quota, clock):
    await bare.put_units(unit("P", "province", None, "Trước", valid_to="2025-06-30"))
    clock.set(clock.now().replace(year=2025, month=6, day=30, hour=16, minute=59))
    bare = bare.as_token()
    assert await bare.units() == ["P"]
    clock.move(minutes=1)
    assert await bare.units() == []


async def test_units_come_in_the_order_of_the_vietnamese_alphabet(bare: Quota):
    names = ["Ăn", "An", "Dân", "Đan", "Ân", "Ốc", "Ớt", "Oanh", "Zét"]
    await bare.put_units(*(unit(f"U{n}", "province", None, name) for n, name in enumerate(names)))
    items = (await bare.get("/v1/units"))["items"]
    assert [one["name"] for one in items] == ["An", "Ăn", "Ân", "Dân", "Đan", "Oanh", "Ốc", "Ớt", "Zét"]


SEARCHES = [
    ("loc thanh", ["C12", "C11"]),
    ("LỘC THẠNH", ["C12", "C11"]),
    ("dang ha", ["C21"]),
    ("ninh", ["D1"]),
    ("C21", ["C21"]),
    ("!%_", []),
    ("%25", []),
    ("%00", []),
]


async def test_search_disregards_accents_and_case(bare: Quota):
    await bare.province()
    assert [(q, await bare.units(f"?q={q}")) for q, _ in SEARCHES] == SEARCHES


CHOICES = [
    ("?level=district", ["D2", "D1"]),
    ("?within=D1", ["C12", "C11"]),
    ("?within=P&level=commune", ["C21", "C12", "C11"]),
    ("?within=P&q=loc", ["D1", "C12", "C11"]),
    ("?within=C11", []),
]


async def test_units_are_chosen_by_level_and_place(bare: Quota):
    await bare.province()
    assert [(query, await bare.units(query)) for query, _ in CHOICES] == CHOICES


async def test_pages_together_hold_every_unit_once(bare: Quota):
    await bare.put_units(*PROVINCE, unit("C22", "commune", "D2", "Xã Đăng Hà"))
    for query in ("", "&q=a", "&within=P", "&level=commune"):
        whole = await bare.units(f"?limit=1000{query}")
        pages = [page async for page in bare.pages(f"/v1/units?limit=2{query}")]
        assert [one["code"] for page in pages for one in page] == whole
        assert [len(page) for page in pages[:-1]] == [2] * (len(pages) - 1)
        assert len(whole) == len(set(whole)) > 2


async def test_a_cursor_that_this_list_did_not_give_is_refused(bare: Quota):
    for cursor in ["x", "W10", "WyJcdTAwMDAiLCAiYSJd", "WzEsMl0"]:
        problem(await bare.call("GET", f"/v1/units?cursor={cursor}"), 422, "cursor_malformed")


async def test_a_token_sees_its_subtrees_and_nothing_else(bare: Quota):
    await bare.province()
    district = bare.as_token(units=("D1", "C12"))
    assert await district.units() == ["D1", "C12", "C11"]
    assert await district.units("?q=dang") == []
    assert await district.units("?within=D1") == ["C12", "C11"]
    assert (await district.get("/v1/units/C11"))["ancestors"][0] == {
        "code": "P",
        "level": "province",
        "name": "Tỉnh Sông Bé",
    }
    for path in ("/v1/units/P", "/v1/units/D2", "/v1/units/C21", "/v1/units?within=P", "/v1/units?within=D2"):
        problem(await district.call("GET", path), 404, "not_found")


async def test_a_token_without_units_sees_nothing(bare: Quota):
    await bare.province()
    nobody = bare.as_token(units=None)
    assert await nobody.units() == []
    problem(await nobody.call("GET", "/v1/units/P"), 404, "not_found")


async def test_an_unseen_unit_is_answered_like_an_unknown_one(bare: Quota):
    await bare.province()
    district = bare.as_token(units=("D1",))
    unseen = (await district.call("GET", "/v1/units/D2?on=2024-04-04")).json()
    unknown = (await district.call("GET", "/v1/units/D9?on=2024-04-04")).json()
    varying = {"instance", "request_id", "detail"}
    assert {name: unseen[name] for name in unseen.keys() - varying} == {
        name: unknown[name] for name in unknown.keys() - varying
    }
    assert unseen["detail"].replace("D2", "D9") == unknown["detail"]


async def test_a_code_that_nobody_bears_is_not_found(bare: Quota):
    for code in ["nobody", "không", "a%00b", "%20"]:
        problem(await bare.call("GET", f"/v1/units/{code}"), 404, "not_found")


async def test_a_parameter_that_is_not_of_its_form_is_refused(bare: Quota):
    for query in ["level=xa", "on=2024", "on=1714521600", "limit=0", "limit=1001", "within=%00"]:
        problem(await bare.call("GET", f"/v1/units?{query}"), 422, "invalid_input")
