"""Rule 2: where a count comes from: the units below, the sources, the reports whose rows it rests on."""

from collections import defaultdict
from typing import Any

from tests.laws.model import authority, counting, hierarchy
from tests.laws.model.counting import Live
from tests.laws.model.figures import Knowledge
from tests.laws.model.story import Cohort, Indicator


def explanation(
    knowledge: Knowledge, unit: str, indicator: Indicator, cohort: Cohort | None, outcome: str, day: int
) -> dict[str, Any]:
    """`batches`: by the place of the report among the acts, how many of its rows count, and what they add."""
    told = [live for live in _told(knowledge, unit, indicator, outcome, day) if _is_of(live, cohort)]
    chosen = [live for live in _chosen(knowledge, unit, indicator, cohort, day) if live.row.outcome == outcome]
    value = authority.count(chosen, outcome=outcome, day=day)
    parts: list[tuple[str, str, int | None]] = []
    for child in sorted(hierarchy.children(knowledge.story, unit), key=lambda one: one.code):
        below = _chosen(knowledge, child.code, indicator, cohort, day)
        parts.append(("child", child.code, authority.count(below, outcome=outcome, day=day)))
    if any(live.row.unit == unit for live in told):
        own = [live for live in chosen if live.row.unit == unit]
        parts.append(("own", unit, authority.count(own, outcome=outcome, day=day)))
    if outcome == "achieved" and indicator.counts_baseline and value is not None:
        quota = knowledge.quota(unit, indicator.code, None if cohort is None else cohort.code, day)
        baseline = 0 if quota is None else quota.baseline
        parts.append(("baseline", unit, baseline))
        value += baseline
    batches: dict[int, list[int]] = defaultdict(list)
    for live, amount in _bringing(chosen, day):
        batches[live.place].append(amount)
    return {
        "value": value,
        "parts": parts,
        "sources": [
            _source(knowledge, source, told, chosen, indicator, outcome, day)
            for source in sorted({live.source for live in told}, key=lambda one: (_group(indicator, one), one))
        ],
        "batches": {place: (len(amounts), sum(amounts)) for place, amounts in batches.items()},
    }


def _is_of(live: Live, cohort: Cohort | None) -> bool:
    return cohort is None or live.row.cohort == cohort.code


def _told(knowledge: Knowledge, unit: str, indicator: Indicator, outcome: str, day: int) -> list[Live]:
    return [live for live in knowledge.received(unit, indicator, day) if live.row.outcome == outcome]


def _chosen(knowledge: Knowledge, unit: str, indicator: Indicator, cohort: Cohort | None, day: int) -> list[Live]:
    return knowledge.counted(unit, indicator, None if cohort is None else cohort.code, day)


def _bringing(rows: list[Live], day: int) -> list[tuple[Live, int]]:
    """Rule 4: of each key without its day, the rows from its last running total on."""
    by_key: dict[tuple, list[Live]] = defaultdict(list)
    for live in rows:
        if live.row.day <= day:
            by_key[live.key_without_day].append(live)
    found = []
    for same in by_key.values():
        since = max((live.row.day for live in same if live.row.mode == "cumulative"), default=-1)
        found += [(live, live.row.value) for live in same if live.row.day >= since]
    return found


def _group(indicator: Indicator, source: str) -> int:
    """Those that stand in no group come last."""
    groups = enumerate(indicator.authority, start=1)
    return next((number for number, group in groups if source in group), len(indicator.authority) + 1)


def _source(
    knowledge: Knowledge,
    source: str,
    told: list[Live],
    chosen: list[Live],
    indicator: Indicator,
    outcome: str,
    day: int,
) -> dict[str, Any]:
    own = [live for live in told if live.source == source]
    group = _group(indicator, source)
    silenced = [_speaks_since(knowledge, live, indicator, outcome, day) for live in own if live not in chosen]
    reason = None
    if silenced:
        reason = "in_no_group" if group > len(indicator.authority) else "earlier_group_speaks"
    return {
        "source": source,
        "group": None if group > len(indicator.authority) else group,
        "value": authority.count(own, outcome=outcome, day=day),
        "counted": sum(counting.totals([live for live in chosen if live.source == source], day).values()),
        "not_counted": reason,
        "since": min(silenced) if reason == "earlier_group_speaks" else None,
    }


def _speaks_since(knowledge: Knowledge, live: Live, indicator: Indicator, outcome: str, day: int) -> int:
    """The first day of which the group that speaks there has a row."""
    anchor = hierarchy.at_level(knowledge.story, live.row.unit, indicator.level)
    there = _told(knowledge, live.row.unit if anchor is None else anchor.code, indicator, outcome, day)
    first = min(_group(indicator, one.source) for one in there)
    return min(one.row.day for one in there if _group(indicator, one.source) == first)
