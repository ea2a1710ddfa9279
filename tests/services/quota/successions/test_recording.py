"""`POST /v1/successions` and `GET /v1/units/{code}/succession`."""

from typing import Any

import asyncpg
import httpx2
import pytest

from tests.services.quota.support import Quota, problem, unit

OLD = {"valid_to": "2025-06-30"}
NEW = {"valid_from": "2025-07-01"}
DECISION = {"number": "202/2025/QH15", "date": "2025-06-12"}


def act(relation: str, before: list[str], after: list[str], **more: Any) -> dict[str, Any]:
    return {
        "day": "2025-07-01",
        "decision": DECISION,
        "relation": relation,
        "predecessors": before,
        "successors": after,
        **more,
    }


async def record(quota: Quota, *acts: dict[str, Any]) -> httpx2.Response:
    return await quota.call("POST", "/v1/successions", json=acts[0] if len(acts) == 1 else {"successions": acts})


async def recorded(quota: Quota, *acts: dict[str, Any]) -> None:
    answer = await record(quota, *acts)
    assert (answer.status_code, answer.json()) == (201, {"created": len(acts), "unchanged": 0}), answer.text


@pytest.fixture
async def land(bare: Quota) -> Quota:
    """Communes A, B, C until June 2025, A (larger) and N from July; K goes on all the while."""
    answer = await bare.put_units(
        unit("P", "province", None, "Tỉnh"),
        *(unit(code, "commune", "P", f"Xã {code}", **OLD) for code in "ABC"),
        unit("K", "commune", "P", "Xã K"),
        unit("A", "commune", "P", "Phường A", **NEW),
        unit("N", "commune", "P", "Xã N", **NEW),
    )
    assert answer.status_code == 200, answer.text
    return bare


async def succession(quota: Quota, code: str, on: str, more: str = "") -> tuple[list[str], list[str]]:
    found = await quota.get(f"/v1/units/{code}/succession?on={on}{more}")
    return [one["code"] for one in found["predecessors"]], [one["code"] for one in found["successors"]]


async def test_units_merge_into_one_that_reuses_a_code(land: Quota):
    await recorded(land, act("merge", ["A", "B"], ["A"]))
    assert await succession(land, "A", "2025-06-30") == ([], ["A"])
    assert await succession(land, "B", "2024-04-04") == ([], ["A"])
    assert await succession(land, "A", "2025-07-01") == (["A", "B"], [])
    assert await succession(land, "K", "2025-07-01") == ([], [])
    (one,) = (await land.get("/v1/units/B/succession?on=2025-06-30"))["successors"]
    assert one == {
        "code": "A",
        "level": "commune",
        "name": "Phường A",
        "valid_from": "2025-07-01",
        "valid_to": None,
        "step": 1,
        "day": "2025-07-01",
        "relation": "merge",
        "decision": DECISION,
        "share": {"numerator": 1, "denominator": 1},
        "main": True,
    }


async def test_a_divided_unit_has_shares_only_where_they_are_stated(land: Quota):
    await recorded(land, act("split", ["A"], ["A", "N"], weights={"A": "0.75", "N": "0.5"}, main="A"))
    await recorded(land, act("split", ["B"], ["A", "N"]))
    found = (await land.get("/v1/units/A/succession?on=2025-06-30"))["successors"]
    assert [(one["code"], one["share"], one["main"]) for one in found] == [
        ("A", {"numerator": 75, "denominator": 125}, True),
        ("N", {"numerator": 50, "denominator": 125}, False),
    ]
    assert [one["share"] for one in (await land.get("/v1/units/B/succession?on=2025-06-30"))["successors"]] == [
        None
    ] * 2
    assert await succession(land, "N", "2025-07-01") == (["A", "B"], [])


async def test_a_part_leaves_what_stays(land: Quota):
    wrong = await record(land, act("part", ["K"], ["N"], weights={"N": 1}))
    assert problem(wrong, 422, "invalid_input") == [("/weights", "weight_of_what_stays")]
    await recorded(land, act("part", ["K"], ["N"], weights={"N": 1, "K": 3}))
    (one,) = (await land.get("/v1/units/K/succession?on=2025-08-01"))["successors"]
    assert (one["code"], one["share"]) == ("N", {"numerator": 1, "denominator": 4})


async def test_what_is_abolished_has_no_successor(land: Quota):
    await recorded(land, act("abolish", ["C"], []))
    assert await succession(land, "C", "2025-06-30") == ([], [])


