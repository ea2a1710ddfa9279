"""What single events do to the read model. Province 1 › districts 2, 3 › communes 4, 5 (of 2), 6 (of 3)."""

import datetime

from services.contracts.definitions import Document, SuccessionEdge
from services.contracts.events import PeriodClosed, SuccessionsChanged, day_number
from services.contracts.words import IndicatorKind, Level
from services.reporting.projector.contributions import Anchor, Stretch
from services.reporting.projector.ledger import live_stretches
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

PROVINCE = units(
    unit(1, Level.PROVINCE),
    unit(2, Level.DISTRICT, 1),
    unit(3, Level.DISTRICT, 1),
    unit(4, Level.COMMUNE, 2),
    unit(5, Level.COMMUNE, 2),
    unit(6, Level.COMMUNE, 3),
)
SIMPLE = campaign(indicator(1, [["s1", "s2"], ["s3"]]))
LATER = NOON + datetime.timedelta(hours=1)


async def begin(feed: Feed) -> None:
    await feed.tell(PROVINCE, SIMPLE, source(1), source(2), source(3), source(4))


async def test_rows_travel_up_to_every_ancestor(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(1, 1, row(4, 0, 5), row(5, 1, 7)), report(2, 2, row(4, 0, 1), row(6, 2, 2)))
    assert [await feed.total(one) for one in (1, 2, 3, 4, 5, 6)] == [15, 13, 2, 6, 7, 2]
    assert [await feed.total(1, day=day) for day in (0, 1, 2)] == [6, 13, 15]


async def test_a_correction_lowers_a_value(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(1, 1, row(4, 0, 5), row(4, 3, 2)))
    await feed.tell(report(1, 2, row(4, 0, 1), received_at=LATER))
    assert await feed.total(1) == 3
    await feed.tell(report(1, 3, row(4, 0, 100), received_at=NOON))
    assert await feed.total(1) == 3


async def test_a_batch_silences_units_that_it_does_not_name(feed: Feed) -> None:
    await feed.tell(PROVINCE, campaign(indicator(1, [["s1"], ["s2"]], level=Level.DISTRICT)), source(1), source(2))
    await feed.tell(report(2, 1, row(4, 0, 5)))
    await feed.tell(report(1, 2, row(5, 1, 7)))
    assert [await feed.total(one) for one in (1, 4, 5)] == [7, None, 7]
    assert [await feed.total(one, day=0) for one in (1, 4, 5)] == [5, 5, None]


async def test_a_void_lets_earlier_values_and_other_groups_speak_again(feed: Feed) -> None:
    await feed.tell(PROVINCE, campaign(indicator(1, [["s1"], ["s2"]], level=Level.DISTRICT)), source(1), source(2))
    first, wrong = report(1, 1, row(4, 2, 5)), report(1, 2, row(4, 2, 50), row(5, 1, 7), received_at=LATER)
    await feed.tell(report(2, 3, row(5, 1, 3)), first, wrong)
    assert [await feed.total(1, day=day) for day in (1, 2)] == [7, 57]
    await feed.tell(void(wrong))
    assert [await feed.total(1, day=day) for day in (1, 2)] == [3, 5]
    assert len(await feed.table("fact", 1)) == 4
    await feed.tell(void(first))
    assert [await feed.total(1, day=day) for day in (1, 2)] == [3, 3]


async def test_a_void_may_come_before_its_rows_and_before_its_campaign(feed: Feed) -> None:
    told = report(1, 1, row(4, 0, 5))
    await feed.tell(void(told))
    await begin(feed)
    await feed.tell(told)
    assert await feed.total(1) is None
    (batch,) = await feed.table("batch_copy", 1)
    assert batch["voided_at"] == NOON + datetime.timedelta(hours=24)


async def test_batches_of_one_moment_are_ordered_by_acknowledgement(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(1, 2, row(4, 0, 2)))
    await feed.tell(report(1, 1, row(4, 0, 1)))
    assert await feed.total(1) == 2


