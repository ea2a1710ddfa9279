"""Walks: columns say what the single questions say."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.contracts.walks import COLUMN_BREAK, VALUE_BREAK, WalkAnswer
from services.contracts.words import Outcome
from services.reporting.graph.figure_columns import ALL
from tests.services.reporting.support import ReadModel, indicator
from tests.support.stack import Stack

UNITS = ["70", "688", "689", "690", "25001", "25003", "25004", "9001"]


@pytest.fixture
async def model(written: Any) -> ReadModel:
    model = ReadModel(indicator("cccd", counts_baseline=True, target_rate="0.8"), indicator("sim"), labels=("imputed",))
    for code, achieved, quota in (("688", 1, 2), ("689", 3, 4), ("690", 2, 4), ("25001", 5, 0)):
        model.quota(code, "cccd", quota, baseline=1)
        model.report(code, "cccd", achieved, label="simulated" if code == "689" else None)
    model.report("25003", "cccd", 2, outcome=Outcome.EXEMPT, reason="abroad")
    model.report("25003", "cccd", 1, outcome=Outcome.EXEMPT, reason="illness")
    model.report("9001", "sim", 2)
    await written(model)
    return model


Walking = Any


@pytest.fixture
def walk(reading: Stack) -> Walking:
    """The head of the answer, and by step its columns by name."""

    async def put(*steps: dict[str, Any], seen: tuple[str, ...] = ("*",)) -> Any:
        token = reading.token("reporting:read", units=seen)
        body = {"steps": list(steps)}
        answer = await reading.call("reporting", "POST", "/internal/graph/walk", token=token, json=body)
        assert answer.status_code == 200, answer.text
        head, *columns = answer.text.split(COLUMN_BREAK)
        following = iter(columns)
        named = [
            {
                name: column.split(VALUE_BREAK) if column else []
                for name, column in zip(one["columns"], following, strict=False)
            }
            if "columns" in one
            else {}
            for one in steps
        ]
        return msgspec.json.decode(head, type=WalkAnswer), named

    return put


def read(figure: dict[str, Any], name: str) -> Any:
    outer, _, inner = name.partition(".")
    value = figure[outer]
    return read(value, inner) if inner and value is not None else value


def decoded(text: str) -> Any:
    value = msgspec.json.decode(text)
    if isinstance(value, str) and value.endswith("Z"):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


FAST = sorted(one for one in ALL if one != "band" and not one.startswith("pace."))


@pytest.mark.parametrize("names", [sorted(ALL), FAST, ["rate.printed"], ["rank"], ["coverage.reported", "labels"]])
async def test_columns_of_figures_are_the_fields_of_figures(
    ask: Any, walk: Walking, model: Any, names: list[str]
) -> None:
    figures = (await ask("figures", campaign="bp", units=UNITS))["items"]
    steps: list[dict[str, Any]] = [{"to": "campaign", "code": "bp"}]
    for code in UNITS:
        steps.append({"to": "unit", "of": 0, "columns": [], "code": code})
        steps.append({"to": "figures", "of": len(steps) - 1, "columns": names})
    _, columns = await walk(*steps)
    for name in names:
        found = [decoded(text) for one in columns[2::2] for text in one[name]]
        expected = [read(one, name) for one in figures]
        if name == "last_received_at":
            expected = [None if one is None else datetime.fromisoformat(one) for one in expected]
        assert found == expected, name


async def test_a_unit_that_is_reached_twice_has_its_figures_twice(walk: Walking, model: Any) -> None:
    head, columns = await walk(
        {"to": "campaign", "code": "bp"},
        {"to": "unit", "of": 0, "columns": [], "code": "688"},
        {"to": "children", "of": 1, "columns": ["code"], "first": 5},
        {"to": "ancestors", "of": 2, "columns": ["code"], "nearest": True},
        {"to": "figures", "of": 3, "columns": ["achieved"], "indicators": ["cccd"]},
    )
    assert columns[2]["code"] == ['"25001"', '"25002"']
    assert columns[3]["code"] == ['"688"', '"688"']
    assert columns[4]["achieved"] == ["7", "7"]
    assert [one.counts for one in head.steps] == [[1], [1], [2], [1, 1], [1, 1]]


async def test_what_is_not_seen_has_no_figures_and_no_children(walk: Walking, model: Any) -> None:
    head, columns = await walk(
        {"to": "campaign", "code": "bp"},
        {"to": "unit", "of": 0, "columns": ["visible"], "code": "70"},
        {"to": "children", "of": 1, "columns": ["code"], "first": 50},
        {"to": "figures", "of": 1, "columns": ["quota"]},
        {"to": "figures", "of": 0, "columns": ["quota"]},
        seen=("688",),
    )
    assert columns[1]["visible"] == ["false"]
    assert columns[2]["code"] == ['"688"']
    assert head.steps[2].totals == [1]
    assert (columns[3]["quota"], columns[4]["quota"]) == ([], [])


async def test_a_refused_step_leaves_the_others_their_answers(walk: Walking, model: Any) -> None:
    head, columns = await walk(
        {"to": "campaign", "code": "bp"},
        {"to": "figures", "of": 0, "columns": ["quota"], "as_of": "2020-01-01"},
        {"to": "units", "of": 0, "columns": ["code"], "first": 5, "after": "?"},
        {"to": "figures", "of": 0, "columns": ["quota"], "indicators": ["cccd"]},
    )
    assert [one.code for step in head.steps for one in step.refusals] == ["as_of_outside_campaign", "cursor_malformed"]
    assert columns[3]["quota"] == ["null"]


async def test_a_walk_that_does_not_hang_together_is_refused(ask: Any, model: Any) -> None:
    for steps in (
        [{"to": "unit", "of": 0, "columns": [], "code": "70"}],
        [{"to": "campaign", "code": "bp"}, {"to": "children", "of": 0, "columns": [], "first": 5}],
        [{"to": "campaign", "code": "bp"}, {"to": "exemptions", "of": 0, "columns": []}],
        [{"to": "campaign", "code": "bp"}, {"to": "figures", "of": 0, "columns": ["secret"]}],
        [{"to": "campaign", "code": "bp"}, {"to": "unit", "of": 0, "columns": ["secret"], "code": "70"}],
    ):
        found = await ask("walk", steps=steps)
        assert (found["status"], found["code"]) == (422, "invalid_input")
