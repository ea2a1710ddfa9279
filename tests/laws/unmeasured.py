"""Random stories of what is counted without a quota: flows, activities, milestones, ratios, places in a table."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.laws.model.story import (
    DAY,
    LEVELS,
    LIVE,
    Act,
    Campaign,
    Cohort,
    Indicator,
    Issue,
    Line,
    Report,
    Row,
    Source,
    Story,
    Unit,
    Void,
)
from tests.laws.plans import Cascade, issues, openings
from tests.laws.stories import LABELS, belated, hierarchies

NO_MODE = "none"
"""Of a stock, and of a place."""
KINDS = ("flow", "activity", "milestone", "rank", "ratio", "quota")
"""One indicator of each; its code is the name of its kind."""
SOURCES = ("s0", "s1", "s2")
GROUPS = ((("s0",), ("s1", "s2")), (("s0", "s1"), ("s2",)), (("s0",), ("s1",), ("s2",)))
COHORTS = (Cohort("x", "0.5"), Cohort("y"), Cohort("z"))
"""Of what has cohorts; a ratio's are taken of those of the same code."""


@st.composite
def unmeasured(draw: st.DrawFn) -> Story:
    """One indicator of each kind, and a milestone that follows from plans; three sources tell, correct and withdraw."""
    units = draw(hierarchies())
    levels = sorted({unit.level for unit in units} - {"body", "country"}, key=LEVELS.index)
    days = draw(st.sampled_from([6, 4, 10]))
    nests = draw(st.booleans()) and len(levels) > 1
    indicators = [draw(_indicators(kind, levels[:-1] if nests and kind == "flow" else levels)) for kind in KINDS]
    if nests:  # one source keeps the books of whole units, another those of parts of them
        indicators[0] = replace(indicators[0], authority=(("s0", "s1"), ("s2",)))
    fed = Indicator("fed", draw(st.sampled_from([*levels[:-1], *levels])), (), kind="milestone", fed=True)
    campaign = Campaign(days, (*indicators, fed))
    sources = [
        Source(code, tuple((one.code, draw(st.sampled_from(levels[levels.index(one.level) :]))) for one in indicators))
        for code in SOURCES
    ]
    if nests:
        whole = levels.index(indicators[0].level)
        deep = levels.index(dict(sources[1].levels)["flow"])
        sources[0] = _telling_at(sources[0], levels[whole])
        sources[1] = _telling_at(sources[1], levels[max(deep, whole + 1)])
    by_cohorts = {
        (source, one.code): one.cohorts for source in SOURCES for one in indicators if one.cohorts and draw(_MOSTLY)
    }
    cascade, acts = Cascade(units), list[Act]()
    if draw(_MOSTLY):
        opening = draw(openings(cascade, campaign))
        cascade.add(opening, LIVE)
        acts.append(opening)
    for issue in draw(_handed_on(units, cascade, campaign, fed.level)):
        cascade.add(issue, LIVE + len(acts))
        acts.append(issue)
    for source in sources:
        if draw(_MOSTLY):
            level = dict(source.levels)["flow"]
            at = [unit.code for unit in units if unit.level == level]
            books = draw(_books(at[:1] if nests else at[:3], days))
            acts.append(_report(draw(st.booleans()), source.code, books, draw(LABELS)))
    whats = st.sampled_from(["report", "report", "issue", "report", "correct", "issue", "belated", "void"])
    for _ in range(draw(st.sampled_from([10, 7, 14]))):
        source = draw(st.sampled_from(sources))
        sent = [one for one in acts if isinstance(one, Report) and one.source == source.code]
        what = draw(whats)
        if what == "issue":
            issue = draw(issues(cascade, campaign, LIVE + len(acts)))
            if issue is not None:
                cascade.add(issue, LIVE + len(acts))
                acts.append(issue)
        elif what == "void" and sent:
            voided = [act.report for act in acts if isinstance(act, Void)]
            open_reports = [n for n, one in enumerate(acts) if isinstance(one, Report) and n not in voided]
            acts += [Void(draw(st.sampled_from(open_reports)))] if open_reports else []
        elif what == "belated" and sent:
            found = draw(belated(draw(st.sampled_from(sent)), ("daily",)))
            acts.append(replace(found, rows=tuple(draw(_again(row)) for row in found.rows)))
        elif what == "correct" and sent:
            rows = [draw(_again(row)) for row in draw(st.sampled_from(sent)).rows]
            acts.append(_report(draw(st.booleans()), source.code, rows, draw(LABELS)))
        else:
            drawn = [
                draw(_rows([unit.code for unit in units if unit.level == level], days, code, cohorts))
                for code, level in source.levels
                for cohorts in (by_cohorts.get((source.code, code), ()),)
                for _ in range(draw(st.integers(0, 4)))
            ]
            rows = list({(row.unit, row.indicator, row.cohort, row.day, row.outcome): row for row in drawn}.values())
            if rows:
                acts.append(_report(draw(st.booleans()), source.code, rows, draw(LABELS)))
    return Story(units, campaign, tuple(sources), tuple(acts))


