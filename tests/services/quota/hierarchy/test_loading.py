"""`PUT /v1/units`: every row or none."""

import asyncpg
import pytest

from tests.services.quota.support import PROVINCE, WRITE, Quota, problem, unit


async def test_a_load_counts_what_is_new_changed_and_unchanged(bare: Quota):
    assert (await bare.put_units(*PROVINCE)).json() == {"created": 6, "changed": 0, "unchanged": 0}
    renamed = {**PROVINCE[1], "name": "Thị xã Lộc Ninh"}
    again = await bare.put_units(PROVINCE[0], renamed, unit("C22", "commune", "D2", "Xã Thống Nhất"))
    assert again.json() == {"created": 1, "changed": 1, "unchanged": 1}
    assert (await bare.get("/v1/units/D1"))["name"] == "Thị xã Lộc Ninh"


async def test_a_load_that_changes_nothing_records_nothing(bare: Quota):
    await bare.province()
    before = await bare.events()
    answer = await bare.put_units(*PROVINCE)
    assert "consistency-token" not in answer.headers
    assert await bare.events() == before == ["units_changed"]


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(bare: Quota):
    answer = await bare.call("PUT", "/v1/units?dry_run=true", json={"units": PROVINCE})
    assert answer.json() == {"created": 6, "changed": 0, "unchanged": 0}
    assert await bare.rows("unit") == 0
    assert await bare.events() == []


async def test_the_order_of_rows_does_not_matter(bare: Quota):
    assert (await bare.put_units(*reversed(PROVINCE))).status_code == 200


async def test_names_are_stored_composed(bare: Quota):
    await bare.put_units(unit("P", "province", None, "Ti\u0309nh  So\u0302ng Be\u0301 "))
    assert (await bare.get("/v1/units/P"))["name"] == "Tỉnh Sông Bé"


WRONG = {
    "unknown parent": (unit("X", "commune", "NOBODY", "X"), "parent_code", "unknown_parent"),
    "parent of other days": (
        unit("X", "commune", "OLD", "X", valid_from="2024-01-01"),
        "parent_code",
        "unknown_parent",
    ),
    "under itself": (unit("X", "commune", "X", "X"), "parent_code", "cycle"),
    "above its parent": (unit("X", "province", "D1", "X"), "level", "level_not_below_parent"),
    "beside its parent": (unit("X", "district", "D1", "X"), "level", "level_not_below_parent"),
    "ends before it begins": (
        unit("X", "commune", "D1", "X", valid_from="2024-05-02", valid_to="2024-05-01"),
        "valid_to",
        "valid_to_before_valid_from",
    ),
    "code borne already": (
        unit("C11", "commune", "D1", "X", valid_from="2024-01-01"),
        "valid_from",
        "validity_overlaps",
    ),
    "parent that loses its rank": (
        unit("D1", "commune", "P", "X"),
        "level",
        "level_not_above_children",
    ),
    "parent that ends before its children": (
        unit("OLD", "district", "P", "Huyện cũ", valid_to="1999-12-31"),
        "valid_to",
        "children_without_parent",
    ),
}


async def test_a_wrong_row_is_named_and_nothing_is_taken(bare: Quota):
    await bare.put_units(
        *PROVINCE,
        unit("OLD", "district", "P", "Huyện cũ", valid_to="2023-12-31"),
        unit("C0", "commune", "OLD", "Xã cũ", valid_from="2010-01-01", valid_to="2023-12-31"),
    )
    units, events = await bare.get("/v1/units"), await bare.events()
    for case, (row, field, code) in WRONG.items():
        answer = await bare.put_units(unit("GOOD", "commune", "D1", "Xã mới"), row)
        assert (f"/units/1/{field}", code) in problem(answer, 422, "invalid_input"), case
        assert await bare.get("/v1/units") == units, case
    assert await bare.events() == events


async def test_a_circle_is_named_at_each_of_its_rows(bare: Quota):
    answer = await bare.put_units(
        unit("A", "body", "B", "A"),
        unit("B", "body", "C", "B"),
        unit("C", "body", "A", "C"),
        unit("D", "body", "A", "D"),
    )
    assert problem(answer, 422, "invalid_input") == [(f"/units/{row}/parent_code", "cycle") for row in range(3)]
    assert await bare.rows("unit") == 0


async def test_a_circle_through_units_that_are_known_already_is_found(bare: Quota):
    await bare.put_units(unit("A", "body", None, "A"), unit("B", "body", "A", "B"), unit("C", "body", "B", "C"))
    answer = await bare.put_units(unit("A", "body", "C", "A"))
    assert problem(answer, 422, "invalid_input") == [("/units/0/parent_code", "cycle")]
    assert (await bare.get("/v1/units/A"))["parent_code"] is None


