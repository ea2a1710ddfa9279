"""A rebuild writes only what differs from what should stand."""

import pytest

from services.contracts.words import Level
from tests.services.reporting.projector.feed import Feed, campaign, indicator, report, row, source, unit, units

TREE = units(unit(1, Level.PROVINCE), unit(2, Level.DISTRICT, 1), unit(4, Level.COMMUNE, 2), unit(5, Level.COMMUNE, 2))

WRITTEN = "SELECT ctid::text, xmin::text, * FROM {table} WHERE campaign_id = 1 ORDER BY ctid"
TABLES = ("live", "anchor_source", "anchor_reported", "rollup_day", "rollup_total", "rollup_label", "rollup_received")


@pytest.fixture
async def told(feed: Feed) -> Feed:
    await feed.tell(TREE, campaign(indicator(1, [["s1"], ["s2"]])), source(1), source(2))
    await feed.tell(
        report(1, 1, row(4, 0, 5), row(5, 1, 6), labels=["imputed"]), report(1, 2, row(4, 2, 9, cumulative=True))
    )
    return feed


async def test_what_is_right_is_left_as_it_stands(told: Feed) -> None:
    before = {table: await told.rows(WRITTEN.format(table=table)) for table in TABLES}
    assert all(before.values())
    await told.rebuild(1)
    assert {table: await told.rows(WRITTEN.format(table=table)) for table in TABLES} == before


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE rollup_day SET delta = delta + 1 WHERE unit_id = 4 AND day = (SELECT min(day) FROM rollup_day)",
        "DELETE FROM rollup_day WHERE unit_id = 2",
        "INSERT INTO rollup_day SELECT tenant, campaign_id, 999, indicator_no, 0, 1, 0, day, 1, 1, 1"
        " FROM rollup_day WHERE unit_id = 1",
        "INSERT INTO rollup_total SELECT 77, campaign_id, unit_id, indicator_no, 0, 1, 0, 1, 1 FROM rollup_total",
        "UPDATE live SET value = value + 1",
        "DELETE FROM anchor_source",
        "UPDATE anchor_reported SET first_day = first_day - 1",
        "UPDATE rollup_received SET first_received_at = '-infinity'",
        "DELETE FROM rollup_label",
    ],
)
async def test_what_is_wrong_is_mended(told: Feed, damage: str) -> None:
    before = await told.tables(1)
    async with told.database.unit_of_work(actor="test") as work:
        await work.connection.execute(damage)
    assert await told.tables(1) != before
    await told.rebuild(1)
    assert await told.tables(1) == before
