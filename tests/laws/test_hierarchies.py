"""Figures by the units of another day are what the model says, and so is what cannot be attributed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.comparison import judge, side_by_side
from tests.laws.conftest import LAWS
from tests.laws.model.figures import Knowledge
from tests.laws.model.kinds import figure_by
from tests.laws.model.successions import ByOtherUnits
from tests.laws.product import tell
from tests.laws.reorganisations import DAYS, aftermaths, reorganise
from tests.laws.stories import questions, stories
from tests.laws.unmeasured import unmeasured
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")


@LAWS
@given(data=st.data())
async def test_figures_by_the_units_of_another_day_are_what_the_model_says(judged: Stack, data: st.DataObject) -> None:
    story = data.draw(stories())
    aftermath = data.draw(aftermaths(story))
    told = await tell(judged, story)
    await reorganise(told, aftermath)
    for on in (DAYS[-1], DAYS[0]):
        question = data.draw(questions(story))
        other = ByOtherUnits(Knowledge(story, question.known), aftermath, on)
        units = other.shown()
        if not units:
            continue
        expected = [
            other.figure(name, indicator, cohort, question.day)
            for name in units
            for indicator in story.campaign.indicators
            for cohort in (None, *indicator.cohorts)
        ]
        items, page = await told.figures_by(day=question.day, known=question.known, hierarchy=on, cohort="*")
        found = side_by_side(expected, items, ("unit", "indicator", "cohort"))
        found += side_by_side(
            other.unattributed(question.day), page["unattributed"], ("unit", "indicator", "cohort"), "unattributed"
        )
        asked = f"{question!r} by the units of day {on}: {aftermath.reorganisations!r}"
        judge(story, found, asked, after=told.number)


@LAWS
@given(data=st.data())
async def test_so_is_what_is_counted_without_a_quota(judged: Stack, data: st.DataObject) -> None:
    story = data.draw(unmeasured())
    aftermath = data.draw(aftermaths(story))
    told = await tell(judged, story)
    await reorganise(told, aftermath)
    question = data.draw(questions(story))
    other = ByOtherUnits(Knowledge(story, question.known), aftermath, DAYS[-1])
    for kind in ("activity", "milestone", "rank"):
        indicator = story.indicator(kind)
        if not (units := other.shown()):
            continue
        expected = [figure_by(other, name, indicator, question.day) for name in units]
        items, page = await told.figures_by(
            day=question.day, known=question.known, hierarchy=DAYS[-1], indicator=indicator.code
        )
        found = side_by_side(expected, items, ("unit", "indicator"))
        listed = [one for one in other.unattributed(question.day) if one["indicator"] == kind != "rank"]
        found += side_by_side(listed, page["unattributed"], ("unit", "indicator"), "unattributed")
        judge(story, found, f"{question!r} by the units of {aftermath.reorganisations!r}", after=told.number)
