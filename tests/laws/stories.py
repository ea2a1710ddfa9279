"""Random stories that the product has to accept, each a plain value: hypothesis shrinks it, anybody can replay it."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from tests.laws.model.story import (
    DAY,
    LEVELS,
    LIVE,
    Act,
    Campaign,
    Cohort,
    Commendation,
    Compliance,
    Indicator,
    Pause,
    Reason,
    Repause,
    Report,
    Row,
    Source,
    Story,
    Unit,
    Void,
)
from tests.laws.plans import Cascade, issues, openings

TERRITORIAL = LEVELS[:-1]
RATES = ("1", "0.9", "0.8", "0.55", "0", "1.25")
VALUES = st.one_of(st.integers(0, 12), st.integers(0, 4), st.sampled_from([0, 1, 30, 100, 2**40]))
STYLES = st.sampled_from([("daily",), ("daily",), ("daily", "cumulative"), ("daily", "cumulative"), ("cumulative",)])
"""The modes that a source reports in: most keep to one."""
LABELS = st.lists(st.sampled_from(["imputed", "simulated"]), unique=True, max_size=1).map(tuple)


@st.composite
def hierarchies(draw: st.DrawFn) -> tuple[Unit, ...]:
    """A path from the top to the deepest level, then units beside it; two to five levels, bodies anywhere."""
    levels = sorted(draw(st.sets(st.sampled_from(TERRITORIAL), min_size=2, max_size=5)), key=LEVELS.index)
    units = [Unit("u00", levels[0], None)]
    for level in levels[1:]:
        units.append(Unit(f"u{len(units):02d}", level, units[-1].code))
    for place in draw(st.lists(st.integers(0, 30), min_size=draw(st.sampled_from([4, 6, 0])), max_size=12)):
        may_have = [unit for unit in units if unit.level not in (levels[-1], "body")]
        parent = may_have[place % len(may_have) if place > 15 else -1]
        below = levels[levels.index(parent.level) + 1 :]
        level = below[0 if draw(st.integers(0, 5)) < 5 else -1]  # at times the levels between are skipped
        units.append(Unit(f"u{len(units):02d}", level, parent.code))
    for place in draw(st.lists(st.integers(0, 30), max_size=1)):
        units.append(Unit(f"u{len(units):02d}", "body", units[place % len(units)].code))
    return tuple(units)


@st.composite
def indicators(draw: st.DrawFn, code: str, levels: list[str], sources: list[str]) -> Indicator:
    reasons = tuple(Reason(f"r{n}", sensitive=n == 1) for n in range(draw(st.sampled_from([2, 3, 2, 0]))))
    some_reasons = st.none() | st.lists(st.sampled_from(reasons), unique=True).map(
        lambda chosen: tuple(one.code for one in chosen)
    )
    if not reasons:
        some_reasons = st.none()
    cohorts = tuple(
        Cohort(
            f"{code}c{n}",
            draw(st.none() | st.sampled_from(RATES)),
            draw(st.none() | st.sampled_from(["raw", "adjusted"])),
            draw(some_reasons),
        )
        for n in range(draw(st.sampled_from([0, 0, 1, 2])))
    )
    groups: list[list[str]] = []
    for source in sources:
        place = draw(
            st.sampled_from(["next", "next", "next", "next", "same", "next", "next", "out"]),
            label=f"where {source} stands",
        )
        if place == "next" or (place == "same" and not groups):
            groups.append([source])
        elif place == "same":
            groups[-1].append(source)
    return Indicator(
        code,
        draw(st.sampled_from([level for level in levels if level != "country"])),
        tuple(map(tuple, groups)),
        cohorts=cohorts,
        target_rate=draw(st.sampled_from(RATES)),
        target_on=draw(st.sampled_from(["raw", "adjusted"])),
        counts_baseline=draw(st.booleans()),
        reasons=reasons,
        leaving=draw(some_reasons),
    )


@st.composite
def pauses(draw: st.DrawFn, days: int, codes: list[str]) -> tuple[Pause, ...]:
    found = []
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        first = draw(st.integers(0, days - 1))
        last = draw(st.integers(first, min(days - 1, first + 5)))
        found.append(Pause(first, last, tuple(draw(st.lists(st.sampled_from(codes), unique=True)))))
    return tuple(found)


@st.composite
def duties(draw: st.DrawFn, days: int, levels: list[str]) -> Compliance | None:
    if draw(st.integers(0, 3)) == 0:
        return None
    return Compliance(
        draw(st.sampled_from(levels)),
        draw(st.sampled_from([0, 8, 16, 17, 24])),
        draw(st.sampled_from([0, 0, 1, 2])),
        draw(st.none() | st.integers(0, days + 1)),
    )


@st.composite
def commendations(draw: st.DrawFn, levels: list[str], codes: list[str]) -> Commendation | None:
    if draw(st.integers(0, 3)) == 0:
        return None
    weights = [(code, draw(st.sampled_from([0, 1, 1, 3]))) for code in codes]
    return Commendation(
        draw(st.sampled_from(levels)),
        draw(st.sampled_from(["0", "0.1", "0.5", "1"])),
        draw(st.sampled_from(["0", "0.02", "0.5", "3"])),
        tuple(weights[: draw(st.integers(0, len(weights)))] if draw(st.integers(0, 3)) == 0 else weights),
    )


@st.composite
def _sweeps(
    draw: st.DrawFn,
    units: tuple[Unit, ...],
    campaign: Campaign,
    source: Source,
    by_cohorts: set[tuple[str, str]],
    modes: tuple[str, ...],
    achieved_in: str | None = None,
) -> list[Row]:
    """What a source tells of every unit at its level on one day; only what was achieved in the indicator given."""
    told = [one for one in source.levels if achieved_in in (None, one[0]) and (source.code, one[0]) not in by_cohorts]
    if not told:
        return []
    code, level = draw(st.sampled_from(told))
    indicator = next(one for one in campaign.indicators if one.code == code)
    reason = draw(st.sampled_from([None, None, *indicator.reasons])) if achieved_in is None else None
    row = Row(
        "",
        code,
        draw(st.integers(0, campaign.days - 1)),
        0,
        "achieved" if reason is None else "exempt",
        None if reason is None else reason.code,
        mode=draw(st.sampled_from(modes)),
    )
    return [replace(row, unit=unit.code, value=draw(VALUES)) for unit in units if unit.level == level]


@st.composite
def _rows(
    draw: st.DrawFn,
    units: tuple[Unit, ...],
    campaign: Campaign,
    source: Source,
    by_cohorts: set[tuple[str, str]],
    modes: tuple[str, ...],
) -> Row | None:
    """A row that the source may report; None where no unit stands at its level, or there is no reason for it."""
    code, level = draw(st.sampled_from(source.levels))
    indicator = next(one for one in campaign.indicators if one.code == code)
    at = [unit.code for unit in units if unit.level == level]
    at = [*at[:1] * 2, *at]  # the first of a level more often, so that several tell of the same
    outcome = draw(st.sampled_from(["achieved", "achieved", "achieved", "exempt", "exempt", "declined"]))
    if not at or (outcome == "exempt" and not indicator.reasons):
        return None
    return Row(
        draw(st.sampled_from(at)),
        code,
        draw(st.integers(0, campaign.days - 1)),
        draw(VALUES),
        outcome,
        draw(st.sampled_from(indicator.reasons)).code if outcome == "exempt" else None,
        draw(st.sampled_from(indicator.cohorts)).code if (source.code, code) in by_cohorts else None,
        draw(st.sampled_from(modes)),
    )


@st.composite
def reports(
    draw: st.DrawFn,
    units: tuple[Unit, ...],
    campaign: Campaign,
    source: Source,
    by_cohorts: set[tuple[str, str]],
    modes: tuple[str, ...],
    earlier: list[Row],
) -> Report | None:
    """A batch of the source: new rows, corrections of what it has reported before, and further days of it."""
    swept = draw(_sweeps(units, campaign, source, by_cohorts, modes)) if draw(st.integers(0, 2)) else []
    rows: dict[tuple, Row] = {
        (one.unit, one.indicator, one.day, one.outcome, one.reason, one.cohort): one for one in swept
    }
    for _ in range(draw(st.sampled_from([1, 3, 6, 10]))):
        if earlier and draw(st.integers(0, 2)):
            row: Row | None = replace(
                draw(st.sampled_from(earlier)), value=draw(VALUES), mode=draw(st.sampled_from(modes))
            )
            if row is not None and draw(st.booleans()):
                row = replace(row, day=draw(st.integers(0, campaign.days - 1)))
        else:
            row = draw(_rows(units, campaign, source, by_cohorts, modes))
        if row is not None:
            rows[row.unit, row.indicator, row.day, row.outcome, row.reason, row.cohort] = row
    if not rows:
        return None
    moment = None
    if draw(st.booleans()):
        last = max(row.day for row in rows.values())
        moment = (last + draw(st.integers(0, 3))) * DAY + draw(st.sampled_from([0, 480, 960]))
    return Report(source.code, tuple(rows.values()), moment, draw(LABELS))


@st.composite
def belated(draw: st.DrawFn, of: Report, modes: tuple[str, ...]) -> Report:
    """Other counts of the same, received before them and told after them: rule 3 lets the former stand."""
    last = max(row.day for row in of.rows)
    latest = (last + 3) * DAY if of.moment is None else of.moment
    moment = draw(st.integers(last * DAY, max(last * DAY, latest - 1)))
    rows = [replace(row, value=draw(VALUES), mode=draw(st.sampled_from(modes))) for row in of.rows]
    return Report(of.source, tuple(rows), moment, draw(LABELS))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    units = draw(hierarchies())
    levels = sorted({unit.level for unit in units} - {"body"}, key=LEVELS.index)
    codes = [f"s{n}" for n in range(draw(st.sampled_from([3, 3, 1, 2, 4])))]
    measured = [draw(indicators(f"i{n}", levels, codes)) for n in range(draw(st.integers(1, 2)))]
    days = draw(st.sampled_from([10, 20, 5, 32, 12, 20, 1]))
    names = [one.code for one in measured]
    campaign = Campaign(
        days,
        tuple(measured),
        draw(pauses(days, names)),
        draw(st.integers(0, 3)),
        draw(st.sampled_from(["half_up", "truncate"])),
        draw(LABELS),
        compliance=draw(duties(days, levels)),
        commendation=draw(commendations(levels, names)),
    )
    by_cohorts: set[tuple[str, str]] = set()
    sources = []
    for code in codes:
        reported = []
        for indicator in measured:
            deep = levels[levels.index(indicator.level) :]
            level: Any = draw(
                st.sampled_from([*(deep * 8)[:8], None]), label=f"at which level {code} reports {indicator.code}"
            )
            if level is not None:
                reported.append((indicator.code, level))
                if indicator.cohorts and draw(st.booleans()):
                    by_cohorts.add((code, indicator.code))
        kind = draw(st.sampled_from(["register", "unit", "operator", "unit"]))
        sources.append(Source(code, tuple(reported), kind))
    styles = {code: draw(STYLES, label=f"how {code} counts") for code in codes}
    cascade, acts = Cascade(units), list[Act]()
    if draw(st.integers(0, 4)):
        opening = draw(openings(cascade, campaign))
        cascade.add(opening, LIVE)
        acts.append(opening)
    contested = draw(st.sampled_from(names))
    for source in sources:  # and most sources have told once what everybody achieved in the same indicator
        swept = draw(_sweeps(units, campaign, source, by_cohorts, styles[source.code], contested))
        if swept and draw(st.integers(0, 4)):
            told = Report(source.code, tuple(swept), draw(st.sampled_from([swept[0].day * DAY + 960, None])))
            acts.append(told)
            if draw(st.integers(0, 2)):
                acts.append(draw(belated(told, styles[source.code])))
    kinds = st.sampled_from(["report", "issue", "report", "report", "void", "issue", "report", "belated", "repause"])
    voided: set[int] = set()
    for kind in draw(st.lists(kinds, min_size=draw(st.sampled_from([14, 10, 18, 0])), max_size=22)):
        act: Act | None = None
        if kind == "issue":
            act = draw(issues(cascade, campaign, LIVE + len(acts)))
            if act is not None:
                cascade.add(act, LIVE + len(acts))
        elif kind == "report":
            reporters = [source for source in sources if source.levels]
            if reporters:
                source = draw(st.sampled_from(reporters))
                sent = [one for one in acts if isinstance(one, Report) and one.source == source.code]
                earlier = [row for one in sent for row in one.rows]
                act = draw(reports(units, campaign, source, by_cohorts, styles[source.code], earlier))
        elif kind == "belated":
            sent = [one for one in acts if isinstance(one, Report)]
            if sent:
                of = draw(st.sampled_from(sent))
                act = draw(belated(of, styles[of.source]))
        elif kind == "void":
            open_reports = [n for n, one in enumerate(acts) if isinstance(one, Report) and n not in voided]
            if open_reports:
                act = Void(draw(st.sampled_from(open_reports)))
                voided.add(act.report)
        elif draw(st.booleans()):
            act = Repause(draw(pauses(days, names)))
        if act is not None:
            acts.append(act)
    return Story(units, campaign, tuple(sources), tuple(acts))


@dataclass(frozen=True)
class Question:
    """What is asked of a story: all figures of a day as known at a moment, and of one unit or level more than that."""

    day: int
    known: int | None
    """None: by now."""
    unit: str
    indicator: str
    level: str
    order: str
    printed: tuple[int, int] = (2, 0)
    """A share that some document prints: with so many decimals, and so much off in the last of them."""


@st.composite
def questions(draw: st.DrawFn, story: Story) -> Question:
    """A day, a moment around one of the acts, and whom to look at closer."""
    moments = sorted({story.moment(place) for place in range(len(story.acts))})
    known = draw(st.none() | st.sampled_from(moments)) if moments else None
    unit = draw(st.sampled_from([*story.units[:2], *story.units]))
    return Question(
        draw(st.sampled_from([story.campaign.days - 1, *range(story.campaign.days)])),
        known if known is None else known - draw(st.sampled_from([0, 0, 1])),
        unit.code,
        draw(st.sampled_from(story.campaign.indicators)).code,
        draw(st.sampled_from(sorted({one.level for one in story.units}))),
        draw(st.sampled_from(["best", "worst"])),
        (draw(st.integers(0, 3)), draw(st.sampled_from([0, 0, 1, -1, 2]))),
    )
