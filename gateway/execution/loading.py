"""Batches: whatever the fields of one level need goes to reporting as one question per kind of thing."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from datetime import date, datetime
from typing import Literal, NamedTuple, TypeVar

from strawberry.dataloader import DataLoader

from gateway.clients.reporting import Refused, ReportingReader
from services.contracts.commendation import Commendation
from services.contracts.figures import ExemptionCount, Figure
from services.contracts.graph import (
    CampaignsQuestion,
    CampaignSummary,
    CampaignUnitNode,
    CampaignUnitsAnswer,
    CampaignUnitsQuestion,
    ChildrenQuestion,
    CommendationsQuestion,
    ExemptionsQuestion,
    FiguresQuestion,
    SeriesQuestion,
    SourcesQuestion,
    SuccessionsQuestion,
    UnitNode,
    UnitsQuestion,
)
from services.contracts.reconciliation import Reconciliation
from services.contracts.series import SeriesColumns

MAX_BATCH = 5_000
"""Most units that one question names."""

ChildOrder = Literal["code", "name", "rate_best", "rate_worst"]
Key = TypeVar("Key", bound=Hashable)
Group = TypeVar("Group", bound=Hashable)
Value = TypeVar("Value")


class Shared(DataLoader[Key, Value]):
    """A loader whose values several fields may wait for: one that is left waits no longer, the others still get theirs.

    The interpreter leaves what is beside a fault under the same null; without the shield it would end all who wait.
    """

    def load(self, key: Key) -> Awaitable[Value]:
        """The value, when its batch has come."""
        return asyncio.shield(super().load(key))


class UnitOnDay(NamedTuple):
    """A unit outside any campaign; `on` None is today."""

    code: str
    on: date | None


class UnitInCampaign(NamedTuple):
    """A unit of a campaign's tree."""

    campaign: str
    code: str


class ChildrenPage(NamedTuple):
    """One page of the children of one unit."""

    campaign: str
    first: int
    after: str | None
    order_by: ChildOrder
    indicator: str | None
    parent: str


class FiguresOfUnit(NamedTuple):
    """Figures of one unit, of all indicators where None. `as_of` None is the campaign's default day."""

    campaign: str
    as_of: date | None
    unit: str
    indicators: tuple[str, ...] | None
    cohort: str | None = None
    known_at: datetime | None = None
    hierarchy: date | None = None


class ExemptionsOfUnit(NamedTuple):
    """Exempt cases of one unit and indicator, by reason."""

    campaign: str
    indicator: str
    as_of: date | None
    unit: str
    known_at: datetime | None = None


class SourcesOfUnit(NamedTuple):
    """What each source says of one unit and indicator."""

    campaign: str
    indicator: str
    as_of: date | None
    known_at: datetime | None
    unit: str


class SeriesOfUnit(NamedTuple):
    """The days of one unit and indicator, or one of its cohorts."""

    campaign: str
    indicator: str
    cohort: str | None
    from_day: date | None
    to_day: date | None
    cumulative: bool
    as_of: date | None
    known_at: datetime | None
    unit: str


class Days(NamedTuple):
    """A series with its days, and which of them are paused."""

    columns: SeriesColumns
    days: list[date]
    paused: list[bool]


class Relatives(NamedTuple):
    """What a unit was made of, and what became of it."""

    predecessors: list[UnitNode]
    successors: list[UnitNode]


