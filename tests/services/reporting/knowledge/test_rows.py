"""Live rows as known at a moment, against what the log itself says."""

import datetime
from typing import Any

import asyncpg
import pytest

from services.contracts.definitions import CampaignDefinition
from services.contracts.words import Level
from services.reporting.knowledge.rows import SCOPE, live_rows, scope_values
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.sight import Sight
from tests.services.reporting.projector.feed import (
    NOON,
    Feed,
    campaign,
    day_of,
    indicator,
    report,
    row,
    source,
    unit,
    units,
    void,
)

TREE = units(
    unit(1, Level.PROVINCE),
    unit(2, Level.DISTRICT, 1),
    unit(3, Level.COMMUNE, 2),
    unit(4, Level.RESIDENTIAL_AREA, 3),
    unit(5, Level.RESIDENTIAL_AREA, 3),
    unit(6, Level.COMMUNE, 2),
)
CAMPAIGN = campaign(indicator(1, [["s1"]]), indicator(2, [["s1"]], level=Level.DISTRICT))


def hours(number: float) -> datetime.datetime:
    return NOON + datetime.timedelta(hours=number)


async def rows_of(feed: Feed, units: list[int], *, at: datetime.datetime | None, day: int = 90) -> list[Any]:
    """(unit, indicator, anchor, source, day, value) of the live rows."""
    definition: CampaignDefinition = CAMPAIGN.campaign
    seen = CampaignInSight(definition, Sight(everything=True))
    view = View(day_of(day), at, hours(1000))
    statement = f"WITH scope AS ({SCOPE}), row AS ({live_rows(view)}) SELECT * FROM row"
    async with feed.database.reading() as connection:
        found: list[asyncpg.Record] = await connection.fetch(
            statement, *scope_values(seen, units, definition.indicators, view)
        )
    return sorted(
        (one["unit_id"], one["indicator_no"], one["anchor_id"], one["source_id"], one["day"], one["value"])
        for one in found
    )


@pytest.fixture
async def reported(feed: Feed) -> Feed:
    """A value, its correction an hour later, a withdrawal of that after three hours, and a late row after five."""
    corrected = report(1, 2, row(4, 0, 20), received_at=hours(1))
    await feed.tell(
        TREE,
        CAMPAIGN,
        source(1),
        source(2),
        report(1, 1, row(4, 0, 10), row(6, 0, 7, indicator=2), received_at=hours(0)),
        corrected,
        report(2, 3, row(5, 1, 30), received_at=hours(2)),
        report(1, 4, row(4, 0, 40), received_at=hours(5)),
        void(corrected, hours=3),
    )
    return feed


async def test_a_moment_knows_what_had_been_received_and_not_yet_withdrawn(reported: Feed) -> None:
    async def known(at: float) -> list[Any]:
        return [one for one in await rows_of(reported, [3], at=hours(at)) if one[1] == 1]

    assert await known(-0.001) == []
    assert await known(0) == [(4, 1, 3, 1, day_of(0), 10)]
    assert await known(1) == [(4, 1, 3, 1, day_of(0), 20)]
    assert await known(2.999) == [(4, 1, 3, 1, day_of(0), 20), (5, 1, 3, 2, day_of(1), 30)]
    assert await known(3) == [(4, 1, 3, 1, day_of(0), 10), (5, 1, 3, 2, day_of(1), 30)]
    assert await known(5) == [(4, 1, 3, 1, day_of(0), 40), (5, 1, 3, 2, day_of(1), 30)]


async def test_a_unit_below_the_reconciliation_level_brings_its_whole_anchor(reported: Feed) -> None:
    everything = await rows_of(reported, [1], at=hours(9))
    assert await rows_of(reported, [4], at=hours(9)) == everything
    assert await rows_of(reported, [6], at=hours(9)) == [(6, 2, 2, 1, day_of(0), 7)]
    assert await rows_of(reported, [1, 2, 4, 6], at=hours(9)) == everything


async def test_later_days_are_left_out(reported: Feed) -> None:
    first = [(4, 1, 3, 1, day_of(0), 40), (6, 2, 2, 1, day_of(0), 7)]
    assert await rows_of(reported, [3], at=hours(9), day=0) == first
    assert await rows_of(reported, [3], at=None, day=0) == first


async def test_the_present_is_what_is_known_at_its_moment(reported: Feed) -> None:
    for asked in ([1], [3], [6], [5, 6]):
        assert await rows_of(reported, asked, at=None) == await rows_of(reported, asked, at=hours(1000))
