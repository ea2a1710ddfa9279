"""What the gateway asks reporting, on behalf of the caller whose token it hands on.

Each question is `POST /internal/graph/…` with the struct as JSON; each answer holds only what the caller may see.
All take many things at once: the gateway never asks once per unit.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

from services.contracts.commendation import Commendation
from services.contracts.definitions import CampaignDefinition
from services.contracts.figures import ExemptionCount, Figure
from services.contracts.reconciliation import Reconciliation
from services.contracts.series import SeriesColumns
from services.contracts.words import Level


class CampaignsQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/campaigns`: the campaigns of these codes, or (None) a page of all, by code.

    `after` is the code that the page begins behind.
    """

    codes: list[str] | None = None
    first: int = 20
    after: str | None = None


class CampaignSummary(msgspec.Struct, frozen=True):
    """A campaign and the day that figures are as of unless another is asked for.

    `top_visible`: whether the caller may see the top unit's figures.
    """

    campaign: CampaignDefinition
    as_of: date
    top_visible: bool


class CampaignsAnswer(msgspec.Struct, frozen=True):
    """Visible campaigns by code; `total` counts all that are visible."""

    items: list[CampaignSummary]
    total: int
    has_next: bool
    as_of_token: str


class UnitNode(msgspec.Struct, frozen=True):
    """A unit outside any campaign: one code in one period of validity. `parent_code` on the day asked for."""

    code: str
    level: Level
    kind: str
    name: str
    valid_from: date | None
    valid_to: date | None
    parent_code: str | None


class UnitsQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/units`: the units of these codes valid on `on` (today where None), or a page of a search.

    A search is by name without accents or case (`q`), level, and subtree (`within`), in Vietnamese order of names.
    `after` is the opaque cursor of the last item seen. Ancestors of visible units may be asked for by code.
    """

    on: date | None = None
    codes: list[str] | None = None
    q: str | None = None
    level: Level | None = None
    within: str | None = None
    first: int = 50
    after: str | None = None


class UnitsAnswer(msgspec.Struct, frozen=True):
    """Units, each with its cursor."""

    items: list[UnitNode]
    cursors: list[str]
    total: int
    has_next: bool
    on: date


class CampaignUnitNode(msgspec.Struct, frozen=True):
    """A unit in a campaign's tree. `ancestors`: codes from the top unit down to the parent.

    `figures_visible` is False for an ancestor of what the caller may see: code and name, no figure.
    """

    unit: UnitNode
    ancestors: list[str]
    figures_visible: bool


class CampaignUnitsQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/campaign-units`: exactly one of the forms.

    `codes`: these units. `search`: units by level, subtree and name, in Vietnamese order of names.
    """

    campaign: str
    codes: list[str] | None = None
    q: str | None = None
    level: Level | None = None
    within: str | None = None
    first: int = 50
    after: str | None = None


class CampaignUnitsAnswer(msgspec.Struct, frozen=True):
    """Nodes, each with its cursor (empty where asked by code)."""

    items: list[CampaignUnitNode]
    cursors: list[str]
    total: int
    has_next: bool


class ChildrenQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/children`: one page of children for each of `parents`.

    `order_by` `rate_best` and `rate_worst` need `indicator` and are as of `as_of`; units without a rate come last.
    """

    campaign: str
    parents: list[str]
    first: int = 100
    after: str | None = None
    order_by: Literal["code", "name", "rate_best", "rate_worst"] = "code"
    indicator: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None


class ChildrenAnswer(msgspec.Struct, frozen=True):
    """By parent code; a parent that is not visible is missing."""

    pages: dict[str, CampaignUnitsAnswer]


class RankingQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/ranking`: the units of one level inside one unit by exact rate (rule 11)."""

    campaign: str
    indicator: str
    level: Level
    within: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    order: Literal["best", "worst"] = "best"
    first: int = 20
    after: str | None = None


class FiguresQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/figures`: units × indicators (all where None) as of one day (the default day where None).

    `known_at`: only what was known at that moment. `cohort`: that one of the indicators that have it; `*`: each
    indicator, followed by each of its cohorts. `hierarchy`: the codes are those of this day, and so are the units.
    """

    campaign: str
    units: list[str]
    indicators: list[str] | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    cohort: str | None = None
    hierarchy: date | None = None


class FiguresAnswer(msgspec.Struct, frozen=True):
    """One figure per visible unit and indicator or cohort, in the order asked, known or not."""

    items: list[Figure]
    as_of: date
    as_of_token: str


class ExemptionsQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/exemptions`: units × one indicator as of one day."""

    campaign: str
    units: list[str]
    indicator: str
    as_of: date | None = None
    known_at: datetime | None = None


class ExemptionsAnswer(msgspec.Struct, frozen=True):
    """By unit code, in the campaign's order of reasons; reasons never reported are left out."""

    items: dict[str, list[ExemptionCount]]


class SuccessionsQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/successions`: of the units that bear these codes on `on` (today where None), in one step."""

    codes: list[str]
    on: date | None = None


class SuccessionsAnswer(msgspec.Struct, frozen=True):
    """By code, what a unit was made of and what became of it: those that the caller sees, by code.

    A predecessor as it was on the eve of the act, a successor as it was on the day of the act.
    """

    predecessors: dict[str, list[UnitNode]]
    successors: dict[str, list[UnitNode]]


class CascadeQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/cascade`: how far the cascade has come, of one level or of all."""

    campaign: str
    level: Level | None = None
    as_of: date | None = None


class CascadeLevel(msgspec.Struct, frozen=True):
    """Of so many units of the level, how many have received quotas, and how many have a plan of their own in force."""

    level: Level
    units: int
    received: int
    issued: int


class CascadeAnswer(msgspec.Struct, frozen=True):
    """Levels from the top down, over the units that the caller sees."""

    levels: list[CascadeLevel]


class ComplianceQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/compliance` → `compliance.ComplianceSummary`: the reports of one day on the units of a level.

    `day`: the default day where None.
    """

    campaign: str
    level: Level
    day: date | None = None


class SourcesQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/sources`: what sources say of units × indicators (all where None) as of one day."""

    campaign: str
    units: list[str]
    indicators: list[str] | None = None
    as_of: date | None = None
    known_at: datetime | None = None


class SourcesAnswer(msgspec.Struct, frozen=True):
    """By unit in the order asked, indicator and outcome, those of which any source tells.

    Units whose figures a publication alone opens are missing.
    """

    items: list[Reconciliation]
    as_of: date


class SeriesQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/series`: units × indicators (all that have a series where None), day by day.

    `cohort` as `FiguresQuestion` has it. `from_day` and `to_day` are the campaign's first day and the day that figures
    are as of where None; of days after the latter only what is expected is known.
    """

    campaign: str
    units: list[str]
    indicators: list[str] | None = None
    cohort: str | None = None
    from_day: date | None = None
    to_day: date | None = None
    cumulative: bool = True
    as_of: date | None = None
    known_at: datetime | None = None


class SeriesAnswer(msgspec.Struct, frozen=True):
    """One item per visible unit and indicator or cohort, in the order asked, with a value for each of `days`.

    `paused`: by indicator, whether the day is one on which it cannot progress, for each of `days`.
    """

    items: list[SeriesColumns]
    days: list[date]
    paused: dict[str, list[bool]]
    as_of: date
    as_of_token: str


class CommendationsQuestion(msgspec.Struct, frozen=True):
    """`/internal/graph/commendations`: what units come to, each among those of its level, as of one day."""

    campaign: str
    units: list[str]
    as_of: date | None = None
    known_at: datetime | None = None


class CommendationsAnswer(msgspec.Struct, frozen=True):
    """In the order asked, those that have a quota; none where the campaign commends nobody.

    Units whose figures a publication alone opens are missing.
    """

    items: list[Commendation]
    as_of: date