async def test_units_that_stand_above_each_other_on_different_days_are_no_circle(bare: Quota):
    answer = await bare.put_units(
        unit("A", "body", None, "A", valid_to="2023-12-31"),
        unit("B", "body", "A", "B", valid_to="2023-12-31"),
        unit("B", "body", None, "B", valid_from="2024-01-01"),
        unit("A", "body", "B", "A", valid_from="2024-01-01"),
    )
    assert answer.status_code == 200, answer.text


async def test_one_code_twice_on_a_day_is_an_error_on_both_rows(bare: Quota):
    answer = await bare.put_units(
        PROVINCE[0],
        unit("D1", "district", "P", "Một", valid_to="2024-06-30"),
        unit("D2", "district", "P", "Hai"),
        unit("D1", "district", "P", "Một", valid_from="2024-06-30"),
    )
    assert problem(answer, 422, "invalid_input") == [
        ("/units/1/code", "code_twice_on_a_day"),
        ("/units/3/code", "code_twice_on_a_day"),
    ]
    assert await bare.rows("unit") == 0


async def test_the_same_code_in_another_period_is_another_unit(bare: Quota):
    await bare.province()
    answer = await bare.put_units(
        unit("D1", "district", "P", "Huyện Lộc Ninh", valid_to="2025-06-30"),
        unit("D1", "commune", "P", "Xã Lộc Ninh", valid_from="2025-07-01"),
        unit("C11", "commune", "D1", "Xã Lộc Thạnh", valid_to="2025-06-30"),
        unit("C12", "commune", "D1", "Xã Lộc Thành", valid_to="2025-06-30"),
    )
    assert answer.json() == {"created": 1, "changed": 3, "unchanged": 0}
    assert (await bare.get("/v1/units/D1?on=2025-06-30"))["level"] == "district"
    assert (await bare.get("/v1/units/D1?on=2025-07-01"))["level"] == "commune"


async def test_bodies_stand_anywhere(bare: Quota):
    await bare.province()
    answer = await bare.put_units(
        unit("SO", "body", "P", "Sở Thông tin và Truyền thông"),
        unit("PHONG", "body", "SO", "Phòng"),
        unit("TO", "team", "PHONG", "Tổ 1"),
    )
    assert answer.status_code == 200, answer.text


ILL_FORMED: list[tuple[dict[str, object], str]] = [
    ({"level": "xã"}, "/units/0/level"),
    ({"code": "có dấu"}, "/units/0/code"),
    ({"name": ""}, "/units/0/name"),
    ({"name": " \u00a0"}, "/units/0/name"),
    ({"kind": None}, "/units/0/kind"),
    ({"valid_from": 1714521600}, "/units/0/valid_from"),
    ({"valid_to": "2024-02-30"}, "/units/0/valid_to"),
    ({"population": 7}, "/units/0/population"),
]


async def test_a_field_that_is_not_of_its_form_is_named(bare: Quota):
    for row, pointer in ILL_FORMED:
        answer = await bare.put_units({**PROVINCE[0], **row})
        assert [at for at, _ in problem(answer, 422, "invalid_input")] == [pointer]
    assert await bare.rows("unit") == 0


async def test_a_token_without_the_scope_writes_nothing(bare: Quota):
    problem(await bare.as_token("quota:read").put_units(*PROVINCE), 403, "scope_missing")
    assert await bare.rows("unit") == 0


async def test_a_token_writes_within_its_subtree(bare: Quota):
    await bare.province()
    district = bare.as_token(units=("D1",))
    answer = await district.put_units(
        unit("D1", "district", "P", "Thị xã Lộc Ninh"), unit("C13", "commune", "D1", "Xã Lộc Hòa")
    )
    assert answer.json() == {"created": 1, "changed": 1, "unchanged": 0}


OUTSIDE = {
    "beside it": unit("C22", "commune", "D2", "X"),
    "a known unit beside it": unit("C21", "commune", "D2", "X"),
    "a known unit drawn into it": unit("C21", "commune", "D1", "X"),
    "its top under another parent": unit("D1", "district", "Q", "X"),
    "its top without parent": unit("D1", "district", None, "X"),
    "one of its units moved out": unit("C11", "commune", "D2", "X"),
    "a new root": unit("R", "province", None, "X"),
}


async def test_a_token_writes_nothing_outside_its_subtree(bare: Quota):
    await bare.province()
    await bare.put_units(unit("Q", "province", None, "Tỉnh khác"))
    before, events = await bare.get("/v1/units"), await bare.events()
    district = bare.as_token(units=("D1",))
    for case, row in OUTSIDE.items():
        assert len(problem(await district.put_units(row), 422, "invalid_input")) == 1, case
        assert await bare.get("/v1/units") == before, case
    assert await bare.events() == events


