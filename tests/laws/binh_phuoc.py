"""The real campaign of 2024, as the demonstration tells it to the product, in the words of the model."""

from datetime import date, datetime, timedelta
from typing import Any

from deploy.demo.documents import BINH_PHUOC, Documents, read_documents
from deploy.demo.reports import report_batches
from deploy.demo.requests import campaign_body, plan_requests, source_bodies
from tests.laws.model.story import Campaign, Indicator, Issue, Line, Pause, Reason, Report, Row, Source, Story, Unit


def binh_phuoc() -> Story:
    """Units as of the hierarchy day, every plan, every report with its rows; nothing is left out."""
    documents = read_documents(BINH_PHUOC)
    body = campaign_body(documents)
    first_day, last_day = (date.fromisoformat(body[name]) for name in ("first_day", "last_day"))
    midnight = datetime.combine(first_day, datetime.min.time(), documents.campaign.zone)

    def number(day: str) -> int:
        return (date.fromisoformat(day) - first_day).days

    def minute(moment: datetime) -> int:
        return (moment - midnight) // timedelta(minutes=1)

    plans = [
        Issue(place, plan.unit, number(plan.date), tuple(map(_line, plan.lines)), minute(plan.issued_at))
        for place, plan in enumerate(plan_requests(documents))
    ]
    reports = [
        Report(
            batch.source,
            tuple(
                Row(row.unit, row.indicator, number(row.day), row.value, row.outcome, row.reason, mode=row.mode)
                for row in batch.rows
            ),
            minute(batch.received_at),
            tuple(batch.labels),
        )
        for batch in report_batches(documents)
    ]
    pauses = [
        Pause(number(one["first_day"]), number(one["last_day"]), tuple(one["indicators"])) for one in body["pauses"]
    ]
    campaign = Campaign(
        (last_day - first_day).days + 1,
        tuple(map(_indicator, body["indicators"])),
        tuple(pauses),
        labels=tuple(body["labels"]),
    )
    return Story(_units(documents, first_day), campaign, _sources(documents), (*plans, *reports))


def _units(documents: Documents, day: date) -> tuple[Unit, ...]:
    """Those of the day, the top one first."""
    top = documents.campaign.top
    valid = [
        one
        for one in documents.units
        if (one.valid_from is None or one.valid_from <= day) and (one.valid_to is None or day <= one.valid_to)
    ]
    found = {one.code: Unit(one.code, one.level, one.parent_code if one.code != top else None) for one in valid}
    return (found.pop(top), *(found[code] for code in sorted(found)))


def _indicator(body: dict[str, Any]) -> Indicator:
    return Indicator(
        body["code"],
        body["reconciliation_level"],
        tuple(map(tuple, body["authority"])),
        target_rate=body["target_rate"],
        target_on=body["target_on"],
        reasons=tuple(Reason(one["code"], one["sensitive"]) for one in body["reasons"]),
    )


def _line(line: dict[str, Any]) -> Line:
    return Line(line["unit"], line["indicator"], line["amount"])


def _sources(documents: Documents) -> tuple[Source, ...]:
    return tuple(
        Source(code, tuple((one["indicator"], one["level"]) for one in body["reports"]), body["kind"])
        for code, body in source_bodies(documents).items()
    )
