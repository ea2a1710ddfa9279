"""What of a story is asked of the product and of the model, and where they differ."""

from collections.abc import AsyncIterator
from typing import Any

from tests.laws.comparison import differences, side_by_side
from tests.laws.model import compliance, hierarchy
from tests.laws.model.commendation import commendations
from tests.laws.model.contradictions import contradictions, printed_otherwise
from tests.laws.model.explanation import explanation
from tests.laws.model.figures import Knowledge
from tests.laws.model.privacy import leaks
from tests.laws.model.rates import printed
from tests.laws.model.reconciliation import reconciliations
from tests.laws.model.series import series
from tests.laws.product import Told, day_number
from tests.laws.stories import Question


async def examine(told: Told, question: Question) -> list[str]:
    """A line for everything on which the two disagree."""
    knowledge = Knowledge(told.story, question.known)
    found: list[str] = []
    for look in (
        _figures,
        _as_few_see_it,
        league,
        _exemptions,
        _privacy,
        day_by_day,
        _compliance,
        _commendation,
        contradicting,
        _printed,
        _reconciliation,
        _explanation,
    ):
        found += [line async for line in look(told, knowledge, question)]
    return found


async def _figures(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    story = told.story
    top = story.units[0].code
    order = sorted((hierarchy.depth_under(story, unit.code, top), unit.code) for unit in story.units)
    expected = [
        knowledge.figure(code, indicator, cohort, question.day)
        for _, code in order
        for indicator in story.campaign.indicators
        for cohort in (None, *indicator.cohorts)
    ]
    found = await told.figures(day=question.day, known=question.known, cohort="*")
    for line in side_by_side(expected, found, ("unit", "indicator", "cohort")):
        yield line


async def _as_few_see_it(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    """A token of one unit sees it and what is below it, and a place only among units all of which it sees."""
    story, indicator = told.story, told.story.indicator(question.indicator)
    seen = {one.code: one for one in hierarchy.at_or_under(story, question.unit)}
    expected = []
    for code in sorted(seen, key=lambda one: (hierarchy.depth_under(story, one, question.unit), one)):
        figure = knowledge.figure(code, indicator, None, question.day)
        beside = [one.code for one in story.units if (one.parent, one.level) == (seen[code].parent, seen[code].level)]
        if any(one not in seen for one in beside):
            figure |= {"rank": None, "ranked_of": None}
        expected.append(figure)
    found = await told.figures(
        day=question.day, known=question.known, indicator=indicator.code, reader=(question.unit,)
    )
    for line in side_by_side(expected, found, ("unit",), f"seen by {question.unit}"):
        yield line


async def league(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    indicator = told.story.indicator(question.indicator)
    answer = await told.ask(
        "ranking",
        day=question.day,
        known=question.known,
        indicator=indicator.code,
        level=question.level,
        within=told.code(question.unit),
        order=question.order,
        limit=1000,
    )
    table, ranked_of = knowledge.league(question.unit, question.level, indicator, question.day, order=question.order)
    found = [told.shortened({name: item[name] for name in item if name != "name"}) for item in answer["items"]]
    at = f"ranking of {indicator.code}, {question.level} in {question.unit}, {question.order}"
    for line in side_by_side(table, found, ("unit",), at):
        yield line
    for line in differences({"ranked_of": ranked_of}, {"ranked_of": answer["ranked_of"]}, at):
        yield line


async def _exemptions(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    indicator = told.story.indicator(question.indicator)
    answer = await told.ask(
        "exemptions", day=question.day, known=question.known, indicator=indicator.code, unit=told.code(question.unit)
    )
    expected = knowledge.exemptions(question.unit, indicator, question.day)
    found = [{name: item[name] for name in ("reason", "count", "suppressed")} for item in answer]
    for line in side_by_side(expected, found, ("reason",), f"exemptions of {indicator.code} in {question.unit}"):
        yield line


async def _privacy(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    """What a reader is told who may not know of sensitive reasons."""
    indicator = told.story.indicator(question.indicator)
    unit = told.code(question.unit)
    asked: dict[str, Any] = {"day": question.day, "known": question.known, "scope": "reporting:read", "unit": unit}
    answer = await told.ask("exemptions", indicator=indicator.code, **asked)
    figure = (await told.ask("figures", indicator=indicator.code, **asked))["items"][0]
    counts = {one["reason"]: one["count"] for one in knowledge.exemptions(question.unit, indicator, question.day)}
    shown = [(tuple(one["reason"].split("+")), one["count"]) for one in answer if one["count"] is not None]
    at = f"exemptions of {indicator.code} in {question.unit}, without the right"
    for reasons, count in shown:
        expected = sum(counts.get(code, 0) for code in reasons)
        for line in differences({"count": expected}, {"count": count}, f"{at}, {'+'.join(reasons)}"):
            yield line
    small_count = told.story.campaign.small_count
    for leak in leaks(indicator, small_count=small_count, counts=counts, told=shown, total=figure["exempt"]):
        yield f"{at} · secret: {leak}"


async def day_by_day(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    indicator = told.story.indicator(question.indicator)
    for cohort in (None, *indicator.cohorts[:1]):
        for cumulative in (True, False):
            answer = await told.ask(
                "series",
                day=question.day,
                known=question.known,
                indicator=indicator.code,
                unit=told.code(question.unit),
                cohort=cohort.code if cohort is not None else None,
                cumulative=str(cumulative).lower(),
            )
            expected = series(
                knowledge,
                unit=question.unit,
                indicator=indicator,
                cohort=cohort,
                day=question.day,
                cumulative=cumulative,
            )
            names = expected[0].keys()
            found = [told.shortened({name: item.get(name) for name in names}) for item in answer["items"]]
            kind = "totals" if cumulative else "days"
            at = f"series of {indicator.code} {cohort.code if cohort else ''} in {question.unit}, {kind}"
            for line in side_by_side(expected, found, ("day",), at):
                yield line


async def _compliance(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    if told.story.campaign.compliance is None:
        return
    items, page = await told.pages("compliance", day=question.day, known=question.known, level=question.level)
    expected = list(compliance.reports(knowledge, question.level, question.day))
    at = f"compliance of units of level {question.level}"
    for line in side_by_side(expected, items, ("day", "report", "unit", "source"), at):
        yield line
    for line in differences(compliance.counts(knowledge, expected), page["summary"]["counts"], at):
        yield line


async def _commendation(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    if told.story.campaign.commendation is None:
        return
    items, _ = await told.pages("commendation", day=question.day, known=question.known)
    expected = commendations(knowledge, question.day)
    for line in side_by_side(expected, items, ("unit",), "commendation"):
        yield line


async def contradicting(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    """Of everything, and of one unit."""
    for within in {told.story.units[0].code: None, question.unit: None}:
        items, _ = await told.pages("contradictions", day=question.day, known=question.known, unit=told.code(within))
        found = [{name: item[name] for name in item if name != "what_to_do"} for item in items]
        expected = contradictions(knowledge, within, question.day)
        keys = ("unit", "indicator", "cohort", "kind", "day", "source")
        for line in side_by_side(expected, found, keys, f"contradictions in {within}"):
            yield line


async def _printed(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    """A share that some document prints: as it should, or something off."""
    indicator = told.story.indicator(question.indicator)
    share = knowledge.rate(question.unit, indicator, None, question.day)
    if share is None:
        return
    decimals, off = question.printed
    near = max(0, share[0] * 100 * 10**decimals // share[1] + off)
    text = printed(near, 100 * 10**decimals, decimals=decimals, rounding="half_up")
    items, _ = await told.pages(
        "contradictions",
        day=question.day,
        known=question.known,
        unit=told.code(question.unit),
        indicator=indicator.code,
        printed=text,
    )
    found = [{name: item[name] for name in item if name != "what_to_do"} for item in items]
    expected = printed_otherwise(knowledge, question.unit, indicator, text, question.day)
    for line in side_by_side(expected, found, ("unit", "printed"), f"the printed share {text}"):
        yield line


async def _reconciliation(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    items, _ = await told.pages("reconciliation", day=question.day, known=question.known, depth=5)
    for item in items:
        item["sources"] = [told.shortened(one) | {"name": one["name"]} for one in item["sources"]]
        for group in item["speaking"]:
            group["sources"] = [told.short(code) for code in group["sources"]]
            group["since"] = day_number(group["since"])
    expected = reconciliations(knowledge, question.day)
    for line in side_by_side(expected, items, ("unit", "indicator", "outcome"), "reconciliation"):
        yield line


async def _explanation(told: Told, knowledge: Knowledge, question: Question) -> AsyncIterator[str]:
    indicator = told.story.indicator(question.indicator)
    places = {batch: place for place, batch in told.batches.items()}
    for cohort in (None, *indicator.cohorts[:1]):
        for outcome in ("achieved", "exempt", "declined"):
            answer = await told.ask(
                "explain",
                day=question.day,
                known=question.known,
                unit=told.code(question.unit),
                indicator=indicator.code,
                cohort=None if cohort is None else cohort.code,
                outcome=outcome,
                limit=1000,
            )
            found = {
                "value": answer["value"],
                "parts": [(one["kind"], told.short(one["unit"]), one["value"]) for one in answer["parts"]],
                "sources": [
                    {name: one[name] for name in one if name not in ("name", "kind", "since")}
                    | {"source": told.short(one["source"])}
                    | {"since": None if one["since"] is None else day_number(one["since"])}
                    for one in answer["sources"]
                ],
                "batches": {places[one["batch"]]: (one["rows"], one["value"]) for one in answer["batches"]},
            }
            expected = explanation(knowledge, question.unit, indicator, cohort, outcome, question.day)
            at = f"{outcome} of {indicator.code} {cohort.code if cohort else ''} in {question.unit}, explained"
            for line in differences(expected, found, at):
                yield line
