"""Rule 13: who may be commended, and why not."""

from fractions import Fraction
from typing import Any

from tests.laws.model import authority, compliance, hierarchy
from tests.laws.model.figures import Knowledge
from tests.laws.model.rates import rate
from tests.laws.model.story import Commendation, Indicator

_GRAVEST = ("excluded", "fell_short", "eligible")


def commendations(knowledge: Knowledge, day: int) -> list[dict[str, Any]]:
    """Every unit of the level that has a quota above 0 for an indicator, by code."""
    rule = knowledge.story.campaign.commendation
    assert rule is not None
    found: list[dict[str, Any]] = []
    for unit in compliance.units_of(knowledge, rule.level):
        judged = [
            _judged(knowledge, rule, unit.code, indicator, day)
            for indicator in knowledge.story.campaign.indicators
            if _amount(knowledge, unit.code, indicator, day)
        ]
        if judged:
            weighted = [one["verdict"] for one in judged if one["weight"]]
            found.append(
                {
                    "unit": unit.code,
                    "level": unit.level,
                    "verdict": min(weighted, key=_GRAVEST.index, default=None),
                    "score": score(knowledge, rule, unit.code, day),
                    "indicators": judged,
                }
            )
    in_the_running = {
        one["unit"]: one["score"] for one in found if one["verdict"] != "excluded" and one["score"] is not None
    }
    for one in found:
        own = in_the_running.get(one["unit"])
        one["rank"] = None if own is None else 1 + sum(other > own for other in in_the_running.values())
        one["ranked_of"] = len(in_the_running)
        exact = one["score"]
        one["score"] = knowledge.shown(None if exact is None else (exact.numerator, exact.denominator))
    return found


def _amount(knowledge: Knowledge, unit: str, indicator: Indicator, day: int) -> int:
    quota = knowledge.quota(unit, indicator.code, None, day)
    return 0 if quota is None else quota.amount


def score(knowledge: Knowledge, rule: Commendation, unit: str, day: int) -> Fraction | None:
    """The mean of raw rates by weight, over the weighted indicators with a quota; None where one is unknown."""
    weights = dict(rule.weights)
    weighted = [
        (knowledge.rate(unit, one, None, day), weights[one.code])
        for one in knowledge.story.campaign.indicators
        if weights.get(one.code) and _amount(knowledge, unit, one, day)
    ]
    if not weighted or any(rate is None for rate, _ in weighted):
        return None
    total = sum((Fraction(*rate) * weight for rate, weight in weighted if rate is not None), Fraction(0))
    return total / sum(weight for _, weight in weighted)


def _judged(knowledge: Knowledge, rule: Commendation, unit: str, indicator: Indicator, day: int) -> dict[str, Any]:
    reasons = [
        *_of_reports(knowledge, rule, unit, indicator, day),
        *_of_differences(knowledge, rule, unit, indicator, day),
        _of_the_target(knowledge, unit, indicator, day),
    ]
    return {
        "indicator": indicator.code,
        "verdict": min((one["leads_to"] for one in reasons), key=_GRAVEST.index),
        "weight": dict(rule.weights).get(indicator.code, 0),
        "rate": knowledge.shown(knowledge.rate(unit, indicator, None, day)),
        "reasons": reasons,
    }


def _reason(
    knowledge: Knowledge, code: str, leads_to: str, value: int | None, of: int | None, limit: str
) -> dict[str, Any]:
    share = None
    if value is not None and of:
        share = (abs(value - of) if code == "differs_from_authority" else value, of)
    return {
        "code": code,
        "leads_to": leads_to,
        "value": value,
        "of": of,
        "actual": knowledge.shown(share),
        "limit": limit,
    }


def _of_reports(
    knowledge: Knowledge, rule: Commendation, unit: str, indicator: Indicator, day: int
) -> list[dict[str, Any]]:
    """Did not report as required: of what the unit owes itself, or the units under it that reports are asked of."""
    required = knowledge.story.campaign.compliance
    if required is None:
        return []
    level = required.level if hierarchy.is_at_or_below(required.level, rule.level) else rule.level
    owed = on_time = 0
    lacks_final = False
    for slot in compliance.slots(knowledge, day):
        for below in hierarchy.at_or_under(knowledge.story, unit, level):
            for source in compliance.reporters(knowledge, level):
                if source.kind != "unit":
                    continue
                for part in compliance.parts(knowledge, slot, below.code, source, level):
                    if part.indicator != indicator.code or not part.is_owed:
                        continue
                    if part.came is None and compliance.is_pending(knowledge, slot):
                        continue
                    owed += 1
                    on_time += part.came is not None and part.came <= slot.due
                    lacks_final |= slot.report == "final" and part.came is None
    found = []
    if owed and Fraction(on_time, owed) < Fraction(rule.on_time):
        found.append(_reason(knowledge, "reports_not_on_time", "excluded", on_time, owed, rule.on_time))
    if lacks_final:
        found.append(_reason(knowledge, "final_report_missing", "excluded", 0, 1, "1"))
    return found


def _of_differences(
    knowledge: Knowledge, rule: Commendation, unit: str, indicator: Indicator, day: int
) -> list[dict[str, Any]]:
    """Misreported: its own report beside whoever speaks, wherever both tell of something."""
    story = knowledge.story
    own_sources = {source.code for source in story.sources if source.kind == "unit"}
    rows = [live for live in knowledge.received(unit, indicator, day) if live.row.outcome == "achieved"]
    anchors = []
    for live in rows:
        anchor = hierarchy.at_level(story, live.row.unit, indicator.level)
        anchors.append(anchor.code if anchor is not None else live.row.unit)
    value = speaking = 0
    is_known = False
    for anchor in sorted(set(anchors)):
        inside = [live for live, at in zip(rows, anchors, strict=True) if at == anchor]
        group = authority.speaking_group(story, indicator, knowledge.rows, unit=anchor, outcome="achieved", day=day)
        own = authority.count([live for live in inside if live.source in own_sources], outcome="achieved", day=day)
        other = authority.count([live for live in inside if live.source in group], outcome="achieved", day=day)
        if own is not None and other is not None:
            is_known, value, speaking = True, value + own, speaking + other
    if not is_known or abs(value - speaking) <= Fraction(rule.tolerance) * speaking:
        return []
    return [_reason(knowledge, "differs_from_authority", "excluded", value, speaking, rule.tolerance)]


def _of_the_target(knowledge: Knowledge, unit: str, indicator: Indicator, day: int) -> dict[str, Any]:
    found: tuple[int, int] | None = knowledge.rate(unit, indicator, None, day)
    if indicator.target_on == "adjusted":
        rows = knowledge.counted(unit, indicator, None, day)
        leaving = authority.count(rows, outcome="exempt", day=day, reasons=indicator.leaving) or 0
        amount = _amount(knowledge, unit, indicator, day)
        found = rate(knowledge.achieved(unit, indicator, None, day), amount - leaving)
    limit = indicator.target_rate
    if found is None:
        return _reason(knowledge, "nothing_known", "fell_short", None, None, limit)
    if Fraction(*found) < Fraction(limit):
        return _reason(knowledge, "below_target", "fell_short", *found, limit)
    return _reason(knowledge, "target_reached", "eligible", *found, limit)
