"""A source as the API takes and shows it."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from services.contracts.fields import Code, Input, Name
from services.contracts.words import Level, SourceKind

Alias = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]


class ReportShape(Input):
    """The source reports an indicator of a campaign at one level (rule 6)."""

    campaign: Code
    indicator: Code
    level: Level


class SourceInput(Input):
    """Who reports, complete: what is left out is empty."""

    name: Name
    kind: SourceKind
    reports: list[ReportShape] = Field(default_factory=list, max_length=1_000)
    aliases: dict[Alias, Code] = Field(
        default_factory=dict, description="The source's own codes of units, each with the official code."
    )


class SourceShape(BaseModel):
    """Who reports. `aliases` are shown to the source itself and to tokens that see everything."""

    code: str
    name: str
    kind: SourceKind
    reports: list[ReportShape]
    aliases: dict[str, str]


class SourcePage(BaseModel):
    """Sources by code."""

    items: list[SourceShape]
    next_cursor: str | None
