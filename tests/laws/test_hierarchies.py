"""Figures by the units of another day are what the model says, and so is what cannot be attributed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.comparison import judge, side_by_side
from tests.laws.conftest import LAWS
from tests.laws.model.figures import Knowledge
from tests.laws.model.kinds import figure_by
from tests.laws.model.story import Story
from tests.laws.model.successions import ByOtherUnits
from tests.laws.prehistories import EARLIER, began, prehistories, tell_of_origins
from tests.laws.product import Told, tell
from tests.laws.reorganisations import DAYS, aftermaths, reorganise
from tests.laws.stories import Question, questions, stories
from tests.laws.unmeasured import unmeasured
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")


def readers(story: Story) -> st.SearchStrategy[tuple[str, ...]]:
    """Tokens of one to three of the campaign's units."""
    codes = [unit.code for unit in story.units]
    return st.lists(st.sampled_from(codes), min_size=1, max_size=3, unique=True).map(tuple)


async def _by_other_units(
    told: Told, other: ByOtherUnits, question: Question, on: int, reader: tuple[str, ...] | None = None
) -> list[str]:
    """Everything by the units of the day `on`, as the reader sees it."""
    expected = [
        figure_by(other, name, indicator, cohort, question.day)
        for name in other.shown()
        for indicator in told.story.campaign.indicators
        if indicator.kind != "flow"
        for cohort in (None, *indicator.cohorts)
    ]
    items, page = await told.figures_by(day=question.day, known=question.known, hierarchy=on, cohort="*", reader=reader)
    listed = [one for one in other.unattributed(question.day) if one["indicator"] not in ("flow", "rank")]
    keys = ("unit", "indicator", "cohort")
    at = "" if reader is None else f"seen by {', '.join(reader)}"
    return [
        *side_by_side(expected, items, keys, at),
        *side_by_side(listed, page["unattributed"], keys, f"unattributed {at}"),
    ]


@LAWS
@given(data=st.data())
async def test_figures_by_the_units_of_another_day_are_what_the_model_says(judged: Stack, data: st.DataObject) -> None:
    story = data.draw(stories())
    aftermath = data.draw(aftermaths(story))
    told = await tell(judged, story)
    await reorganise(told, aftermath)
    for on in (DAYS[-1], DAYS[0]):
        question, reader = data.draw(questions(story)), data.draw(st.none() | readers(story))
        knowledge = Knowledge(story, question.known)
        if not ByOtherUnits(knowledge, aftermath, on).shown():
            continue
        found = await _by_other_units(told, ByOtherUnits(knowledge, aftermath, on, reader), question, on, reader)
        asked = f"{question!r} by the units of day {on}, seen by {reader}: {aftermath.reorganisations!r}"
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
    if other.shown():
        found = await _by_other_units(told, other, question, DAYS[-1])
        judge(story, found, f"{question!r} by the units of {aftermath.reorganisations!r}", after=told.number)


@LAWS
@given(data=st.data())
async def test_so_are_figures_by_the_units_of_an_earlier_day(judged: Stack, data: st.DataObject) -> None:
    story = data.draw(st.one_of(stories(), unmeasured()))
    prehistory = data.draw(prehistories(story))
    told = await tell(judged, story, began(prehistory))
    await tell_of_origins(told, prehistory)
    for on in EARLIER[: len(prehistory.formations)]:
        question, reader = data.draw(questions(story)), data.draw(st.none() | readers(story))
        knowledge = Knowledge(story, question.known)
        if not ByOtherUnits(knowledge, prehistory, on).shown():
            continue
        found = await _by_other_units(told, ByOtherUnits(knowledge, prehistory, on, reader), question, on, reader)
        asked = f"{question!r} by the units of day {on}, seen by {reader}: {prehistory.formations!r}"
        judge(story, found, asked, after=told.number)