@st.composite
def _handed_on(
    draw: st.DrawFn, units: tuple[Unit, ...], cascade: Cascade, campaign: Campaign, level: str
) -> list[Issue]:
    """Plans by which units of the level hand on what they were handed, if they were; most are withdrawn once more."""
    found: list[Issue] = []
    for unit in units:
        may = unit.level == level and unit.parent is not None and cascade.may_issue(unit.code, LIVE)
        taken = cascade.named_elsewhere(-1, since=-2)
        lines = [Line(one.code, "quota", 4) for one in units if one.parent == unit.code]
        lines = [line for line in lines if (line.unit, line.indicator, line.cohort) not in taken]
        if may and lines and draw(_MOSTLY):
            plan = len(cascade.plans) + len({one.plan for one in found})
            days = draw(st.lists(st.integers(-2, campaign.days - 1), min_size=1, max_size=2).map(sorted))
            found += [Issue(plan, unit.code, day, tuple(lines) if at == 0 else ()) for at, day in enumerate(days)]
    return found


_MOSTLY = st.integers(0, 3).map(bool)


@st.composite
def _indicators(draw: st.DrawFn, kind: str, levels: list[str]) -> Indicator:
    has_cohorts = kind in ("activity", "ratio", "quota")
    return Indicator(
        kind,
        draw(st.sampled_from(levels)),
        draw(st.sampled_from(GROUPS)),
        kind=kind,
        cohorts=draw(st.sampled_from([COHORTS[:2], (), COHORTS[:1], COHORTS[1:]])) if has_cohorts else (),
        target_rate=draw(st.sampled_from(["1", "0.5"])),
        counts_baseline=kind == "quota" and draw(st.booleans()),
        of=draw(st.sampled_from(["activity", "quota", "quota", "milestone"])) if kind == "ratio" else None,
    )


def _telling_at(source: Source, level: str) -> Source:
    """The same, with flows told of at that level."""
    return replace(source, levels=tuple((code, level if code == "flow" else at) for code, at in source.levels))


def _report(is_live: bool, source: str, rows: list[Row], labels: tuple[str, ...]) -> Report:
    moment = None if is_live else max(row.day for row in rows) * DAY + 960
    return Report(source, tuple(rows), moment, labels)


@st.composite
def _books(draw: st.DrawFn, units: list[str], days: int) -> list[Row]:
    """A unit's stock as stated on two days, and what came in and was settled between them: more breaks than not."""
    unit, first = draw(st.sampled_from(units)), draw(st.integers(0, days - 2))
    then = draw(st.integers(first + 1, days - 1))
    told = [("carried_over", first), ("received", first), ("resolved", first), ("carried_over", then)]
    return [draw(_again(Row(unit, "flow", day, 0, outcome))) for outcome, day in told]


@st.composite
def _rows(draw: st.DrawFn, units: list[str], days: int, kind: str, cohorts: tuple[Cohort, ...]) -> Row:
    outcomes = ["carried_over", "received", "resolved"] if kind == "flow" else ["achieved"]
    outcome = draw(st.sampled_from([*outcomes, "declined"] if kind == "quota" else outcomes))
    cohort = draw(st.sampled_from(cohorts)).code if cohorts else None
    row = Row(draw(st.sampled_from(units[:4])), kind, draw(st.integers(0, days - 1)), 0, outcome, cohort=cohort)
    return draw(_again(row))


@st.composite
def _again(draw: st.DrawFn, row: Row) -> Row:
    """The same, with another value, in a mode that its kind has."""
    if row.indicator == "milestone":
        return replace(row, value=draw(st.integers(0, 1)), mode="cumulative")
    if row.indicator == "rank":
        return replace(row, value=draw(st.integers(1, 9)), mode=NO_MODE)
    value = draw(st.sampled_from([0, 1, 2, 5, 5, 9, 40]))
    if row.outcome == "carried_over":
        return replace(row, value=value, mode=NO_MODE)
    is_hedged = row.indicator == "activity" and draw(st.booleans())
    return replace(row, value=value, mode=draw(st.sampled_from(["daily", "daily", "cumulative"])), about=is_hedged)
