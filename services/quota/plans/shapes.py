"""Plans as the public API takes and shows them."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, WithJsonSchema

from services.contracts.fields import Code, Count, Day, Input
from services.quota.campaigns.shapes import DocumentInput

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")


def _parse_moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        text = re.sub(r"(\.\d{6})\d+", r"\1", value.upper())
        try:
            return datetime.fromisoformat(text)
        except ValueError as fault:
            raise ValueError(f"{value} is not a moment of the calendar") from fault
    raise ValueError("a moment is written as in RFC 3339, 2024-04-04T01:00:00Z for instance")


Moment = Annotated[datetime, BeforeValidator(_parse_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


class LineInput(Input):
    """A number handed to a unit."""

    unit: Code
    indicator: Code
    cohort: Code | None = None
    amount: Count
    baseline: Count = Field(0, description="What stood before the first day.")
    held: StrictBool = Field(False, description="Keeps its value when the rest is split anew.")


class PlanInput(Input):
    """A plan: whom it hands down from, by which document, what to whom."""

    unit: Code | None = Field(None, description="Whoever hands down; null: what the campaign's top unit received.")
    document: DocumentInput
    lines: list[LineInput] = Field(default_factory=list, max_length=200_000)


class IssueInput(Input):
    """How a plan is issued."""

    issued_at: Moment | None = Field(None, description="A moment in the past: a historical load, scope `admin`.")


Status = Literal["draft", "issued", "superseded", "withdrawn"]


class PlanSummary(Input):
    """A plan without its lines."""

    id: str
    status: Status
    revision: int
    campaign: str
    unit: str | None
    document: DocumentInput
    lines_total: int = Field(description="Lines that the token sees.")
    created_at: Moment
    issued_at: Moment | None


class PlanShown(PlanSummary):
    """A plan."""

    lines: list[LineInput]


class PlanPage(Input):
    """A page of plans, in the order in which they were drafted."""

    items: list[PlanSummary]
    next_cursor: str | None


class QuotaDocument(Input):
    """The document that a quota comes from."""

    number: str
    date: Day
    plan: str


class QuotaShown(Input):
    """A quota in force; `cohort` null is all cohorts together."""

    unit: str
    indicator: str
    cohort: str | None
    amount: int
    basis: Literal["received", "derived"]
    baseline: int
    documents: list[QuotaDocument]


class QuotaPage(Input):
    """A page of quotas in force."""

    items: list[QuotaShown]
    next_cursor: str | None
    as_of: Day
