"""At each step the parts of a figure add up to it, whatever was told, corrected and withdrawn (rules 3 to 9)."""

import datetime
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.words import Explained, Level
from services.reporting.explain.assembly import Apart, taken_apart
from services.reporting.figures.subjects import subjects_of
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.sight import Sight
from services.reporting.visibility.units import known_units
from tests.services.reporting.projector.feed import (
    NOON,
    Feed,
    campaign,
    day_of,
    indicator,
    plan,
    report,
    row,
    source,
    unit,
    units,
    void,
)
from tests.support.servers import Servers, clone_database

TREE = units(
    unit(1, Level.PROVINCE),
    unit(2, Level.DISTRICT, 1),
    unit(3, Level.COMMUNE, 2),
    unit(4, Level.RESIDENTIAL_AREA, 3),
    unit(5, Level.COMMUNE, 2),
    unit(6, Level.DISTRICT, 1),
    unit(7, Level.COMMUNE, 6),
)
CAMPAIGN = campaign(indicator(1, [["s1"], ["s2", "s3"]]))
LAST = 5


class Sent(NamedTuple):
    """One batch: who sent which rows, hours after noon, and when it was withdrawn."""

    source: int
    rows: list[tuple[int, int, int, int, bool]]
    hours: int
    voided: int | None


ROW = st.tuples(
    st.sampled_from([3, 4, 5, 7]), st.integers(0, LAST), st.integers(0, 9), st.sampled_from([1, 3]), st.booleans()
)
SENT = st.builds(
    Sent,
    st.integers(1, 4),
    st.lists(ROW, min_size=1, max_size=4, unique_by=lambda one: (one[0], one[1], one[3])),
    st.integers(0, 5),
    st.none() | st.integers(6, 9),
)
PLANS = st.lists(st.tuples(st.sampled_from([1, 2, 3, 5, 6, 7]), st.integers(0, 50), st.integers(0, LAST)), max_size=5)


def check(found: Apart) -> None:
    known = [one.value for one in found.parts if one.value is not None]
    if found.lines:
        assert sum(one.amount for one in found.lines) == found.value
    else:
        assert (sum(known) if known else None) == found.value
    if found.sources is not None and found.brought is not None:
        counted = sum(one.counted for one in found.sources)
        assert counted == (found.value or 0)
        for one in found.sources:
            of_source = [each.value for each in found.brought if found.source_codes[each.source_id] == one.source]
            assert sum(of_source) == one.counted
            assert one.value == one.counted or one.not_counted is not None


async def test_parts_sources_batches_and_lines_add_up_to_the_figure(servers: Servers) -> None:
    cases: list[Any] = []

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.lists(SENT, max_size=6),
        PLANS,
        st.integers(0, LAST),
        st.none() | st.integers(0, 10),
    )
    def collect(sent: list[Sent], plans: list[tuple[int, int, int]], day: int, known: int | None) -> None:
        cases.append((sent, plans, day, known))

    collect()
    for sent, plans, day, known in cases[:: max(1, len(cases) // 12)]:
        async with clone_database(servers) as databases:
            feed = Feed(databases["reporting"], servers.nats_url)
            await feed.open()
            try:
                await play(feed, sent, plans)
                moment = None if known is None else NOON + datetime.timedelta(hours=known)
                await look(feed, View(day_of(day), moment, NOON + datetime.timedelta(hours=100)))
            finally:
                await feed.database.close()


async def play(feed: Feed, sent: list[Sent], plans: list[tuple[int, int, int]]) -> None:
    messages: list[Any] = [TREE, CAMPAIGN, *(source(number) for number in range(1, 5))]
    for number, one in enumerate(sent, start=1):
        rows = [
            row(unit_id, day, value, outcome=outcome, cumulative=cumulative)
            for unit_id, day, value, outcome, cumulative in one.rows
        ]
        batch = report(one.source, number, *rows, received_at=NOON + datetime.timedelta(hours=one.hours))
        messages.append(batch)
        if one.voided is not None:
            messages.append(void(batch, hours=one.voided))
    for number, (unit_id, amount, day) in enumerate(plans, start=1):
        messages.append(plan((unit_id, amount), family=number, day=day))
    await feed.tell(*messages)


async def look(feed: Feed, view: View) -> None:
    seen = CampaignInSight(CAMPAIGN.campaign, Sight(everything=True))
    (subject,) = subjects_of(seen, list(CAMPAIGN.campaign.indicators))
    async with feed.database.reading() as connection:
        known = await known_units(connection, seen, [f"u{number}" for number in range(1, 8)])
        for one in known.values():
            for what in (Explained.ACHIEVED, Explained.DECLINED, Explained.QUOTA):
                check(await taken_apart(connection, seen, one, subject, what, view))
