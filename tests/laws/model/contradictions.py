"""Rule 16: what was told and cannot all be right."""

from typing import Any

from tests.laws.model import authority, hierarchy, kinds
from tests.laws.model.figures import Knowledge
from tests.laws.model.rates import printed
from tests.laws.model.story import Cohort, Indicator, Unit


def contradictions(knowledge: Knowledge, within: str, day: int) -> list[dict[str, Any]]:
    """Of the units at or under that one, by unit, ancestors first, then in the campaign's order."""
    story = knowledge.story
    breaks = {one.code: kinds.breaks(knowledge, one, day) for one in story.campaign.indicators if one.kind == "flow"}
    found = []
    units = hierarchy.at_or_under(story, within)
    for unit in sorted(units, key=lambda one: (hierarchy.depth_under(story, one.code, within), one.code)):
        for indicator in story.campaign.indicators:
            for on, (told, left) in breaks.get(indicator.code, {}).get(unit.code, {}).items():
                found.append(_contradiction("opening_stock", unit, indicator, on, told, left))
            if indicator.kind != "quota":
                continue
            for cohort in (None, *sorted(indicator.cohorts, key=lambda one: one.code)):
                found += _of_a_figure(knowledge, unit, indicator, cohort, day)
                if cohort is None:
                    found += _below(knowledge, unit, indicator, day)
    return found


def _contradiction(
    kind: str, unit: Unit, indicator: Indicator, day: int, value: int, limit: int, **more: Any
) -> dict[str, Any]:
    return {
        "kind": kind,
        "unit": unit.code,
        "level": unit.level,
        "indicator": indicator.code,
        "cohort": None,
        "day": day,
        "value": value,
        "limit": limit,
        "difference": value - limit,
        "numbers": {},
        "source": None,
        "printed": None,
        **more,
    }


def printed_otherwise(
    knowledge: Knowledge, unit: str, indicator: Indicator, text: str, day: int
) -> list[dict[str, Any]]:
    """A share that some document prints, where no rounding of the unit's raw or adjusted rate yields it."""
    figure = knowledge.figure(unit, indicator, None, day)
    decimals = len(text.partition(",")[2])
    yielded = {
        printed(rate["numerator"], rate["denominator"], decimals=decimals, rounding=rounding)
        for rate in (figure["rate"], figure["adjusted_rate"])
        if rate is not None
        for rounding in ("half_up", "truncate")
    }
    if text in yielded:
        return []
    raw = figure["rate"]
    one = hierarchy.unit(knowledge.story, unit)
    return [_contradiction("printed_share", one, indicator, day, raw["numerator"], raw["denominator"], printed=text)]


def _of_a_figure(
    knowledge: Knowledge, unit: Unit, indicator: Indicator, cohort: Cohort | None, day: int
) -> list[dict[str, Any]]:
    """Outcomes that exceed the quota, and a quota that exceeds what it was handed down from."""
    code = None if cohort is None else cohort.code
    quota = knowledge.quota(unit.code, indicator.code, code, day)
    if quota is None:
        return []
    found = []
    rows = knowledge.counted(unit.code, indicator, code, day)
    outcomes = {
        "achieved": knowledge.achieved(unit.code, indicator, code, day),
        "exempt": authority.count(rows, outcome="exempt", day=day),
        "declined": authority.count(rows, outcome="declined", day=day),
    }
    known = {name: count for name, count in outcomes.items() if count is not None}
    total = sum(known.values())
    if total > quota.amount:
        kind = "outcomes_above_quota"
        found.append(_contradiction(kind, unit, indicator, day, total, quota.amount, cohort=code, numbers=known))
    below = [
        knowledge.quota(child.code, indicator.code, code, day)
        for child in hierarchy.children(knowledge.story, unit.code)
    ]
    handed = sum(one.amount for one in below if one is not None)
    if quota.basis == "received" and handed > quota.amount:
        kind = "quota_handed_down_above_received"
        found.append(_contradiction(kind, unit, indicator, day, handed, quota.amount, cohort=code))
    return found


def _below(knowledge: Knowledge, unit: Unit, indicator: Indicator, day: int) -> list[dict[str, Any]]:
    """Where a unit is reconciled: a source that tells more of the units below than whoever speaks of the unit."""
    if unit.level != indicator.level:
        return []
    story = knowledge.story
    group = authority.speaking_group(story, indicator, knowledge.rows, unit=unit.code, outcome="achieved", day=day)
    rows = [live for live in knowledge.received(unit.code, indicator, day) if live.row.outcome == "achieved"]
    spoken = authority.count([live for live in rows if live.source in group], outcome="achieved", day=day)
    if spoken is None:
        return []
    found = []
    for source in sorted({live.source for live in rows} - set(group)):
        beneath = [live for live in rows if live.source == source and live.row.unit != unit.code]
        told = authority.count(beneath, outcome="achieved", day=day)
        if told is not None and told > spoken:
            found.append(_contradiction("children_above_parent", unit, indicator, day, told, spoken, source=source))
    return found
