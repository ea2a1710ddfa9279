"""Campaigns in memory: code → unit, and the rules of its indicators, as of one version of the copy."""

from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from services.contracts.counting.lateness import day_at
from services.contracts.definitions import CampaignDefinition, IndicatorDefinition
from services.contracts.events import day_number
from services.progress.ledger.rows import unit_order

_VERSION = "SELECT id, version FROM campaign_copy WHERE code = $1"
_CAMPAIGN = "SELECT id, version, definition::text, above FROM campaign_copy WHERE code = $1"
_UNITS = "SELECT tenant, unit_id, code, level, path FROM campaign_unit WHERE campaign_id = $1"
_DEFINITION = msgspec.json.Decoder(CampaignDefinition)
KEPT_SELECTIONS = 64
KEPT_UNITS = 300_000
"""Units of all campaigns in memory, at most, unless one campaign alone has more: some 200 MB."""


class KnownUnit(NamedTuple):
    """A unit in a campaign's tree. `order`: its part of a row's key; `path`: ids from the top unit to this one."""

    order: int
    level: str
    tenant: int
    id: int
    path: tuple[int, ...]

    @classmethod
    def make(cls, *, tenant: int, unit_id: int, level: str, path: tuple[int, ...]) -> "KnownUnit":
        """The unit with its order."""
        return cls(unit_order(tenant, unit_id), level, tenant, unit_id, path)


class Words(NamedTuple):
    """Codes of indicators, cohorts and reasons by their numbers."""

    indicators: dict[int, str]
    cohorts: dict[int, str]
    reasons: dict[int, str]


class CampaignView:
    """One campaign as one version of its copy has it. Never changed once made."""

    def __init__(
        self, *, definition: CampaignDefinition, version: int, above: frozenset[str], units: dict[str, KnownUnit]
    ) -> None:
        self.definition = definition
        self.version = version
        self.above = above
        self.units = units
        self.zone = ZoneInfo(definition.time_zone)
        self._selections: dict[tuple[object, ...], dict[str, KnownUnit]] = {}
        self._days_until: tuple[int, dict[str, int]] | None = None
        self._members_by_level: dict[str, dict[int, list[KnownUnit]]] = {}

    @property
    def id(self) -> int:
        """The campaign's id."""
        return self.definition.id

    @cached_property
    def indicators(self) -> dict[str, IndicatorDefinition]:
        """The indicators by code."""
        return {one.code: one for one in self.definition.indicators}

    @cached_property
    def _by_id(self) -> dict[int, KnownUnit]:
        return {unit.id: unit for unit in self.units.values()}

    @cached_property
    def codes(self) -> dict[int, str]:
        """The code of each unit by its id."""
        return {unit.id: code for code, unit in self.units.items()}

    def ancestor_at(self, unit_id: int, level: str) -> int:
        """The id of the unit at that level that holds this one; its own where none does."""
        for above in self._by_id[unit_id].path:
            if self._by_id[above].level == level:
                return above
        return unit_id

    def up_to(self, unit_id: int, level: str) -> list[int]:
        """The unit and those above it, nearest first, up to the one at that level; itself alone where none is."""
        path = self._by_id[unit_id].path[::-1]
        for nth, above in enumerate(path):
            if self._by_id[above].level == level:
                return list(path[: nth + 1])
        return [unit_id]

    def at_level(self, unit_id: int, level: str) -> list[KnownUnit]:
        """The units of that level at or under this one."""
        return self._members(level).get(unit_id, [])

    def _members(self, level: str) -> dict[int, list[KnownUnit]]:
        found = self._members_by_level.get(level)
        if found is None:
            found = self._members_by_level[level] = {}
            for unit in self.units.values():
                if unit.level == level:
                    for above in unit.path:
                        found.setdefault(above, []).append(unit)
        return found

    @cached_property
    def words(self) -> Words:
        """The codes behind the numbers."""
        numbers = self.definition.numbers
        return Words(*({number: code for code, number in one.items()} for one in msgspec.structs.astuple(numbers)))

    @cached_property
    def days(self) -> dict[str, int]:
        """The days of the campaign, as rows spell them, with their numbers."""
        first, last = self.definition.first_day.toordinal(), self.definition.last_day.toordinal()
        spelt = (date.fromordinal(ordinal) for ordinal in range(first, last + 1))
        return {day.isoformat(): day_number(day) for day in spelt}

    def days_until(self, last: int) -> dict[str, int]:
        """The days of the campaign up to that day number, both included."""
        if last >= day_number(self.definition.last_day):
            return self.days
        if self._days_until is None or self._days_until[0] != last:
            self._days_until = (last, {spelt: number for spelt, number in self.days.items() if number <= last})
        return self._days_until[1]

    @cached_property
    def paused(self) -> frozenset[tuple[int, int]]:
        """(indicator number, day number) of all pauses within the campaign."""
        numbers = self.definition.numbers.indicators
        within = set(self.days.values())
        return frozenset(
            (number, day)
            for pause in self.definition.pauses
            for code, number in numbers.items()
            if not pause.indicators or code in pause.indicators
            for day in within.intersection(range(day_number(pause.first_day), day_number(pause.last_day) + 1))
        )

    @cached_property
    def paths(self) -> dict[int, tuple[int, ...]]:
        """The path of each unit by its id."""
        return {unit.id: unit.path for unit in self.units.values()}

    def day_at(self, moment: datetime) -> date:
        """The calendar day in the campaign's time zone (rule 7)."""
        return day_at(moment, self.zone)

    def roots(self, codes: tuple[str, ...]) -> frozenset[int] | None:
        """Ids of the subtrees that these codes name here; None where they hold the whole tree."""
        if "*" in codes or not self.above.isdisjoint(codes):
            return None
        roots = frozenset(self.units[code].id for code in codes if code in self.units)
        return None if self.definition.unit_id in roots else roots

    def is_visible_to(self, codes: tuple[str, ...]) -> bool:
        """Whether any unit of the campaign lies in these subtrees. Publishing opens its figures, not its ledger."""
        return self.roots(codes) != frozenset()

    def seen_units(self, codes: tuple[str, ...]) -> dict[str, KnownUnit]:
        """The units of these subtrees by official code."""
        return self.selection(codes, aliases={}, aliases_version=("", 0))

    def selection(
        self, codes: tuple[str, ...], *, aliases: dict[str, str], aliases_version: tuple[str, int]
    ) -> dict[str, KnownUnit]:
        """The units of these subtrees by official code, and by a source's own codes, which win over official ones."""
        roots = self.roots(codes)
        if roots is None and not aliases:
            return self.units
        key = (roots, aliases_version)
        found = self._selections.get(key)
        if found is None:
            found = (
                dict(self.units)
                if roots is None
                else {code: unit for code, unit in self.units.items() if not roots.isdisjoint(unit.path)}
            )
            official = dict(found) if aliases else found
            for alias, code in aliases.items():
                if code in official:
                    found[alias] = official[code]
                else:
                    found.pop(alias, None)
            while len(self._selections) >= KEPT_SELECTIONS:
                del self._selections[next(iter(self._selections))]
            self._selections[key] = found
        return found


