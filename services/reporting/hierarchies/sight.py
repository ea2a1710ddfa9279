"""A campaign by the units of another day, as one caller sees it.

Under a campaign a token's codes are units of its hierarchy day, on whatever day's units it is looked at: a unit of
another day is seen by whoever sees all of the campaign's units that its figures are made of. Many a new commune bears
the code of an old one and is larger.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import asyncpg
import msgspec

from services.contracts.words import LEVEL_ORDER, Level
from services.reporting.hierarchies.queries import UnitOfDay, lines_up, steps_between, tree_of, units_of
from services.reporting.hierarchies.rules import NOWHERE, Images, Member, cover_of, images_of
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.sight import Sight
from services.reporting.visibility.units import TreeRow, UnitNotFound


class OtherHierarchy(NamedTuple):
    """`own`: what the caller sees of the campaign's own units, `campaign`: of the units of that day. `rows`: these, by
    id, as far as the campaign's units have become part of them. `above`: each with its ancestors. `tree`: the
    campaign's own units."""

    day: date
    own: CampaignInSight
    campaign: CampaignInSight
    rows: dict[int, TreeRow]
    above: Mapping[int, Sequence[int]]
    tree: dict[int, TreeRow]
    images: dict[int, Images]

    def tops(self, code: str | None) -> list[TreeRow]:
        """The unit of that code on the day; where None, those that the campaign's top unit has become part of.

        Raises: UnitNotFound, whether it does not exist, has nothing of the campaign, or is not visible; without a code
        where nothing has become of the campaign.
        """
        if code is None:
            images = self.images[self.campaign.definition.unit_id].units - {NOWHERE}
            found = [self.rows[one] for one in images] or [one for one in self.rows.values() if one.depth == 0]
        else:
            found = [one for one in self.rows.values() if one.code == code]
        known = [one for one in found if self.campaign.sight.knows(one.id, one.path)]
        if not known and (code is not None or not found):
            asked = self.campaign.definition.unit if code is None else code
            raise UnitNotFound(unit=asked[:64], campaign=self.campaign.definition.code)
        return known

    def seen(self, codes: Sequence[str]) -> list[TreeRow]:
        """The units of these codes whose figures are seen, in their order."""
        by_code = {one.code: one for one in self.rows.values() if self.campaign.sight.sees(one.path)}
        return [by_code[code] for code in codes if code in by_code]

    def under(self, tops: Sequence[TreeRow], *, depth: int | None, level: str | None) -> list[TreeRow]:
        """The units at or under these whose figures are seen, by depth and code."""
        depths = {one.id: one.depth for one in tops}
        found = [
            one
            for one in self.rows.values()
            if self.campaign.sight.sees(one.path)
            and (level is None or one.level == level)
            and any(top in depths and (depth is None or one.depth - depths[top] <= depth) for top in one.path)
        ]
        return sorted(found, key=lambda one: (one.depth, one.code))

    def beside(self, units: Sequence[TreeRow]) -> list[TreeRow]:
        """Those that these are ranked among and that are not among them."""
        asked = {one.id for one in units}
        groups = {(one.parent_id, one.level) for one in units if one.parent_id is not None}
        return [one for one in self.rows.values() if one.id not in asked and (one.parent_id, one.level) in groups]

    def member(self, reconciled_at: Level) -> Member:
        """The campaign's tree, for indicators of this reconciliation level."""
        return _member(self.tree, self.campaign.definition.unit_id, reconciled_at)