async def test_the_latest_of_several_rows_that_come_together_counts(feed: Feed) -> None:
    await begin(feed)
    later = [report(1, 2, row(4, 0, 2), received_at=LATER), report(1, 3, row(4, 0, 3), received_at=LATER)]
    await feed.tell(later[1], report(1, 1, row(4, 0, 1)), later[0])
    assert await feed.total(1) == 3
    assert len(await feed.table("fact", 1)) == 3


async def test_zero_is_known_and_nothing_is_not(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(1, 1, row(4, 3, 0)))
    assert await feed.total(4, day=3) == 0
    assert await feed.total(1, day=3) == 0
    assert await feed.total(4, day=2) is None
    assert await feed.total(5) is None
    (total,) = await feed.rows("SELECT value, known FROM rollup_total WHERE unit_id = 1")
    assert total == {"value": 0, "known": 1}


async def test_cumulative_and_daily_rows_mix(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(1, 1, row(4, 0, 5), row(4, 4, 1)))
    await feed.tell(report(1, 2, row(4, 2, 20, cumulative=True)))
    assert [await feed.total(1, day=day) for day in (0, 1, 2, 3, 4)] == [5, 5, 20, 20, 21]
    await feed.tell(report(1, 3, row(4, 2, 3, cumulative=True), received_at=LATER))
    assert [await feed.total(1, day=day) for day in (0, 2, 4)] == [5, 3, 4]
    await feed.tell(report(1, 4, row(4, 2, 3), received_at=LATER + datetime.timedelta(hours=1)))
    assert await feed.total(1) == 9


async def test_only_the_days_between_two_cumulative_rows_are_read(feed: Feed) -> None:
    await begin(feed)
    of_unit_4 = [row(4, 0, 10, cumulative=True), row(4, 2, 1), row(4, 5, 20, cumulative=True), row(4, 7, 1)]
    await feed.tell(report(1, 1, *of_unit_4, row(5, 3, 9, cumulative=True)))
    await feed.tell(report(1, 2, row(4, 3, 4)))
    assert [await feed.total(4, day=day) for day in (0, 2, 3, 5, 7)] == [10, 11, 15, 20, 21]
    await feed.tell(report(1, 3, row(4, 0, 12, cumulative=True), received_at=LATER))
    assert [await feed.total(2, day=day) for day in (0, 2, 3, 5, 7)] == [12, 13, 26, 29, 30]
    wanted = {Anchor(1, 1, 4, 1): [Stretch((4, 1, 0, 0), day_number(day_of(3)), day_number(day_of(3)))]}
    async with feed.database.reading() as connection:
        ((_, rows),) = (await live_stretches(connection, 1, wanted)).items()
    assert sorted((one.day - day_number(day_of(0)), one.value) for one in rows) == [(0, 12), (2, 1), (3, 4), (5, 20)]
    tables = await feed.tables(1)
    await feed.rebuild(1)
    assert await feed.tables(1) == tables


async def test_an_earlier_group_silences_a_later_one_from_its_first_day(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(3, 1, row(4, 0, 10), row(4, 5, 10), row(5, 0, 7)))
    assert await feed.total(2) == 27
    await feed.tell(report(1, 2, row(4, 3, 1)))
    assert [await feed.total(4, day=day) for day in (0, 2, 3, 5)] == [10, 10, 1, 1]
    assert await feed.total(2) == 8
    await feed.tell(report(3, 3, row(4, 1, 4), row(4, 6, 4)))
    assert [await feed.total(4, day=day) for day in (1, 2, 3, 6)] == [14, 14, 1, 1]


async def test_a_late_row_of_an_earlier_group_silences_from_an_earlier_day(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(3, 1, row(4, 1, 10)), report(1, 2, row(4, 5, 1)))
    assert [await feed.total(1, day=day) for day in (1, 4, 5)] == [10, 10, 1]
    await feed.tell(report(2, 3, row(4, 0, 2)))
    assert [await feed.total(1, day=day) for day in (0, 1, 4, 5)] == [2, 2, 2, 3]
    assert await feed.rows("SELECT * FROM rollup_day WHERE unit_id = 4 AND delta = 0 AND known = 0 AND rows = 0") == []


