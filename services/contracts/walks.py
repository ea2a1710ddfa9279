"""A whole query of the gateway as one question: a walk from campaigns over units to figures, read in one snapshot.

`POST /internal/graph/walk` takes a `Walk` as JSON. Each step begins where an earlier one (`of`, by its position) has
arrived, at all of its things at once. The answer is text: a `WalkAnswer` as JSON, then, step by step, the columns that
were asked for, all parted by `COLUMN_BREAK`. A column holds one JSON value per thing, parted by `VALUE_BREAK`: no JSON
text holds either sign, so that the gateway parts a column and writes its values into an answer without decoding any.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

from services.contracts.graph import CampaignSummary
from services.contracts.versions import Versions
from services.contracts.words import Level

COLUMN_BREAK, VALUE_BREAK = "\x1d", "\n"

UNIT_COLUMNS = ("code", "name", "level", "kind", "valid_from", "valid_to", "visible")
"""Of a unit of a campaign's tree: words as REST has them; `visible`: whether its figures are seen."""


class ToCampaign(msgspec.Struct, frozen=True, tag="campaign", tag_field="to"):
    """The campaign of that code, or none."""

    code: str


class ToCampaigns(msgspec.Struct, frozen=True, tag="campaigns", tag_field="to"):
    """A page of campaigns by code, behind the code `after`."""

    first: int
    after: str | None = None


class ToUnit(msgspec.Struct, frozen=True, tag="unit", tag_field="to"):
    """Of each campaign the unit of that code, or none."""

    of: int
    columns: tuple[str, ...]
    code: str


class ToUnits(msgspec.Struct, frozen=True, tag="units", tag_field="to"):
    """Of each campaign a page of units, as `CampaignUnitsQuestion` searches them; with the column `cursor`."""

    of: int
    columns: tuple[str, ...]
    first: int
    q: str | None = None
    level: Level | None = None
    within: str | None = None
    after: str | None = None


class ToRanking(msgspec.Struct, frozen=True, tag="ranking", tag_field="to"):
    """Of each campaign a page of a league table, as `RankingQuestion` has it; with the column `cursor`."""

    of: int
    columns: tuple[str, ...]
    indicator: str
    level: Level
    first: int
    within: str | None = None
    as_of: date | None = None
    order: Literal["best", "worst"] = "best"
    after: str | None = None
    known_at: datetime | None = None


class ToChildren(msgspec.Struct, frozen=True, tag="children", tag_field="to"):
    """Of each unit a page of its children, as `ChildrenQuestion` has it; with the column `cursor`."""

    of: int
    columns: tuple[str, ...]
    first: int
    after: str | None = None
    order_by: Literal["code", "name", "rate_best", "rate_worst"] = "code"
    indicator: str | None = None


class ToAncestors(msgspec.Struct, frozen=True, tag="ancestors", tag_field="to"):
    """Of each unit those above it, the campaign's top unit first; the parent alone where `nearest`."""

    of: int
    columns: tuple[str, ...]
    nearest: bool = False


class ToFigures(msgspec.Struct, frozen=True, tag="figures", tag_field="to"):
    """Of each unit, of each campaign's top unit where `of` is a step to campaigns, its figures.

    Columns are the fields of `Figure`; those of a part have its name before (`rate.numerator`). Units whose figures
    are not seen have none. `cohort` and `known_at` as `FiguresQuestion` has
    them.
    """

    of: int
    columns: tuple[str, ...]
    indicators: tuple[str, ...] | None = None
    as_of: date | None = None
    cohort: str | None = None
    known_at: datetime | None = None


class ToExemptions(msgspec.Struct, frozen=True, tag="exemptions", tag_field="to"):
    """Of each figure its exempt cases by reason; columns are the fields of `ExemptionCount`."""

    of: int
    columns: tuple[str, ...]


Step = ToCampaign | ToCampaigns | ToUnit | ToUnits | ToRanking | ToChildren | ToAncestors | ToFigures | ToExemptions


class Walk(msgspec.Struct, frozen=True):
    """The steps, each behind the one that it begins at."""

    steps: list[Step]


class StepRefusal(msgspec.Struct, frozen=True):
    """Why a step did not go on from the things of one campaign (its position in the step to campaigns)."""

    campaign: int
    code: str
    detail: str


class StepAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a step has arrived.

    `counts`: how many things per thing of the step before; one entry for a step from nowhere. `totals` and `more`: of
    each page, how many there are in all, and whether any follow. `campaigns`: the things of a step to campaigns.
    `indicators`: of a step to figures, by campaign, the codes of its indicators: each unit has one figure of each.
    """

    counts: list[int] = []
    totals: list[int] = []
    more: list[bool] = []
    campaigns: list[CampaignSummary] = []
    indicators: list[list[str]] = []
    refusals: list[StepRefusal] = []


class WalkAnswer(msgspec.Struct, frozen=True):
    """What stands before the columns. `wide`: some number is too large for the graph's `BigInt`.

    `versions`: of the campaigns that were read, of all in sight where a page of them was. `good_until`: when the
    default day of one of them ends, if that is to come: until then the same walk finds the same, as long as the
    versions are these.
    """

    steps: list[StepAnswer]
    as_of_token: str
    versions: Versions
    good_until: datetime | None = None
    wide: bool = False