class Loading:
    """The loaders of one request; each thing is asked for once."""

    def __init__(self, reporting: ReportingReader) -> None:
        self._reporting = reporting
        self.campaigns: Shared[str, CampaignSummary | None] = Shared(self._campaigns, MAX_BATCH)
        self.units: Shared[UnitOnDay, UnitNode | None] = Shared(self._units, MAX_BATCH)
        self.campaign_units: Shared[UnitInCampaign, CampaignUnitNode | None] = Shared(self._campaign_units, MAX_BATCH)
        self.children: Shared[ChildrenPage, CampaignUnitsAnswer | None] = Shared(self._children, MAX_BATCH)
        self.figures: Shared[FiguresOfUnit, list[Figure] | None] = Shared(self._figures, MAX_BATCH)
        self.exemptions: Shared[ExemptionsOfUnit, list[ExemptionCount] | None] = Shared(self._exemptions, MAX_BATCH)
        self.sources: Shared[SourcesOfUnit, list[Reconciliation] | None] = Shared(self._sources, MAX_BATCH)
        self.series: Shared[SeriesOfUnit, Days | None] = Shared(self._series, MAX_BATCH)
        self.commendations: Shared[UnitInCampaign, Commendation | None] = Shared(self._commendations, MAX_BATCH)
        self.relatives: Shared[UnitOnDay, Relatives | None] = Shared(self._relatives, MAX_BATCH)

    def remember(self, campaign: str, nodes: list[CampaignUnitNode]) -> None:
        """Units that have come with a page need not be asked for by code."""
        self.campaign_units.prime_many({UnitInCampaign(campaign, node.unit.code): node for node in nodes})

    async def _campaigns(self, codes: list[str]) -> list[CampaignSummary | None]:
        answer = await self._reporting.campaigns(CampaignsQuestion(codes=codes))
        found = {one.campaign.code: one for one in answer.items}
        return [found.get(code) for code in codes]

    async def _units(self, keys: list[UnitOnDay]) -> list[UnitNode | BaseException | None]:
        async def ask(on: date | None, members: list[UnitOnDay]) -> Mapping[UnitOnDay, UnitNode]:
            codes = [key.code for key in members]
            answer = await self._reporting.units(UnitsQuestion(on=on, codes=codes))
            return {UnitOnDay(one.code, on): one for one in answer.items}

        return await _in_groups(keys, lambda key: key.on, ask)

    async def _campaign_units(self, keys: list[UnitInCampaign]) -> list[CampaignUnitNode | BaseException | None]:
        async def ask(campaign: str, members: list[UnitInCampaign]) -> Mapping[UnitInCampaign, CampaignUnitNode]:
            codes = [key.code for key in members]
            answer = await self._reporting.campaign_units(CampaignUnitsQuestion(campaign=campaign, codes=codes))
            return {UnitInCampaign(campaign, one.unit.code): one for one in answer.items}

        return await _in_groups(keys, lambda key: key.campaign, ask)

    async def _children(self, keys: list[ChildrenPage]) -> list[CampaignUnitsAnswer | BaseException | None]:
        async def ask(page: ChildrenPage, members: list[ChildrenPage]) -> Mapping[ChildrenPage, CampaignUnitsAnswer]:
            answer = await self._reporting.children(
                ChildrenQuestion(
                    campaign=page.campaign,
                    parents=[key.parent for key in members],
                    first=page.first,
                    after=page.after,
                    order_by=page.order_by,
                    indicator=page.indicator,
                )
            )
            for one in answer.pages.values():
                self.remember(page.campaign, one.items)
            return {page._replace(parent=code): one for code, one in answer.pages.items()}

        return await _in_groups(keys, lambda key: key._replace(parent=""), ask)

    async def _figures(self, keys: list[FiguresOfUnit]) -> list[list[Figure] | BaseException | None]:
        # Several selections of one day share a question: the union of what they name. Where that is refused, each
        # selection asks for itself, so that what is wrong with one is not told of the others.
        async def ask(
            group: FiguresOfUnit, members: list[FiguresOfUnit]
        ) -> Mapping[FiguresOfUnit, list[Figure] | BaseException]:
            selections: dict[tuple[str, ...] | None, list[FiguresOfUnit]] = defaultdict(list)
            for key in members:
                selections[key.indicators].append(key)
            try:
                return await self._figures_of(group, members)
            except Refused:
                if len(selections) == 1:
                    raise
            found: dict[FiguresOfUnit, list[Figure] | BaseException] = {}
            for selection in selections.values():
                try:
                    found |= await self._figures_of(group, selection)
                except Refused as refusal:
                    found |= dict.fromkeys(selection, refusal)
            return found

        return await _in_groups(keys, lambda key: key._replace(unit="", indicators=None), ask)

    async def _figures_of(
        self, group: FiguresOfUnit, members: list[FiguresOfUnit]
    ) -> dict[FiguresOfUnit, list[Figure] | BaseException]:
        named = [key.indicators for key in members]
        indicators = None if None in named else list(dict.fromkeys(code for one in named for code in one or ()))
        units = list(dict.fromkeys(key.unit for key in members))
        answer = await self._reporting.figures(
            FiguresQuestion(
                campaign=group.campaign,
                units=units,
                indicators=indicators,
                as_of=group.as_of,
                known_at=group.known_at,
                cohort=group.cohort,
                hierarchy=group.hierarchy,
            )
        )
        by_unit: dict[str, dict[str, Figure]] = defaultdict(dict)
        for figure in answer.items:
            by_unit[figure.unit][figure.indicator] = figure
        return {key: _chosen(by_unit[key.unit], key.indicators) for key in members}

    async def _exemptions(self, keys: list[ExemptionsOfUnit]) -> list[list[ExemptionCount] | BaseException | None]:
        async def ask(
            group: ExemptionsOfUnit, members: list[ExemptionsOfUnit]
        ) -> Mapping[ExemptionsOfUnit, list[ExemptionCount]]:
            answer = await self._reporting.exemptions(
                ExemptionsQuestion(
                    campaign=group.campaign,
                    units=[key.unit for key in members],
                    indicator=group.indicator,
                    as_of=group.as_of,
                    known_at=group.known_at,
                )
            )
            return {group._replace(unit=code): counts for code, counts in answer.items.items()}

        return await _in_groups(keys, lambda key: key._replace(unit=""), ask)

    async def _sources(self, keys: list[SourcesOfUnit]) -> list[list[Reconciliation] | BaseException | None]:
        async def ask(
            group: SourcesOfUnit, members: list[SourcesOfUnit]
        ) -> Mapping[SourcesOfUnit, list[Reconciliation]]:
            answer = await self._reporting.sources(
                SourcesQuestion(
                    campaign=group.campaign,
                    units=[key.unit for key in members],
                    indicators=[group.indicator],
                    as_of=group.as_of,
                    known_at=group.known_at,
                )
            )
            found: dict[SourcesOfUnit, list[Reconciliation]] = defaultdict(list)
            for one in answer.items:
                found[group._replace(unit=one.unit)].append(one)
            return found

        return await _in_groups(keys, lambda key: key._replace(unit=""), ask)

    async def _series(self, keys: list[SeriesOfUnit]) -> list[Days | BaseException | None]:
        async def ask(group: SeriesOfUnit, members: list[SeriesOfUnit]) -> Mapping[SeriesOfUnit, Days]:
            answer = await self._reporting.series(
                SeriesQuestion(
                    campaign=group.campaign,
                    units=[key.unit for key in members],
                    indicators=[group.indicator],
                    cohort=group.cohort,
                    from_day=group.from_day,
                    to_day=group.to_day,
                    cumulative=group.cumulative,
                    as_of=group.as_of,
                    known_at=group.known_at,
                )
            )
            return {
                group._replace(unit=one.unit): Days(one, answer.days, answer.paused[one.indicator])
                for one in answer.items
            }

        return await _in_groups(keys, lambda key: key._replace(unit=""), ask)

    async def _commendations(self, keys: list[UnitInCampaign]) -> list[Commendation | BaseException | None]:
        async def ask(campaign: str, members: list[UnitInCampaign]) -> Mapping[UnitInCampaign, Commendation]:
            answer = await self._reporting.commendations(
                CommendationsQuestion(campaign=campaign, units=[key.code for key in members])
            )
            return {UnitInCampaign(campaign, one.unit): one for one in answer.items}

        return await _in_groups(keys, lambda key: key.campaign, ask)

    async def _relatives(self, keys: list[UnitOnDay]) -> list[Relatives | BaseException | None]:
        async def ask(on: date | None, members: list[UnitOnDay]) -> Mapping[UnitOnDay, Relatives]:
            codes = [key.code for key in members]
            answer = await self._reporting.successions(SuccessionsQuestion(codes, on))
            return {
                UnitOnDay(code, on): Relatives(answer.predecessors.get(code, []), answer.successors.get(code, []))
                for code in codes
            }

        return await _in_groups(keys, lambda key: key.on, ask)


def _chosen(figures: Mapping[str, Figure], indicators: tuple[str, ...] | None) -> list[Figure]:
    if indicators is None:
        return list(figures.values())
    return [figures[code] for code in indicators if code in figures]


async def _in_groups(
    keys: list[Key],
    group_of: Callable[[Key], Group],
    ask: Callable[[Group, list[Key]], Awaitable[Mapping[Key, Value | BaseException]]],
) -> list[Value | BaseException | None]:
    """Per key its value, None, or what its group failed with: one failing group leaves the others their answers."""
    groups: dict[Group, list[Key]] = defaultdict(list)
    for key in keys:
        groups[group_of(key)].append(key)
    answers = await asyncio.gather(*(ask(group, members) for group, members in groups.items()), return_exceptions=True)
    by_group = dict(zip(groups, answers, strict=True))
    found: list[Value | BaseException | None] = []
    for key in keys:
        answer = by_group[group_of(key)]
        found.append(answer if isinstance(answer, BaseException) else answer.get(key))
    return found