class CampaignViews:
    """The campaigns that this process has in memory, each checked against the copy's version before use.

    Those used last: others give way to them, and are read again when they are needed.
    """

    def __init__(self) -> None:
        self._views: dict[str, CampaignView] = {}

    def known(self, code: str) -> CampaignView | None:
        """The campaign as it was last seen, however old that is."""
        return self._views.get(code)

    async def current(self, connection: asyncpg.Connection, code: str) -> CampaignView | None:
        """The campaign as this transaction sees it, None where the copy does not know it."""
        row = await connection.fetchrow(_VERSION, code)
        if row is None:
            return None
        return await self.at_version(connection, code, row["version"])

    async def at_version(self, connection: asyncpg.Connection, code: str, version: int) -> CampaignView:
        """The campaign, which has just been seen at this version."""
        view = self._views.get(code)
        if view is None or view.version != version:
            view = await _load(connection, code)
        self._keep(code, view)
        return view

    def _keep(self, code: str, view: CampaignView) -> None:
        is_new = self._views.pop(code, None) is not view
        self._views[code] = view
        if is_new:
            units = sum(len(one.units) for one in self._views.values())
            while units > KEPT_UNITS and len(self._views) > 1:
                units -= len(self._views.pop(next(iter(self._views))).units)


async def _load(connection: asyncpg.Connection, code: str) -> CampaignView:
    row = await connection.fetchrow(_CAMPAIGN, code)
    assert row is not None
    levels: dict[str, str] = {}
    units = {}
    for unit in await connection.fetch(_UNITS, row["id"]):
        level = levels.setdefault(unit["level"], unit["level"])
        units[unit["code"]] = KnownUnit.make(
            tenant=unit["tenant"], unit_id=unit["unit_id"], level=level, path=tuple(unit["path"])
        )
    return CampaignView(
        definition=_DEFINITION.decode(row["definition"]),
        version=row["version"],
        above=frozenset(row["above"]),
        units=units,
    )
