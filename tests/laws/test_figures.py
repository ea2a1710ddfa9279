"""Every figure of random campaigns, as of random days and as known at random moments, is what the model says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.comparison import differences, judge
from tests.laws.conftest import LAWS
from tests.laws.model import hierarchy
from tests.laws.model.figures import Knowledge
from tests.laws.model.story import Story
from tests.laws.product import tell
from tests.laws.stories import questions, stories
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")


@LAWS
@given(data=st.data())
async def test_every_figure_is_what_the_model_says(judged: Stack, data: st.DataObject) -> None:
    story = data.draw(stories())
    asked: list = data.draw(st.lists(questions(story), min_size=1, max_size=4, unique=True))
    asked = list(dict.fromkeys((day, None) for day, _ in asked))
    told = await tell(judged, story)
    for day, known in asked:
        found = await told.figures(day=day, known=known, cohort="*")
        judge(story, _compared(story, found, day=day, known=known), f"as of day {day}, as known at {known}")


def _compared(story: Story, found: list[dict], *, day: int, known: int | None) -> list[str]:
    knowledge = Knowledge(story, known)
    top = story.units[0].code
    order = sorted((hierarchy.depth_under(story, unit.code, top), unit.code) for unit in story.units)
    expected = [
        knowledge.figure(code, indicator, cohort, day)
        for _, code in order
        for indicator in story.campaign.indicators
        for cohort in (None, *indicator.cohorts)
    ]
    lines = []
    for one, other in zip(expected, found, strict=True):
        lines += differences(one, other, f"{one['unit']} {one['indicator']} {one['cohort'] or ''}")
    return lines