async def test_an_unseen_parent_is_refused_in_the_words_of_an_unknown_one(bare: Quota):
    await bare.province()
    district = bare.as_token(units=("D1",))
    unseen = (await district.put_units(unit("X", "commune", "D2", "X"))).json()["errors"]
    unknown = (await district.put_units(unit("X", "commune", "D9", "X"))).json()["errors"]
    assert unseen[0]["detail"].replace("D2", "D9") == unknown[0]["detail"]
    assert unseen[0]["code"] == unknown[0]["code"]


async def test_the_tree_of_a_campaign_with_plans_is_not_rearranged(quota: Quota):
    await quota.draft("P", {"unit": "D1", "indicator": "cccd", "amount": 1})
    moved = unit("C11", "commune", "D2", "Xã Lộc Thạnh")
    dry = await quota.call("PUT", "/v1/units?dry_run=true", json={"units": [moved]})
    assert dry.status_code == 200, "a draft holds nothing"
    await quota.issued("P", {"unit": "D2", "indicator": "cccd", "amount": 1})
    before = await quota.get("/v1/units")
    answer = await quota.put_units(moved)
    assert problem(answer, 422, "invalid_input") == [("/units/0/parent_code", "unit_in_campaign")]
    assert await quota.get("/v1/units") == before


async def test_a_unit_of_a_campaign_with_plans_may_end_after_its_hierarchy_day_and_move_then(quota: Quota):
    await quota.issued("P", {"unit": "D2", "indicator": "cccd", "amount": 1})
    answer = await quota.put_units(
        unit("C11", "commune", "D1", "Xã Lộc Thạnh", valid_to="2024-04-04"),
        unit("C11", "commune", "D2", "Xã Lộc Thạnh", valid_from="2024-04-05"),
    )
    assert answer.json() == {"created": 1, "changed": 1, "unchanged": 0}


async def test_eleven_thousand_units_are_told_in_events_that_the_bus_takes(bare: Quota):
    districts = [unit(f"D{n}", "district", "P", f"Huyện {n}") for n in range(500)]
    communes = [unit(f"C{n}", "commune", f"D{n // 21}", "Xã " + "ắ" * 300 + str(n)) for n in range(10_500)]
    answer = await bare.put_units(*communes, *districts, PROVINCE[0])
    assert answer.json() == {"created": 11_001, "changed": 0, "unchanged": 0}
    async with bare.stack.connection("quota") as connection:
        rows = await connection.fetch("SELECT length(payload) AS size, payload FROM outbox")
    assert max(row["size"] for row in rows) <= 512 * 1024
    assert sum(row["payload"].count(b'"code"') for row in rows) == 11_001


async def test_concurrent_loads_of_the_same_units_agree(bare: Quota):
    import asyncio

    answers = await asyncio.gather(*(bare.as_token(WRITE).put_units(*PROVINCE) for _ in range(4)))
    assert sorted(answer.json()["created"] for answer in answers) == [0, 0, 0, 6]


async def test_two_validities_of_a_day_are_refused_by_the_database_too(bare: Quota):
    await bare.province()
    async with bare.stack.connection("quota") as connection:
        for statement in (
            "INSERT INTO unit (code, level, kind, name, sort_key, search_key, valid_from, revision)"
            " VALUES ('C11', 'commune', 'xa', 'X', 'x', 'x', '2025-07-01', 1)",
            "UPDATE unit SET code = 'C11' WHERE code = 'C12'",
        ):
            with pytest.raises((asyncpg.ExclusionViolationError, asyncpg.UniqueViolationError)):
                await connection.execute(statement)
        await connection.execute("UPDATE unit SET valid_to = '2025-06-30' WHERE code = 'C11'")
        await connection.execute(
            "INSERT INTO unit (code, level, kind, name, sort_key, search_key, valid_from, revision)"
            " VALUES ('C11', 'commune', 'xa', 'X', 'x', 'x', '2025-07-01', 1)"
        )


async def test_what_the_fast_reading_does_not_take_is_said_by_the_model(bare: Quota):
    row = unit("P", "province", None, "Tỉnh")
    for field, value, code in (
        ("code", "P\n", "string_pattern_mismatch"),
        ("name", " ", "value_error"),
        ("name", "x" * 401, "string_too_long"),
        ("kind", 5, "string_type"),
        ("valid_from", "2024-02-30", "value_error"),
        ("colour", "red", "extra_forbidden"),
    ):
        answer = await bare.put_units(unit("Q", "province", None, "Tỉnh"), {**row, field: value})
        assert problem(answer, 422, "invalid_input") == [(f"/units/1/{field}", code)]