async def test_authority_is_decided_for_each_outcome_and_all_cohorts_together(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(3, 1, row(4, 0, 5, cohort=1), row(4, 0, 6, cohort=2), row(4, 0, 9, outcome=3)))
    await feed.tell(report(1, 2, row(4, 0, 1, cohort=1)))
    assert await feed.total(4, cohort=1) == 1
    assert await feed.total(4, cohort=2) is None
    assert await feed.total(4, outcome=3) == 9


async def test_a_source_in_no_group_never_speaks_but_has_reported(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(4, 1, row(4, 2, 5)))
    assert await feed.total(4) is None
    (reported,) = await feed.table("anchor_reported", 1)
    assert (reported["anchor_id"], reported["first_day"]) == (4, day_of(2))
    assert len(await feed.table("live", 1)) == 1


async def test_a_stock_is_logged_and_never_summed(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(1, 1, row(4, 2, 5, outcome=4)))
    assert await feed.table("rollup_day", 1) == []
    assert len(await feed.table("live", 1)) == len(await feed.table("fact", 1)) == 1


async def test_a_place_in_a_table_is_never_summed(feed: Feed) -> None:
    await feed.tell(PROVINCE, campaign(indicator(1, [["s1"]], kind=IndicatorKind.RANK)), source(1))
    await feed.tell(report(1, 1, row(4, 2, 5)))
    assert await feed.table("rollup_day", 1) == []


async def test_labels_follow_the_rows_that_count(feed: Feed) -> None:
    async def labels(unit_id: int, day: int) -> dict[str, int]:
        rows = await feed.rows(
            "SELECT label, sum(rows) AS n FROM rollup_label WHERE unit_id = $1 AND day <= $2 GROUP BY label",
            unit_id,
            day_of(day),
        )
        return {one["label"]: one["n"] for one in rows if one["n"]}

    await begin(feed)
    await feed.tell(report(3, 1, row(4, 0, 5), row(4, 2, 5), labels=["simulated"]))
    await feed.tell(report(1, 2, row(5, 1, 5), labels=["imputed"]))
    assert await labels(1, 2) == {"simulated": 2, "imputed": 1}
    await feed.tell(report(3, 3, row(4, 0, 5), received_at=LATER))
    assert await labels(4, 2) == {"simulated": 1}
    await feed.tell(report(1, 4, row(4, 3, 5)))
    assert await labels(4, 2) == {"simulated": 1}
    assert await labels(4, 3) == {}
    assert await labels(1, 3) == {"imputed": 1}


async def test_the_first_and_the_newest_moment_of_a_day_travel_up(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(1, 1, row(4, 0, 5), received_at=LATER), report(1, 2, row(5, 0, 5), received_at=NOON))

    async def moments() -> dict[int, tuple[datetime.datetime, datetime.datetime]]:
        rows = await feed.table("rollup_received", 1)
        return {one["unit_id"]: (one["first_received_at"], one["received_at"]) for one in rows}

    assert await moments() == {1: (NOON, LATER), 2: (NOON, LATER), 4: (LATER, LATER), 5: (NOON, NOON)}
    # A row that loses to a later one was known before that one came.
    await feed.tell(report(1, 3, row(4, 0, 6), received_at=NOON))
    assert await moments() == {1: (NOON, LATER), 2: (NOON, LATER), 4: (NOON, LATER), 5: (NOON, NOON)}


