"""`GET …/cascade`."""

from typing import Any

from tests.services.quota.plans.test_revising import revised, withdraw
from tests.services.quota.support import Quota, line


async def cascade(quota: Quota, query: str = "") -> dict[str, Any]:
    return await quota.get(f"/v1/campaigns/sb-90d/cascade{query}")


async def counts(quota: Quota, query: str = "") -> dict[str, tuple[int, int, int]]:
    levels = (await cascade(quota, query))["levels"]
    return {one["level"]: (one["received"], one["issued"], one["units"]) for one in levels}


async def blockers(quota: Quota) -> dict[str, str | None]:
    return {one["unit"]: one["blocked_by"] for one in (await cascade(quota))["items"]}


async def test_everybody_waits_for_the_top_unit_at_first(quota: Quota):
    assert await blockers(quota) == {"P": None, "D1": "P", "D2": "P", "C11": "P", "C12": "P", "C21": "P"}
    assert await counts(quota) == {"province": (0, 0, 1), "district": (0, 0, 2), "commune": (0, 0, 3)}
    assert (await cascade(quota))["items"][0]["blocks"] == 5


async def test_who_blocks_whom_follows_the_plans(quota: Quota):
    await quota.issued("P", line("D1", 10))
    await quota.issued("D1", line("C11", 4))
    assert await blockers(quota) == {"P": None, "D1": None, "D2": "P", "C11": None, "C12": "D1", "C21": "P"}
    assert await counts(quota) == {"province": (0, 1, 1), "district": (1, 1, 2), "commune": (1, 0, 3)}
    assert await counts(quota, "?level=district") == {"district": (1, 1, 2)}


async def test_each_unit_shows_what_it_received_kept_and_handed_down(quota: Quota):
    await quota.issued(None, line("P", 50))
    await quota.issued(
        "P", line("D1", 10, cohort="hard"), line("D1", 20), line("D2", 15), line("D2", 5, indicator="sim")
    )
    await quota.issued("D1", line("C11", 21))
    items = {one["unit"]: one for one in (await cascade(quota))["items"]}
    assert items["P"]["indicators"] == [
        {"indicator": "cccd", "received": 50, "handed_down": 45, "unallocated": 5, "over": 0},
        {"indicator": "sim", "received": None, "handed_down": 5, "unallocated": None, "over": None},
    ]
    assert items["D1"]["indicators"] == [
        {"indicator": "cccd", "received": 30, "handed_down": 21, "unallocated": 9, "over": 0}
    ]
    assert items["D2"]["indicators"][0] == {
        "indicator": "cccd",
        "received": 15,
        "handed_down": None,
        "unallocated": None,
        "over": None,
    }
    assert (items["D2"]["received"], items["D2"]["issued"], items["C12"]["indicators"]) == (True, False, [])
    only = (await cascade(quota, "?unit=D2&indicator=sim"))["items"]
    assert [(one["unit"], len(one["indicators"])) for one in only] == [("D2", 1), ("C21", 0)]


async def test_a_lowered_plan_above_shows_as_over_as_of_its_date(quota: Quota):
    first = await quota.issued("P", line("D1", 10))
    await quota.issued("D1", line("C11", 10))
    await revised(quota, first, line("D1", 7), number="9/KH", date="2024-05-10")

    async def over(day: str) -> int:
        return (await cascade(quota, f"?unit=D1&level=district&as_of={day}"))["items"][0]["indicators"][0]["over"]

    assert (await over("2024-05-09"), await over("2024-05-10")) == (0, 3)


async def test_a_withdrawn_plan_is_not_issued_any_more(quota: Quota):
    first = await quota.issued("P", line("D1", 10))
    await withdraw(quota, first, "12/QĐ", "2024-05-10")
    assert (await counts(quota, "?as_of=2024-05-09"))["province"] == (0, 1, 1)
    assert (await counts(quota, "?as_of=2024-05-10"))["province"] == (0, 0, 1)


async def test_units_come_in_pages_and_levels_whole(quota: Quota):
    units = [one["unit"] async for page in quota.pages("/v1/campaigns/sb-90d/cascade?limit=4") for one in page]
    assert units == ["P", "D1", "D2", "C11", "C12", "C21"]
    assert (await counts(quota, "?limit=1"))["commune"] == (0, 0, 3)


async def test_a_token_of_a_subtree_learns_nothing_of_what_is_outside(quota: Quota):
    await quota.issued("P", line("D2", 10))
    own = quota.as_token(units=("D1",))
    found = await cascade(own)
    assert [(one["unit"], one["blocked_by"]) for one in found["items"]] == [("D1", None), ("C11", None), ("C12", None)]
    assert await counts(own) == {"district": (0, 0, 1), "commune": (0, 0, 2)}
