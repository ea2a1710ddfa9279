"""A campaign as the public API takes and shows it; what is null or empty may be left out."""

from typing import Annotated

from pydantic import Field, StrictBool

from services.contracts.fields import Code, Day, ExactRate, Input, Label, LocalisedName, Name
from services.contracts.words import FedBy, IndicatorKind, Level, RoundingMode, TargetOn
from services.quota.parameters import HOME_TIME_ZONE

Small = Annotated[int, Field(strict=True, ge=0, le=100_000)]
PublishedTo = Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})$")]


class DocumentInput(Input):
    """An official document."""

    number: Annotated[Name, Field(max_length=200)]
    date: Day


class RoundingInput(Input):
    """How rates are printed."""

    decimals: Annotated[int, Field(strict=True, ge=0, le=10)] = 2
    mode: RoundingMode = RoundingMode.HALF_UP


class ReasonInput(Input):
    """Why a case is exempt."""

    code: Code
    name: LocalisedName
    sensitive: StrictBool = False


class CohortInput(Input):
    """A part of an indicator with a quota of its own."""

    code: Code
    name: LocalisedName
    target_rate: ExactRate | None = Field(None, description="The indicator's unless given.")
    target_on: TargetOn | None = Field(None, description="The indicator's unless given.")
    reasons_leaving_denominator: list[Code] | None = Field(None, max_length=500, description="null: all of them")


class IndicatorInput(Input):
    """What is counted."""

    code: Code
    kind: IndicatorKind
    name: LocalisedName
    measure: Annotated[str, Field(max_length=100, description="người, hồ sơ, …")] = ""
    cohorts: list[CohortInput] = Field(default_factory=list, max_length=100)
    target_rate: ExactRate = "1"
    target_on: TargetOn = TargetOn.RAW
    counts_baseline: StrictBool = False
    reconciliation_level: Level = Level.COMMUNE
    authority: list[Annotated[list[Code], Field(min_length=1, max_length=200)]] = Field(
        default_factory=list, max_length=50, description="Groups of sources, the first that has spoken decides."
    )
    reasons: list[ReasonInput] = Field(default_factory=list, max_length=500)
    reasons_leaving_denominator: list[Code] | None = Field(None, max_length=500, description="null: all of them")
    of: Code | None = Field(
        None, description="Of a ratio: the indicator below the line; the ratio's own counts stand above it."
    )
    fed_by: FedBy | None = Field(
        None,
        description="Of a milestone: nobody reports it; it counts the units of its reconciliation level that have a"
        " plan of their own in force.",
    )


class PauseInput(Input):
    """Days on which indicators cannot progress; all of them where none is named."""

    first_day: Day
    last_day: Day
    indicators: list[Code] = Field(default_factory=list, max_length=500)
    reason: Annotated[str, Field(max_length=1000)] = ""


class ComplianceInput(Input):
    """When reports are due."""

    level: Level
    due_hour: Annotated[int, Field(strict=True, ge=0, le=24)]
    due_days_after: Annotated[int, Field(strict=True, ge=0, le=366)] = 0
    final_report_due: Day | None = None


class CommendationInput(Input):
    """What decides who may be commended."""

    level: Level
    minimum_on_time_share: ExactRate
    tolerance: ExactRate
    weights: dict[Code, Small] = Field(default_factory=dict, max_length=500)


class CampaignInput(Input):
    """A campaign."""

    code: Code
    name: LocalisedName
    unit: Code = Field(description="The top unit, as of the hierarchy day.")
    first_day: Day
    last_day: Day
    time_zone: Annotated[str, Field(max_length=64)] = HOME_TIME_ZONE
    hierarchy_day: Day | None = Field(None, description="The day whose hierarchy counts; the first day unless given.")
    decision: DocumentInput | None = None
    allow_stretch: StrictBool = False
    rounding: RoundingInput = Field(default_factory=RoundingInput)
    indicators: list[IndicatorInput] = Field(default_factory=list, max_length=500)
    pauses: list[PauseInput] = Field(default_factory=list, max_length=500)
    compliance: ComplianceInput | None = None
    commendation: CommendationInput | None = None
    published_to: list[PublishedTo] = Field(default_factory=list, max_length=1000)
    part_of: Code | None = Field(None, description="The campaign that this one is a part of.")
    labels: list[Label] = Field(default_factory=list, max_length=20)
    small_count: Small = Field(5, description="Sensitive counts below it are suppressed.")


class CampaignShown(CampaignInput):
    """A campaign; `closed` is there once it is closed: by which document."""

    closed: DocumentInput | None = None


class ClosingInput(Input):
    """The document by which a campaign is closed."""

    decision: DocumentInput


class CampaignPatch(Input):
    """What is to change: a field that is given replaces the whole field, one that is left out stays.

    The values are checked as those of a new campaign, together with what stays.
    """

    code: object = Field(None, description="May not change.")
    name: object = None
    unit: object = Field(None, description="May not change.")
    first_day: object = None
    last_day: object = None
    time_zone: object = None
    hierarchy_day: object = None
    decision: object = None
    allow_stretch: object = None
    rounding: object = None
    indicators: object = None
    pauses: object = None
    compliance: object = None
    commendation: object = None
    published_to: object = None
    part_of: object = None
    labels: object = None
    small_count: object = None


class CampaignPage(Input):
    """A page of campaigns by code."""

    items: list[CampaignShown]
    next_cursor: str | None
