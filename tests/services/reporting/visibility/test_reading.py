"""Outside its subtree a token learns nothing."""

from typing import Any

import pytest

from tests.services.reporting.support import ReadModel, indicator


@pytest.fixture
async def two_districts(written: Any) -> None:
    model = ReadModel(indicator("cccd"))
    for code in ("70", "688", "689", "25001", "25002"):
        model.quota(code, "cccd", 10)
    for code in ("25001", "25002", "689"):
        model.report(code, "cccd", 5)
    await written(model)


async def test_a_token_sees_the_figures_of_its_subtree_alone(get: Any, refused: Any, two_districts: None) -> None:
    seen = await get("figures", depth=5, units=("688",))
    assert [one["unit"] for one in seen["items"]] == ["688", "25001", "25002", "9001", "9002"]
    assert (await get("figures", units=("688",)))["items"] == []
    assert await refused("bp/figures", unit="689", units=("688",)) == (404, "unit_not_found")
    assert await refused("bp/figures", unit="25003", units=("688",)) == (404, "unit_not_found")


async def test_what_is_hidden_is_refused_word_for_word_like_what_does_not_exist(
    reading: Any, two_districts: None
) -> None:
    token = reading.token("reporting:read", units=["688"])

    async def body(path: str) -> dict[str, Any]:
        answer = (await reading.call("reporting", "GET", path, token=token)).json()
        return {key: value for key, value in answer.items() if key not in ("request_id", "instance")}

    hidden = await body("/v1/campaigns/bp/figures?unit=689")
    absent = await body("/v1/campaigns/bp/figures?unit=777")
    assert {**hidden, "detail": hidden["detail"].replace("689", "777")} == absent


async def test_ranks_need_all_siblings(get: Any, two_districts: None) -> None:
    district, *communes = (await get("figures", unit="688", depth=1, units=("688",)))["items"]
    assert (district["rank"], district["ranked_of"]) == (None, None)
    assert [(one["rank"], one["ranked_of"]) for one in communes] == [(1, 2), (1, 2)]
    (alone,) = (await get("figures", unit="25001", units=("25001",)))["items"]
    assert (alone["rank"], alone["achieved"], alone["coverage"]) == (None, 5, {"reported": 1, "expected": 1})
    (one_of_both,) = (await get("figures", unit="25001", units=("25001", "25002")))["items"]
    assert one_of_both["rank"] == 1


async def test_the_campaign_is_hidden_from_tokens_without_one_of_its_units(refused: Any, two_districts: None) -> None:
    for units in (("75",), (), None, ("nowhere",)):
        assert await refused("bp/figures", units=units) == (404, "campaign_not_found")
        assert await refused("none/figures", units=units) == (404, "campaign_not_found")


async def test_whoever_stands_above_the_top_unit_sees_everything(get: Any, two_districts: None) -> None:
    for units in (("84",), ("70",), ("*",)):
        assert len((await get("figures", depth=5, units=units))["items"]) == 11


@pytest.mark.parametrize("published_to", [("*",), ("75",), ("84",)])
async def test_a_published_campaign_is_open_to_those_subtrees(get: Any, written: Any, published_to: Any) -> None:
    await written(ReadModel(indicator("cccd"), published_to=published_to))
    assert len((await get("figures", depth=5, units=("75",)))["items"]) == 11
    assert len((await get("figures", depth=5, units=("688",)))["items"]) == (11 if published_to != ("75",) else 5)
