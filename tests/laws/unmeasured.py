"""Random stories of what is counted without a quota: flows, activities, milestones, places in a table."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.laws.model.story import DAY, LEVELS, Act, Campaign, Indicator, Report, Row, Source, Story, Void
from tests.laws.stories import LABELS, belated, hierarchies

NO_MODE = "none"
"""Of a stock, and of a place."""
KINDS = ("flow", "activity", "milestone", "rank", "ratio")
SOURCES = ("s0", "s1", "s2")


@st.composite
def unmeasured(draw: st.DrawFn) -> Story:
    """One indicator of each kind; three sources tell of them, correct themselves and withdraw."""
    units = draw(hierarchies())
    levels = sorted({unit.level for unit in units} - {"body", "country"}, key=LEVELS.index)
    days = draw(st.sampled_from([6, 4, 10]))
    authority = draw(st.sampled_from([(("s0",), ("s1", "s2")), (("s0", "s1"), ("s2",)), (("s0",), ("s1",), ("s2",))]))
    indicators = tuple(
        Indicator(
            kind,
            draw(st.sampled_from(levels)),
            authority,
            kind=kind,
            target_rate=draw(st.sampled_from(["1", "0.5"])),
            of="activity" if kind == "ratio" else None,
        )
        for kind in KINDS
    )
    sources = [
        Source(code, tuple((one.code, draw(st.sampled_from(levels[levels.index(one.level) :]))) for one in indicators))
        for code in SOURCES
    ]
    acts: list[Act] = []
    for source in sources:
        if draw(st.integers(0, 3)):
            level = dict(source.levels)["flow"]
            books = draw(_books([unit.code for unit in units if unit.level == level], days))
            acts.append(_report(draw(st.booleans()), source.code, books, draw(LABELS)))
    for _ in range(draw(st.sampled_from([8, 5, 12]))):
        source = draw(st.sampled_from(sources))
        sent = [one for one in acts if isinstance(one, Report) and one.source == source.code]
        what = draw(st.sampled_from(["report", "report", "report", "correct", "belated", "void"]))
        if what == "void" and sent:
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
                draw(_rows([unit.code for unit in units if unit.level == level], days, code))
                for code, level in source.levels
                for _ in range(draw(st.integers(0, 4)))
            ]
            rows = list({(row.unit, row.indicator, row.day, row.outcome): row for row in drawn}.values())
            if rows:
                acts.append(_report(draw(st.booleans()), source.code, rows, draw(LABELS)))
    return Story(units, Campaign(days, indicators), tuple(sources), tuple(acts))


def _report(is_live: bool, source: str, rows: list[Row], labels: tuple[str, ...]) -> Report:
    moment = None if is_live else max(row.day for row in rows) * DAY + 960
    return Report(source, tuple(rows), moment, labels)


@st.composite
def _books(draw: st.DrawFn, units: list[str], days: int) -> list[Row]:
    """A unit's stock as stated on two days, and what came in and was settled between them: more breaks than not."""
    unit, first = draw(st.sampled_from(units[:3])), draw(st.integers(0, days - 2))
    then = draw(st.integers(first + 1, days - 1))
    told = [("carried_over", first), ("received", first), ("resolved", first), ("carried_over", then)]
    return [draw(_again(Row(unit, "flow", day, 0, outcome))) for outcome, day in told]


@st.composite
def _rows(draw: st.DrawFn, units: list[str], days: int, kind: str) -> Row:
    outcomes = ["carried_over", "received", "resolved"] if kind == "flow" else ["achieved"]
    outcome = draw(st.sampled_from(outcomes))
    row = Row(draw(st.sampled_from(units[:4])), kind, draw(st.integers(0, days - 1)), 0, outcome)
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