async def test_what_became_of_a_unit_over_several_steps(land: Quota):
    await land.put_units(
        unit("A", "commune", "P", "Phường A", valid_from="2025-07-01", valid_to="2026-04-29"),
        unit("Z", "commune", "P", "Phường Z", valid_from="2026-04-30"),
    )
    await recorded(land, act("merge", ["A", "B"], ["A"]))
    await recorded(land, act("rename", ["A"], ["Z"], day="2026-04-30"))
    assert await succession(land, "B", "2025-06-30") == ([], ["A", "Z"])
    assert await succession(land, "B", "2025-06-30", "&steps=1") == ([], ["A"])
    assert await succession(land, "Z", "2026-05-01") == (["A", "A", "B"], [])
    assert await succession(land, "A", "2025-12-01") == (["A", "B"], ["Z"])


async def test_an_act_said_again_changes_nothing_and_another_is_refused(land: Quota):
    merged = act("merge", ["A", "B"], ["A"])
    await recorded(land, merged)
    told = (await land.events()).count("successions_changed")
    answer = await record(land, merged)
    assert (answer.status_code, answer.json()) == (201, {"created": 0, "unchanged": 1})
    assert problem(await record(land, act("merge", ["B", "C"], ["N"])), 422, "invalid_input") == [
        ("/predecessors", "succession_recorded")
    ]
    assert (await land.events()).count("successions_changed") == told == 1
    async with land.stack.connection("quota") as connection:
        with pytest.raises(asyncpg.RaiseError, match="never changed"):
            await connection.execute("DELETE FROM succession")


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        (act("merge", ["A", "X"], ["A"]), [("/predecessors/1", "unknown_unit")]),
        (act("merge", ["A", "N"], ["A"]), [("/predecessors/1", "unknown_unit")]),
        (act("merge", ["A", "B"], ["C"]), [("/successors/0", "unknown_unit")]),
        (act("merge", ["A", "K"], ["A"]), [("/predecessors/1", "predecessor_goes_on")]),
        (act("merge", ["K", "B"], ["K"]), [("/predecessors/0", "succeeds_itself")]),
        (act("merge", ["A", "A"], ["A"]), [("/predecessors", "unit_twice")]),
        (act("merge", ["A", "B"], ["A", "N"]), [("/successors", "one_successor")]),
        (act("split", ["A"], ["A"]), [("/successors", "several_successors")]),
        (act("split", ["A", "B"], ["A", "N"]), [("/predecessors", "one_predecessor")]),
        (act("rename", ["A", "B"], ["A"]), [("/predecessors", "one_predecessor")]),
        (act("abolish", ["A"], ["A"]), [("/successors", "successors_forbidden")]),
        (act("part", ["A"], []), [("/successors", "successors_missing")]),
        (act("merge", ["A"], ["A"], weights={"A": 1}), [("/weights", "weights_forbidden")]),
        (act("split", ["A"], ["A", "N"], weights={"A": 1}), [("/weights", "weights_incomplete")]),
        (act("split", ["A"], ["A", "N"], weights={"A": 0, "N": 0}), [("/weights", "weights_zero")]),
        (act("split", ["A"], ["A", "N"], weights={"A": 1, "N": 1, "K": 1}), [("/weights", "weight_of_stranger")]),
        (act("split", ["A"], ["A", "N"], main="K"), [("/main", "main_not_successor")]),
    ],
)
async def test_an_act_that_cannot_be_is_refused_and_nothing_is_kept(
    land: Quota, wrong: dict[str, Any], errors: list[tuple[str, str]]
):
    assert problem(await record(land, wrong), 422, "invalid_input") == errors
    many = await record(land, act("abolish", ["C"], []), wrong)
    assert problem(many, 422, "invalid_input") == [(f"/successions/1{at}", code) for at, code in errors]
    assert await land.rows("succession") == 0


async def test_two_acts_of_one_request_do_not_contradict_each_other(land: Quota):
    answer = await record(land, act("merge", ["A", "B"], ["A"]), act("rename", ["B"], ["N"]))
    assert problem(answer, 422, "invalid_input") == [("/successions/1/predecessors", "succession_recorded")]


async def test_a_token_sees_and_writes_only_its_own(land: Quota):
    await recorded(land, act("merge", ["A", "B"], ["A"]))
    own = land.as_token(units=("B",))
    assert await succession(own, "B", "2025-06-30") == ([], [])
    assert (await own.call("GET", "/v1/units/A/succession?on=2025-06-30")).status_code == 404
    assert problem(await record(own, act("rename", ["C"], ["N"])), 422, "invalid_input") == [
        ("/predecessors/0", "unknown_unit"),
        ("/successors/0", "unknown_unit"),
    ]