async def test_events_wait_for_campaign_source_unit_and_indicator(feed: Feed) -> None:
    async def waits() -> list[str]:
        return [one["needs"] for one in await feed.rows("SELECT needs FROM waiting_event ORDER BY needs")]

    await feed.tell(report(1, 1, row(7, 0, 5, indicator=2)), plan((7, 10)))
    assert await waits() == ["campaign:1", "campaign:1"]
    await feed.tell(PROVINCE, SIMPLE)
    assert await waits() == ["campaign:1/unit:7", "source:1"]
    await feed.tell(source(1))
    assert await waits() == ["campaign:1/indicator:2", "campaign:1/unit:7"]
    await feed.tell(campaign(indicator(1, [["s1"]]), indicator(2, [["s1"]]), revision=2))
    assert await waits() == ["campaign:1/unit:7", "campaign:1/unit:7"]
    await feed.tell(units(unit(7, Level.COMMUNE, 3)))
    assert await waits() == []
    assert await feed.total(3, indicator=2) == 5
    assert await feed.quota(1) == (10, 2)


async def test_an_older_revision_is_ignored(feed: Feed) -> None:
    await feed.tell(
        campaign(indicator(1, [["s3"]]), revision=2), units(unit(2, Level.DISTRICT, 1, revision=2, name="B"))
    )
    await begin(feed)
    await feed.tell(report(1, 1, row(4, 0, 5)), report(3, 2, row(4, 0, 6)))
    assert await feed.total(1) == 6
    (tree,) = [one for one in await feed.table("campaign_unit", 1) if one["unit_id"] == 2]
    assert tree["name"] == "B"


async def test_another_authority_or_reconciliation_level_counts_the_same_rows_anew(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(3, 1, row(4, 0, 10), row(5, 0, 7)), report(1, 2, row(4, 3, 1)))
    await feed.tell(campaign(indicator(1, [["s3"], ["s1"]]), revision=2))
    assert await feed.total(1) == 17
    await feed.tell(campaign(indicator(1, [["s1"], ["s3"]], level=Level.DISTRICT), revision=3))
    assert [await feed.total(1, day=day) for day in (0, 3)] == [17, 1]
    assert [one["anchor_id"] for one in await feed.table("anchor_reported", 1)] == [2]


async def test_a_unit_that_moves_takes_its_figures_and_quotas_along(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(1, 1, row(4, 0, 10), row(6, 0, 1)), plan((4, 30), (6, 3)))
    await feed.tell(units(unit(4, Level.COMMUNE, 3, revision=2)))
    assert [await feed.total(one) for one in (1, 2, 3, 4)] == [11, None, 11, 10]
    assert [await feed.quota(one) for one in (1, 2, 3, 4)] == [(33, 2), None, (33, 2), (30, 1)]


