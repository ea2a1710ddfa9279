"""Flows, activities, milestones, ratios and places in a table are what the model says."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import examination
from tests.laws.comparison import differences, judge, side_by_side
from tests.laws.conftest import LAWS
from tests.laws.model import hierarchy, kinds
from tests.laws.model.figures import Knowledge
from tests.laws.product import Told, day_number, day_of, tell
from tests.laws.stories import Question, questions
from tests.laws.unmeasured import unmeasured
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")


@LAWS
@given(data=st.data())
async def test_what_is_counted_without_a_quota_is_what_the_model_says(judged: Stack, data: st.DataObject) -> None:
    story = data.draw(unmeasured())
    asked = data.draw(st.lists(questions(story), min_size=1, max_size=2, unique=True))
    told = await tell(judged, story)
    for question in asked:
        first = data.draw(st.integers(0, question.day))
        last = data.draw(st.integers(first, question.day))
        knowledge = Knowledge(story, question.known)
        found = [
            *await _figures(told, knowledge, question),
            *await _flow(told, knowledge, question, first, last),
            *[line async for line in examination.contradicting(told, knowledge, question)],
        ]
        for code in sorted({question.indicator, "fed"}):
            followed = replace(question, indicator=code)
            found += [line async for line in examination.day_by_day(told, knowledge, followed)]
        if question.indicator in ("ratio", "activity", "quota"):
            found += [line async for line in examination.league(told, knowledge, question)]
        judge(story, found, f"{question!r}, the flow from {first} to {last}", after=told.number)


async def _figures(told: Told, knowledge: Knowledge, question: Question) -> list[str]:
    story = told.story
    top = story.units[0].code
    order = sorted((hierarchy.depth_under(story, unit.code, top), unit.code) for unit in story.units)
    expected = [
        kinds.figure(knowledge, code, indicator, cohort, question.day)
        for _, code in order
        for indicator in story.campaign.indicators
        if indicator.kind != "flow"
        for cohort in (None, *indicator.cohorts)
    ]
    found = await told.figures(day=question.day, known=question.known, cohort="*")
    return side_by_side(expected, found, ("unit", "indicator", "cohort"))


async def _flow(told: Told, knowledge: Knowledge, question: Question, first: int, last: int) -> list[str]:
    days: dict[str, Any] = {"from": day_of(first), "to": day_of(last)}
    answer = await told.ask(
        "flows", day=question.day, known=question.known, indicator="flow", unit=told.code(question.unit), **days
    )
    found = told.shortened(answer)
    found |= {name: day_number(found[name]) for name in ("from", "to")}
    found["breaks"] = [told.shortened(one) for one in found["breaks"]]
    expected = kinds.flow(knowledge, question.unit, told.story.indicator("flow"), first, last)
    return differences(expected, {name: found[name] for name in expected}, f"the flow of {question.unit}")
