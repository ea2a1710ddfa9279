"""Acts of succession as the public API takes and shows them."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec
from pydantic import Field

from services.contracts.fields import Code, CodeText, Count, CountNumber, Day, ExactRate, Input, swiftly
from services.contracts.names import is_clean
from services.contracts.words import Level
from services.quota.campaigns.shapes import DocumentInput


class Relation(StrEnum):
    """How units become others."""

    MERGE = "merge"
    SPLIT = "split"
    PART = "part"
    RENAME = "rename"
    ABOLISH = "abolish"
    MOVE = "move"


class SuccessionInput(Input):
    """One act. Predecessors bear their codes on the eve of the day, successors on the day."""

    day: Day = Field(description="The first day on which it holds.")
    decision: DocumentInput
    relation: Relation = Field(
        description="merge: several become one; split: one becomes several; part: a part of one goes to others;"
        " rename and move: one becomes one; abolish: without successor."
    )
    predecessors: list[Code] = Field(min_length=1, max_length=20_000)
    successors: list[Code] = Field(default_factory=list, max_length=20_000)
    weights: dict[Code, Count | ExactRate] = Field(
        default_factory=dict,
        description="Of split and part: what share each successor has, as whole numbers or decimals in quotation marks,"
        " in whatever unit; where the predecessor goes on, its own code says what stays.",
    )
    main: Code | None = Field(None, description="Of several successors the one that carries on.")


MOST_ACTS = 50_000


class DecisionRow(msgspec.Struct, forbid_unknown_fields=True):
    """A `DocumentInput` that is right."""

    number: Annotated[str, msgspec.Meta(max_length=200)]
    date: date


class SuccessionRow(msgspec.Struct, forbid_unknown_fields=True):
    """A `SuccessionInput` that is right."""

    day: date
    decision: DecisionRow
    relation: Relation
    predecessors: Annotated[list[CodeText], msgspec.Meta(min_length=1, max_length=20_000)]
    successors: Annotated[list[CodeText], msgspec.Meta(max_length=20_000)] = []
    weights: dict[CodeText, CountNumber] = {}
    main: CodeText | None = None


class SuccessionsInput(Input):
    """Many acts at once; all of them are taken, or none."""

    successions: Annotated[
        list[SuccessionInput],
        swiftly(SuccessionRow, lambda act: is_clean(act.decision.number), least=1, most=MOST_ACTS),
    ] = Field(min_length=1, max_length=MOST_ACTS)


class SuccessionsRecorded(Input):
    """What became of the acts of a request; those that say again what is known are unchanged."""

    created: int
    unchanged: int


class Share(Input):
    """An exact share."""

    numerator: int
    denominator: int


class Related(Input):
    """A unit that came before or after, with the act that leads to it."""

    code: str
    level: Level
    name: str
    valid_from: Day | None
    valid_to: Day | None
    step: Annotated[int, Field(description="How many acts lie between.")]
    day: Day
    relation: Relation
    decision: DocumentInput
    share: Share | None = Field(description="What share of the predecessor the last act gave on; null: not stated.")
    main: bool


class Succession(Input):
    """What a unit was made of and what became of it, nearest first; units that the token does not see are left out."""

    predecessors: list[Related]
    successors: list[Related]
