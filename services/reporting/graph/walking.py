"""A walk of the gateway (`services.contracts.walks`), gone step by step in one snapshot."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from services.chassis.consistency import head_token
from services.chassis.identity import Caller
from services.chassis.pagination import encode_cursor
from services.chassis.problems import Refusal
from services.contracts import walks
from services.contracts.graph import CampaignSummary
from services.contracts.walks import COLUMN_BREAK, VALUE_BREAK
from services.reporting.exemptions.queries import fetch_exemptions
from services.reporting.figures.subjects import Subject, subject_of, subjects_of
from services.reporting.graph.children import families_of
from services.reporting.graph.figure_columns import NUMBERS, Columns, figure_columns
from services.reporting.graph.nodes import NodeRow, codes_above, nodes_by_code, nodes_of, search_nodes
from services.reporting.graph.questions import bounded_first, invalid, name_cursor, searched_name
from services.reporting.graph.values import Column, is_wide, plain, written
from services.reporting.rankings.league import cursor_at, league_of, start_behind
from services.reporting.versions.queries import fetch_versions
from services.reporting.view import View
from services.reporting.visibility.campaigns import FIGURED, CampaignInSight, campaigns_in_sight
from services.reporting.visibility.units import TreeRow, UnitNotFound, known_unit, known_units

MOST_THINGS = 50_000
"""A step arrives at so many things, at most."""


class WalkTooWide(Refusal):
    """A step of the walk arrives at more than {limit} things."""

    status = 422
    code = "walk_too_wide"
    title = "The walk is too wide"
    remedy = "Ask for smaller pages."


@dataclass(slots=True)
class Family:
    """What a step found behind one thing of the step before."""

    nodes: Sequence[NodeRow] = ()
    cursors: Sequence[str] = ()
    total: int = 0
    has_next: bool = False


@dataclass(slots=True)
class Figures:
    """Of the units of one campaign × its indicators: figures of one day."""

    campaign: CampaignInSight
    units: list[TreeRow]
    subjects: list[Subject]
    view: View


@dataclass(slots=True)
class Place:
    """Where a step has arrived. `campaigns`: those of the step to campaigns that it comes from."""

    campaigns: list[CampaignInSight]
    answer: walks.StepAnswer
    columns: list[Column] = field(default_factory=list)
    groups: list[list[NodeRow]] = field(default_factory=list)
    """To units: by campaign, in order."""
    figures: list[Figures | None] = field(default_factory=list)
    """To figures: by campaign."""


class Walked(NamedTuple):
    """The answer's text; `not_found`: a unit that was not found, of which quota may know more."""

    text: str
    not_found: UnitNotFound | None


async def walked(
    connection: asyncpg.Connection, caller: Caller, steps: Sequence[walks.Step], *, now: datetime
) -> Walked:
    """The steps have been gone for the caller.

    Raises: WalkTooWide, InvalidInput.
    """
    walker = Walker(connection, caller, now)
    for step in steps:
        await walker.go(step)
    read = list({one.definition.id: one for place in walker.places for one in place.campaigns}.values())
    is_whole = any(isinstance(step, walks.ToCampaigns) for step in steps)
    head = walks.WalkAnswer(
        steps=[place.answer for place in walker.places],
        as_of_token=await head_token(connection),
        versions=await fetch_versions(connection, None if is_whole else [one.definition.code for one in read]),
        good_until=min((day for day in map(walker.default_day_ends, read) if day is not None), default=None),
        wide=any(
            name in NUMBERS and is_wide(column)
            for step, place in zip(steps, walker.places, strict=True)
            for name, column in zip(getattr(step, "columns", ()), place.columns, strict=True)
        ),
    )
    columns = [VALUE_BREAK.join(column) for place in walker.places for column in place.columns]
    text = COLUMN_BREAK.join([msgspec.json.encode(head).decode(), *columns])
    return Walked(text, next((one for one in walker.refusals if isinstance(one, UnitNotFound)), None))


