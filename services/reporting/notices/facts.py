"""What a notice speaks of: a campaign, one unit, the units directly below it, and their figures."""

from datetime import date, datetime

import asyncpg
import msgspec

from services.contracts.definitions import CampaignDefinition, IndicatorDefinition
from services.contracts.figures import Figure
from services.contracts.words import Level
from services.reporting.figures.assembly import figures_of
from services.reporting.figures.queries import children_of
from services.reporting.figures.subjects import subjects_of
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow


class Named(msgspec.Struct, frozen=True):
    """A unit as documents name it."""

    code: str
    level: Level
    name: str


class Facts(msgspec.Struct, frozen=True):
    """`children`: by their official codes. `figures`: by unit and by indicator, one for each of both."""

    campaign: CampaignDefinition
    unit: Named
    children: list[Named]
    indicators: list[IndicatorDefinition]
    figures: dict[str, dict[str, Figure]]
    as_of: date
    known_at: datetime | None = None

    @property
    def last_received_at(self) -> datetime | None:
        """When the newest row of all figures was received."""
        moments = [one.last_received_at for one in self.figures[self.unit.code].values() if one.last_received_at]
        return max(moments, default=None)


def _named(unit: TreeRow) -> Named:
    return Named(unit.code, unit.level, unit.name)


async def facts_of(connection: asyncpg.Connection, campaign: CampaignInSight, unit: TreeRow, view: View) -> Facts:
    """The facts that the view shows. The caller may see the unit's figures."""
    children = sorted(await children_of(connection, campaign, [unit.id]), key=lambda one: one.code)
    indicators = campaign.counted_indicators()
    figures: dict[str, dict[str, Figure]] = {}
    subjects = subjects_of(campaign, indicators)
    for one in await figures_of(connection, campaign, [unit, *children], subjects, view):
        figures.setdefault(one.unit, {})[one.indicator] = one
    return Facts(
        campaign=campaign.definition,
        unit=_named(unit),
        children=[_named(one) for one in children],
        indicators=indicators,
        figures=figures,
        as_of=view.as_of,
        known_at=view.known_at,
    )
