"""What is answered of random campaigns, as of random days, as known at random moments, is what the model says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.comparison import judge
from tests.laws.conftest import LAWS
from tests.laws.examination import examine
from tests.laws.product import tell
from tests.laws.rarities import RARITIES
from tests.laws.stories import Question, questions, stories
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")


@LAWS
@given(data=st.data())
async def test_every_answer_is_what_the_model_says(judged: Stack, data: st.DataObject) -> None:
    story = data.draw(stories())
    asked = data.draw(st.lists(questions(story), min_size=1, max_size=3, unique=True))
    told = await tell(judged, story)
    for question in asked:
        judge(story, await examine(told, question), repr(question), after=told.number)


@pytest.mark.parametrize("name", RARITIES)
async def test_what_chance_seldom_tells_is_judged_too(judged: Stack, name: str) -> None:
    story = RARITIES[name]
    told = await tell(judged, story)
    top, indicator = story.units[0], story.campaign.indicators[0]
    for day in range(story.campaign.days):
        question = Question(day, None, top.code, indicator.code, story.units[-1].level, "best")
        judge(story, await examine(told, question), repr(question), after=told.number)