class Walker:
    """Goes the steps for one caller."""

    def __init__(self, connection: asyncpg.Connection, caller: Caller, now: datetime) -> None:
        self._connection = connection
        self._caller = caller
        self._now = now
        self.places: list[Place] = []
        self.refusals: list[Refusal] = []

    def default_day_ends(self, campaign: CampaignInSight) -> datetime | None:
        """When the campaign's default day becomes another one; None: never."""
        day, definition = campaign.default_day(self._now), campaign.definition
        if day >= definition.last_day:
            return None
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(definition.time_zone)).astimezone(UTC)

    async def go(self, step: walks.Step) -> None:
        """The step has been gone, as the next of `places`.

        Raises: WalkTooWide, InvalidInput (it begins at one that is not before it, or at the wrong things).
        """
        place = await self._place(step)
        if sum(place.answer.counts) > MOST_THINGS:
            raise WalkTooWide(limit=MOST_THINGS)
        self.places.append(place)

    async def _place(self, step: walks.Step) -> Place:
        match step:
            case walks.ToCampaign():
                found = await campaigns_in_sight(self._connection, [step.code], self._caller)
                return self._campaigns(found, found)
            case walks.ToCampaigns():
                first = bounded_first(step.first)
                visible = await campaigns_in_sight(self._connection, None, self._caller)
                behind = [one for one in visible if step.after is None or one.definition.code > step.after]
                return self._campaigns(behind[:first], visible, more=len(behind) > first)
            case walks.ToFigures():
                return await self._figures(step, self._before(step))
            case walks.ToExemptions():
                return await self._exemptions(step, self._before(step, figures=True))
            case walks.ToChildren() | walks.ToAncestors():
                return await self._from_units(step, self._before(step, units=True))
            case _:
                return await self._from_campaigns(step, self._before(step, campaigns=True))

    def _before(self, step: Any, *, campaigns: bool = False, units: bool = False, figures: bool = False) -> Place:
        if not 0 <= step.of < len(self.places):
            raise invalid(["steps"], "out_of_order", "A step begins at one that stands before it.")
        found = self.places[step.of]
        fits = {"campaigns": bool(found.answer.campaigns), "units": bool(found.groups), "figures": bool(found.figures)}
        wanted = {"campaigns": campaigns, "units": units, "figures": figures}
        if any(wanted.values()) and found.campaigns and not any(fits[one] for one in wanted if wanted[one]):
            raise invalid(["steps"], "does_not_fit", "The step does not begin where that one arrives.")
        return found

    def _campaigns(self, found: list[CampaignInSight], visible: list[CampaignInSight], *, more: bool = False) -> Place:
        summaries = [CampaignSummary(one.definition, one.default_day(self._now), one.top_visible) for one in found]
        answer = walks.StepAnswer(counts=[len(found)], totals=[len(visible)], more=[more], campaigns=summaries)
        return Place(found, answer)

    async def _from_campaigns(self, step: Any, before: Place) -> Place:
        async def go(place: int) -> list[Family]:
            return [await self._units_of(step, before.campaigns[place])]

        return await self._to_units(step, before, go, paged=not isinstance(step, walks.ToUnit))

    async def _from_units(self, step: walks.ToChildren | walks.ToAncestors, before: Place) -> Place:
        async def go(place: int) -> list[Family]:
            campaign, nodes = before.campaigns[place], before.groups[place]
            if isinstance(step, walks.ToAncestors):
                return await self._ancestors(campaign, nodes, nearest=step.nearest)
            return await self._children(step, campaign, nodes)

        return await self._to_units(step, before, go, paged=isinstance(step, walks.ToChildren))

    async def _to_units(self, step: Any, before: Place, go: Callable[[int], Any], *, paged: bool) -> Place:
        """Units found behind each thing, campaign by campaign; a refusal concerns all things of its campaign."""
        families: list[Family] = []
        groups: list[list[NodeRow]] = []
        refusals = []
        for place in range(len(before.campaigns)):
            width = len(before.groups[place]) if before.groups else 1
            found: list[Family] = []
            if width:
                try:
                    found = await go(place)
                except Refusal as refusal:
                    refusals.append(self._refused(place, refusal))
                    found = [Family()] * width
            families += found
            groups.append([node for family in found for node in family.nodes])
        answer = walks.StepAnswer(
            counts=[len(one.nodes) for one in families],
            totals=[one.total for one in families] if paged else [],
            more=[one.has_next for one in families] if paged else [],
            refusals=refusals,
        )
        known = self._unit_columns(before.campaigns, groups, step.columns)
        if "cursor" in step.columns:
            known["cursor"] = written(cursor for family in families for cursor in family.cursors)
        return Place(before.campaigns, answer, [known[name] for name in step.columns], groups)

    def _refused(self, place: int, refusal: Refusal) -> walks.StepRefusal:
        self.refusals.append(refusal)
        return walks.StepRefusal(place, refusal.code, refusal.detail)

    async def _units_of(self, step: Any, campaign: CampaignInSight) -> Family:
        connection = self._connection
        if isinstance(step, walks.ToUnit):
            found = await nodes_by_code(connection, campaign, [step.code])
            return Family(list(found.values()))
        first = bounded_first(step.first)
        if isinstance(step, walks.ToUnits):
            after = name_cursor(step.after)
            within = None if step.within is None else await known_unit(connection, campaign, step.within)
            total, rows = await search_nodes(
                connection,
                campaign,
                level=step.level,
                within_id=None if within is None else within.id,
                searched=searched_name(step.q),
                after=after,
                limit=first + 1,
            )
            page = rows[:first]
            cursors = [encode_cursor([one.sort_key, one.tree.code]) for one in page]
            return Family(page, cursors, total, len(rows) > first)
        top = await known_unit(connection, campaign, step.within)
        league = await league_of(
            connection,
            campaign,
            within=top,
            level=step.level,
            subject=subject_of(campaign, campaign.counted(step.indicator)),
            view=campaign.view(step.as_of, self._now, step.known_at),
            order=step.order,
        )
        start = start_behind(league.places, step.after, step.order)
        places = league.places[start : start + first]
        nodes = await nodes_of(connection, campaign, [one.unit for one in places])
        cursors = [cursor_at(one.rate, one.unit.code) for one in places]
        return Family(nodes, cursors, len(league.places), start + len(places) < len(league.places))

    async def _children(
        self, step: walks.ToChildren, campaign: CampaignInSight, nodes: Sequence[NodeRow]
    ) -> list[Family]:
        by_rate = step.order_by in ("rate_best", "rate_worst")
        view = campaign.view(None, self._now)
        indicator = campaign.counted(step.indicator) if by_rate and step.indicator is not None else None
        families = await families_of(
            self._connection,
            campaign,
            list({node.tree.id: node.tree for node in nodes}.values()),
            first=bounded_first(step.first),
            after=step.after,
            order_by=step.order_by,
            indicator=indicator,
            view=view,
        )
        return [Family(*families[node.tree.id]) for node in nodes]

    async def _ancestors(self, campaign: CampaignInSight, nodes: Sequence[NodeRow], *, nearest: bool) -> list[Family]:
        codes = await codes_above(self._connection, nodes)
        above = [[codes[one] for one in (node.tree.path[-2:-1] if nearest else node.tree.path[:-1])] for node in nodes]
        found = await nodes_by_code(self._connection, campaign, list({code for one in above for code in one}))
        return [Family([found[code] for code in one if code in found]) for one in above]

    def _unit_columns(
        self, campaigns: list[CampaignInSight], groups: list[list[NodeRow]], asked: Iterable[str]
    ) -> Columns:
        nodes = [node for group in groups for node in group]
        found: Columns = {}
        for name in asked:
            if name == "visible":
                found[name] = plain(
                    [
                        campaign.sight.sees(node.tree.path)
                        for campaign, group in zip(campaigns, groups, strict=True)
                        for node in group
                    ]
                )
            elif name in ("kind", "valid_from", "valid_to"):
                found[name] = written(map(attrgetter(name), nodes))
            elif name in ("code", "name"):
                found[name] = written(map(attrgetter(f"tree.{name}"), nodes))
            elif name == "level":
                found[name] = [f'"{node.tree.level}"' for node in nodes]
            elif name != "cursor":
                raise invalid(["steps"], "column_unknown", f"Units have no column {name[:40]}.")
        return found

    async def _figures(self, step: walks.ToFigures, before: Place) -> Place:
        counts: list[int] = []
        indicators: list[list[str]] = []
        refusals: list[walks.StepRefusal] = []
        figures: list[Figures | None] = []
        columns: dict[str, Column] = {name: [] for name in step.columns}
        for place, campaign in enumerate(before.campaigns):
            nodes = await self._figured(before, place)
            seen = [tree is not None and campaign.sight.sees(tree.path) for tree in nodes]
            units = [tree for tree, visible in zip(nodes, seen, strict=True) if visible and tree is not None]
            found: Figures | None = None
            if units:
                try:
                    view = campaign.view(step.as_of, self._now, step.known_at)
                    counted = campaign.counted_indicators(step.indicators, FIGURED)
                    found = Figures(campaign, units, subjects_of(campaign, counted, step.cohort), view)
                except Refusal as refusal:
                    refusals.append(self._refused(place, refusal))
            if found is not None and found.subjects:
                for name, column in (await self._columns_of(found, step.columns)).items():
                    columns[name] += column
            width = 0 if found is None else len(found.subjects)
            indicators.append([] if found is None else [one.indicator.code for one in found.subjects])
            counts += [width if visible else 0 for visible in seen]
            figures.append(found)
        answer = walks.StepAnswer(counts=counts, indicators=indicators, refusals=refusals)
        return Place(before.campaigns, answer, [columns[name] for name in step.columns], figures=figures)

    async def _figured(self, before: Place, place: int) -> list[TreeRow | None]:
        """The units whose figures are asked for in one campaign; the top unit behind a step to campaigns."""
        if before.groups:
            return [node.tree for node in before.groups[place]]
        campaign = before.campaigns[place]
        top = campaign.definition.unit
        return [(await known_units(self._connection, campaign, [top])).get(top)]

    async def _columns_of(self, figures: Figures, asked: Sequence[str]) -> Columns:
        unique = list({unit.id: unit for unit in figures.units}.values())
        found = await figure_columns(self._connection, figures.campaign, unique, figures.subjects, figures.view, asked)
        if len(unique) == len(figures.units):
            return found
        width, at = len(figures.subjects), {unit.id: place for place, unit in enumerate(unique)}
        order = [at[unit.id] * width + place for unit in figures.units for place in range(width)]
        return {name: [column[one] for one in order] for name, column in found.items()}

    async def _exemptions(self, step: walks.ToExemptions, before: Place) -> Place:
        counts: list[int] = []
        found = []
        for group in before.figures:
            if group is None:
                continue
            unique = list({unit.id: unit for unit in group.units}.values())
            by_indicator = [
                await fetch_exemptions(self._connection, group.campaign, unique, one.indicator, group.view)
                for one in group.subjects
            ]
            for unit in group.units:
                for by_unit in by_indicator:
                    counts.append(len(by_unit[unit.code]))
                    found += by_unit[unit.code]
        known = {
            name: written(getattr(one, name) for one in found) for name in ("reason", "name", "count", "suppressed")
        }
        if unknown := set(step.columns) - known.keys():
            raise invalid(["steps"], "column_unknown", f"Exemptions have no column {min(unknown)[:40]}.")
        return Place(before.campaigns, walks.StepAnswer(counts=counts), [known[name] for name in step.columns])
