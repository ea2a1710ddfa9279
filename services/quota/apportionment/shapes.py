"""A split as the public API asks for it and shows it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from services.contracts.fields import Code, Count, Input


class Method(StrEnum):
    """What a split goes by."""

    PROPORTIONAL = "proportional"
    EQUAL = "equal"
    PER_HEAD = "per_head"
    PREVIOUS = "previous"


ByUnit = Annotated[dict[Code, Count], Field(max_length=200_000)]


class ApportionmentInput(Input):
    """A split. The units are those that `weights` and bounds name; all directly below where no weight is given.

    Bounds: `minimum`, `maximum`, `held`. Without weights they name the units only where they name one further down.
    """

    unit: Code = Field(description="Whoever hands down.")
    indicator: Code
    cohort: Code | None = None
    amount: Count | None = Field(None, description="What is split; may be left out where `per_head` says it.")
    method: Method = Method.PROPORTIONAL
    weights: ByUnit = Field(
        default_factory=dict, description="What it is split by: inhabitants, say; heads of staff for `per_head`."
    )
    per_head: Count | None = Field(None, description="How many for each head, 10 for instance.")
    previous_campaign: Code | None = Field(
        None, description="`previous`: split as the quotas of that campaign were; of this one unless given."
    )
    minimum: ByUnit = Field(default_factory=dict)
    maximum: ByUnit = Field(default_factory=dict)
    held: ByUnit = Field(default_factory=dict, description="Lines that keep this value.")


class IdealShare(Input):
    """The exact share before it was rounded."""

    numerator: int
    denominator: int


class ApportionedLine(Input):
    """What a unit gets. The ideal of a held line, or of one at its bound, is that value."""

    unit: str
    amount: int
    ideal: IdealShare
    held: bool


class Apportioned(Input):
    """A split: lines by code, which add up to the total."""

    lines: list[ApportionedLine]
    total: int