async def test_a_unit_that_left_and_comes_back_has_its_figures_again(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(report(1, 1, row(4, 0, 10), row(5, 0, 1)))
    await feed.tell(units(unit(4, Level.COMMUNE, 2, revision=2, valid_to=datetime.date(2020, 1, 1))))
    assert await feed.total(1) == 1
    assert len(await feed.table("fact", 1)) == 2
    await feed.tell(units(unit(4, Level.COMMUNE, 2, revision=3)))
    assert await feed.total(1) == 11


async def test_every_commit_that_changes_something_grows_the_version(feed: Feed) -> None:
    async def version() -> int:
        return (await feed.rows("SELECT version FROM campaign_copy"))[0]["version"]

    await begin(feed)
    before = await version()
    await feed.tell(report(1, 1, row(4, 0, 10)))
    await feed.tell(plan((4, 10)))
    assert await version() == before + 2


async def test_above_the_provinces_a_row_belongs_to_the_top_unit(feed: Feed) -> None:
    country = [unit(1, Level.COUNTRY), unit(2, Level.PROVINCE, 1), unit(3, Level.PROVINCE, 1)]
    await feed.tell(units(*country, unit(4, Level.COMMUNE, 2), unit(5, Level.COMMUNE, 3)), SIMPLE, source(1))
    await feed.tell(report(1, 1, row(4, 0, 10), row(5, 0, 1)), plan((2, 4), (3, 5)))
    assert {one["unit_id"]: one["tenant"] for one in await feed.table("rollup_total", 1)} == {
        1: 1,
        2: 2,
        3: 3,
        4: 2,
        5: 3,
    }
    assert {one["unit_id"]: one["tenant"] for one in await feed.table("quota_step", 1)} == {1: 1, 2: 2, 3: 3}


async def test_a_sum_above_its_parts_is_derived_and_a_received_quota_stands(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(plan((4, 10), (5, 20), family=1), plan((2, 100), family=2))
    assert await feed.quota(2) == (100, 1)
    assert await feed.quota(1) == (100, 2)
    assert await feed.quota(4) == (10, 1)
    assert await feed.quota(3) is None


async def test_cohort_zero_is_the_sum_over_cohorts(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(plan((4, 10), family=1, cohort=1), plan((4, 5), family=2, cohort=2))
    assert [await feed.quota(4, cohort=cohort) for cohort in (0, 1, 2)] == [(15, 1), (10, 1), (5, 1)]
    assert [await feed.quota(1, cohort=cohort) for cohort in (0, 1, 2)] == [(15, 2), (10, 2), (5, 2)]


async def test_a_revision_replaces_the_whole_plan_from_its_own_date(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(plan((4, 15), revision=2, day=10))
    await feed.tell(plan((4, 10), (5, 20), day=2))
    assert [await feed.quota(4, day=day) for day in (1, 2, 9, 10)] == [None, (10, 1), (10, 1), (15, 1)]
    assert [await feed.quota(5, day=day) for day in (2, 9, 10)] == [(20, 1), (20, 1), None]
    assert [await feed.quota(1, day=day) for day in (2, 10)] == [(30, 2), (15, 2)]


async def test_a_plan_counts_once_all_its_lines_have_come(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(plan((4, 10), total=2))
    assert await feed.quota(4) is None
    await feed.tell(plan((5, 20), total=2))
    assert await feed.quota(1) == (30, 2)


async def test_a_revision_without_lines_takes_every_quota_back(feed: Feed) -> None:
    await begin(feed)
    await feed.tell(plan((4, 10)))
    await feed.tell(plan(revision=2, day=5))
    assert [await feed.quota(1, day=day) for day in (4, 5)] == [(10, 2), None]


async def test_successions_are_known_whichever_came_first(feed: Feed) -> None:
    edges = [
        SuccessionEdge(2, datetime.date(2025, 7, 1), "split", 4, 6, 3, 5, True),
        SuccessionEdge(1, datetime.date(2025, 7, 1), "abolish", 2, None, None, None, False),
    ]
    await feed.tell(SuccessionsChanged(edges))
    await feed.tell(SuccessionsChanged(edges[:1]))
    rows = await feed.rows("SELECT * FROM succession_copy ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        (1, datetime.date(2025, 7, 1), "abolish", 2, None, None, None, False),
        (2, datetime.date(2025, 7, 1), "split", 4, 6, 3, 5, True),
    ]


async def test_a_closure_waits_for_its_campaign_and_each_is_kept(feed: Feed) -> None:
    decision = Document("15/TB-UBND", day_of(5))
    closed = PeriodClosed(1, 1, day_of(3), decision, NOON)
    opened = PeriodClosed(1, 2, None, Document("16/TB-UBND", day_of(6)), LATER)
    await feed.tell(opened)
    assert [one["needs"] for one in await feed.rows("SELECT needs FROM waiting_event")] == ["campaign:1"]
    await begin(feed)
    assert await feed.rows("SELECT needs FROM waiting_event") == []
    (campaign_before,) = await feed.rows("SELECT version FROM campaign_copy")
    await feed.tell(closed, opened)
    rows = await feed.rows("SELECT * FROM closure_copy ORDER BY revision")
    assert [tuple(row.values()) for row in rows] == [
        (1, 1, day_of(3), "15/TB-UBND", day_of(5), NOON),
        (1, 2, None, "16/TB-UBND", day_of(6), LATER),
    ]
    assert await feed.rows("SELECT version FROM campaign_copy") == [campaign_before], "no figure follows from it"
