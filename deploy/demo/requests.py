"""What is sent to load the campaign, word for word as the public APIs take it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from deploy.demo.cascade import communes
from deploy.demo.documents import Documents, Indicator
from deploy.demo.units import Unit


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A plan and the moment of its issue. Issuing unit and document tell it apart."""

    unit: str | None
    number: str
    date: str
    lines: list[dict[str, Any]]
    issued_at: datetime

    @property
    def body(self) -> dict[str, Any]:
        """The draft."""
        return {"unit": self.unit, "document": {"number": self.number, "date": self.date}, "lines": self.lines}


def units_body(documents: Documents) -> dict[str, Any]:
    """`PUT /v1/units`: those of the campaign, what they were called before, and those that they became."""
    return {"units": [_unit(unit) for unit in (*documents.units, *documents.reorganisation.units)]}


def _unit(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "level": unit.level,
        "kind": unit.kind,
        "parent_code": unit.parent_code,
        "name": unit.name,
        "valid_from": _day(unit.valid_from),
        "valid_to": _day(unit.valid_to),
    }


def successions_body(documents: Documents) -> dict[str, Any]:
    """`POST /v1/successions`."""
    return {
        "successions": [
            {
                "day": act.day.isoformat(),
                "decision": documents.reorganisation.decision,
                "relation": act.relation,
                "predecessors": list(act.predecessors),
                "successors": [] if act.successor is None else [act.successor],
            }
            for act in documents.reorganisation.acts
        ]
    }


def campaign_body(documents: Documents) -> dict[str, Any]:
    """`POST /v1/campaigns`."""
    campaign = documents.campaign
    return {
        "code": campaign.code,
        "name": campaign.name,
        "unit": campaign.top,
        "first_day": campaign.first_day.isoformat(),
        "last_day": campaign.last_day.isoformat(),
        "time_zone": campaign.zone.key,
        "hierarchy_day": campaign.first_day.isoformat(),
        "decision": {"number": campaign.decision_number, "date": campaign.decision_date.isoformat()},
        "indicators": [_indicator(one, campaign.sensitive_reasons) for one in documents.indicators],
        "pauses": [
            {
                "first_day": pause.first_day.isoformat(),
                "last_day": pause.last_day.isoformat(),
                "indicators": list(pause.indicators),
                "reason": pause.reason,
            }
            for pause in campaign.pauses
        ],
        "labels": list(campaign.labels),
        **campaign.rules,
    }


def _indicator(indicator: Indicator, sensitive: frozenset[str]) -> dict[str, Any]:
    return {
        "code": indicator.code,
        "kind": "quota",
        "name": indicator.name,
        "measure": indicator.measure,
        "target_rate": indicator.target_rate,
        "target_on": "raw",
        "reconciliation_level": indicator.level,
        "authority": indicator.authority,
        "reasons": [
            {"code": one.reason, "name": {"vi": one.name}, "sensitive": one.reason in sensitive}
            for one in indicator.exclusions
        ],
    }


def plan_requests(documents: Documents) -> list[PlanRequest]:
    """What the top unit received, its own plan, and one of each district: in the order in which they were issued.

    All of them bear the decision's date, so that quotas add up at every level from the first day on.
    """
    campaign, choices = documents.campaign, documents.plans

    def plan(unit: str | None, number: str, issued: time, lines: list[dict[str, Any]]) -> PlanRequest:
        issued_at = datetime.combine(campaign.decision_date, issued, campaign.zone).astimezone(UTC)
        return PlanRequest(unit, number, campaign.decision_date.isoformat(), lines, issued_at)

    received = [_line(campaign.top, one.code, one.top_quota) for one in documents.indicators]
    to_districts = [
        _line(district, one.code, one.districts[district].quota)
        for one in documents.indicators
        for district in sorted(one.districts)
    ]
    to_communes: dict[str, list[dict[str, Any]]] = {}
    for indicator in documents.indicators:
        for figure in communes(documents, indicator):
            line = _line(figure.unit, indicator.code, figure.quota, held=figure.held)
            to_communes.setdefault(figure.district, []).append(line)
    return [
        plan(None, campaign.decision_number, choices.received_issued, received),
        plan(campaign.top, campaign.decision_number, choices.top_issued, to_districts),
        *(
            plan(district, choices.district_number.format(code=district), choices.district_issued, lines)
            for district, lines in sorted(to_communes.items())
        ),
    ]


def _line(unit: str, indicator: str, amount: int, *, held: bool = False) -> dict[str, Any]:
    return {"unit": unit, "indicator": indicator, "amount": amount, "held": held}


def source_bodies(documents: Documents) -> dict[str, dict[str, Any]]:
    """`PUT /v1/sources/{code}` by code: each source reports the indicators whose authority names it."""
    return {
        source.code: {
            "name": source.name,
            "kind": source.kind,
            "reports": [
                {"campaign": documents.campaign.code, "indicator": indicator.code, "level": indicator.level}
                for indicator in documents.indicators
                if any(source.code in group for group in indicator.authority)
            ],
        }
        for source in documents.sources
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