async def hierarchy_on(connection: asyncpg.Connection, campaign: CampaignInSight, day: date) -> OtherHierarchy:
    """The campaign by the units of that day."""
    tree = await tree_of(connection, campaign)
    began = campaign.definition.hierarchy_day
    steps = await steps_between(connection, tree, since=began, until=day)
    reached = {*tree, *(one for each in steps.values() for step in each for one in step.shares)}
    known = await units_of(connection, reached)
    since = began.toordinal() if began <= day else -began.toordinal() - 1
    valid = {one.id for one in known.values() if one.is_valid_on(day)}
    images = {one: images_of(one, since, steps=steps, is_valid=valid.__contains__) for one in tree}
    found = {one for each in images.values() for one in each.units if one != NOWHERE}
    units, paths = await lines_up(connection, found, day)
    rows = _rows(units, paths, tops=_around(images[campaign.definition.unit_id], paths))
    above = {**paths, NOWHERE: ()}

    def on_that_day(sight: Sight) -> Sight:
        return sight if sight.everything else _sight(sight, _made_of(campaign, tree, images, rows, above), tree, rows)

    sight = on_that_day(campaign.sight)
    sensitive = campaign.sensitive if campaign.sensitive.is_blind else on_that_day(campaign.sensitive)
    return OtherHierarchy(
        day=day,
        own=campaign,
        campaign=msgspec.structs.replace(campaign, sight=sight, sensitive=sensitive),
        rows=rows,
        above=above,
        tree=tree,
        images=images,
    )


def _member(tree: Mapping[int, TreeRow], top: int, reconciled_at: Level) -> Member:
    """The tree under `top`; units above the reconciliation level are divided along what is below them."""
    children: dict[int | None, list[TreeRow]] = {}
    for one in sorted(tree.values(), key=lambda one: one.code):
        children.setdefault(one.parent_id, []).append(one)

    def of(unit: TreeRow) -> Member:
        depth, limit = LEVEL_ORDER[unit.level], LEVEL_ORDER[reconciled_at]
        below = [of(one) for one in children.get(unit.id, ())]
        is_reconciled = depth <= limit or unit.level is Level.BODY
        return Member(unit.id, below, divides=depth < limit, is_reconciled=is_reconciled)

    return of(tree[top])


def _around(images: Images, paths: Mapping[int, Sequence[int]]) -> Collection[int]:
    """The units that all of the campaign lies in: nobody is ranked beside them."""
    places = [set(paths[one]) for one in images.units if one != NOWHERE]
    return set.intersection(*places) if places else set()


def _rows(
    units: Mapping[int, UnitOfDay], paths: Mapping[int, Sequence[int]], *, tops: Collection[int]
) -> dict[int, TreeRow]:
    found = {}
    for one in units.values():
        path = paths[one.id]
        parent_id = path[-2] if len(path) > 1 and one.id not in tops else None
        found[one.id] = TreeRow(0, one.id, parent_id, len(path) - 1, list(path), one.code, one.level, one.name)
    return found


def _made_of(
    campaign: CampaignInSight,
    tree: Mapping[int, TreeRow],
    images: Mapping[int, Images],
    rows: Mapping[int, TreeRow],
    above: Mapping[int, Sequence[int]],
) -> dict[int, set[int]]:
    """By unit of the other day, all units of the campaign that a figure of it is made of, of whatever indicator."""
    found: dict[int, set[int]] = {}
    for level in {one.reconciliation_level for one in campaign.definition.indicators}:
        cover = cover_of(_member(tree, campaign.definition.unit_id, level), images, above, wanted=rows)
        for unit in rows:
            found.setdefault(unit, set()).update(cover.whole[unit], (one for one, _ in cover.parts[unit]))
    return found


def _sight(
    sight: Sight, made_of: Mapping[int, set[int]], tree: Mapping[int, TreeRow], rows: Mapping[int, TreeRow]
) -> Sight:
    """What the sight of the campaign's own units opens of the others."""
    roots = frozenset(
        unit for unit, members in made_of.items() if members and all(sight.sees(tree[one].path) for one in members)
    )
    above = frozenset(unit for one in roots for unit in rows[one].path[:-1])
    return Sight(roots=roots, above=above - roots)


def ordered_shares(images: Images, rows: Mapping[int, TreeRow]) -> list[tuple[int, Fraction]]:
    """The images of a divided unit by official code, with their stated shares; what is nobody's comes last."""
    assert images.shares is not None
    return sorted(images.shares.items(), key=lambda one: (one[0] == NOWHERE, rows[one[0]].code if one[0] else ""))
