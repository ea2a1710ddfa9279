"""Plans as the public API takes and shows them."""

from typing import Annotated, Literal

import msgspec
from pydantic import Field, StrictBool

from services.chassis.moments import Moment
from services.contracts.fields import Code, CodeText, Count, CountNumber, Day, Input, Name, swiftly
from services.quota.apportionment.shapes import ApportionmentInput
from services.quota.campaigns.shapes import DocumentInput


class LineInput(Input):
    """A number handed to a unit."""

    unit: Code
    indicator: Code
    cohort: Code | None = None
    amount: Count
    baseline: Count = Field(0, description="What stood before the first day.")
    held: StrictBool = Field(False, description="Keeps its value when the rest is split anew.")


class LineRow(msgspec.Struct, forbid_unknown_fields=True):
    """A `LineInput` that is right."""

    unit: CodeText
    indicator: CodeText
    amount: CountNumber
    cohort: CodeText | None = None
    baseline: CountNumber = 0
    held: bool = False


MOST_LINES = 200_000
Lines = Annotated[list[LineInput], swiftly(LineRow, most=MOST_LINES)]
Note = Annotated[Name, Field(max_length=2000)]


class PlanInput(Input):
    """A plan: whom it hands down from, by which document, what to whom."""

    unit: Code | None = Field(None, description="Whoever hands down; null: what the campaign's top unit received.")
    document: DocumentInput
    note: Note | None = Field(None, description="A remark; of a revision, why.")
    lines: Lines = Field(default_factory=list, max_length=MOST_LINES)
    apportionments: list[ApportionmentInput] = Field(
        default_factory=list,
        max_length=200,
        description="The splits that lines were made by, kept with the plan; their lines are checked against them.",
    )


class ReviseInput(Input):
    """A new revision, as a draft."""

    unit: Code | None = Field(None, description="Whoever hands down: the plan's unit, or left out.")
    document: DocumentInput | None = Field(
        None, description="The document that orders the revision; may be given later, by PUT, but before the issue."
    )
    note: Note | None = Field(None, description="Why.")
    lines: Lines | None = Field(None, max_length=MOST_LINES, description="Those of the plan unless given.")
    apportionments: list[ApportionmentInput] = Field(
        default_factory=list, max_length=200, description="As in a plan; those of the plan where its lines stay."
    )


class WithdrawInput(Input):
    """From when on a plan counts no more, and by which document."""

    document: DocumentInput
    note: Note | None = Field(None, description="Why.")
    issued_at: Moment | None = Field(None, description="A moment in the past: a historical load, scope `admin`.")


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
    note: str | None
    supersedes: str | None = Field(description="The revision before this one.")
    superseded_by: str | None = Field(description="The issued revision after this one.")


class Balance(Input):
    """What the issuing unit has of an indicator on the plan's day, this plan included; null: it received none."""

    indicator: str
    received: int | None
    handed_down: int
    unallocated: int | None = Field(description="The reserve that was not handed down.")
    over: int | None = Field(description="The stretch: handed down beyond what was received.")


class PlanShown(PlanSummary):
    """A plan."""

    lines: list[LineInput]
    apportionments: list[ApportionmentInput] = Field(description="Shown to whoever covers the issuing unit.")
    balance: list[Balance] = Field(description="Shown to whoever covers the issuing unit, while the plan is current.")


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
    known_at: Moment | None
