"""The simulated days."""

from collections import Counter, defaultdict
from datetime import date, datetime

import pytest

from deploy.demo.cascade import communes
from deploy.demo.documents import BINH_PHUOC, Documents, read_documents
from deploy.demo.reports import report_batches
from deploy.loading.batches import Batch, Row


@pytest.fixture(scope="module")
def documents() -> Documents:
    return read_documents(BINH_PHUOC)


@pytest.fixture(scope="module")
def batches(documents: Documents) -> list[Batch]:
    return report_batches(documents)


@pytest.fixture(scope="module")
def rows(batches: list[Batch]) -> list[Row]:
    return [row for batch in batches for row in batch.rows]


def test_it_is_the_same_every_time(documents: Documents, batches: list[Batch]) -> None:
    assert report_batches(documents) == batches


def test_it_fits_a_demonstration(batches: list[Batch], rows: list[Row]) -> None:
    assert len(batches) <= 1500
    assert len(rows) <= 100_000


def test_a_report_is_known_by_its_source_and_moment(batches: list[Batch]) -> None:
    assert len({(batch.source, batch.received_at) for batch in batches}) == len(batches)


def test_no_key_stands_twice(batches: list[Batch]) -> None:
    keys = Counter(
        (batch.source, row.unit, row.indicator, row.day, row.outcome, row.reason)
        for batch in batches
        for row in batch.rows
    )
    assert set(keys.values()) == {1}


def test_the_last_day_stands_where_the_cascade_says(documents: Documents, rows: list[Row]) -> None:
    totals: Counter[tuple[str, str, str, str | None]] = Counter()
    for row in rows:  # in the order of days
        key = (row.indicator, row.unit, row.outcome, row.reason)
        totals[key] = row.value if row.mode == "cumulative" else totals[key] + row.value
    for indicator in documents.indicators:
        for figure in communes(documents, indicator):
            assert totals[indicator.code, figure.unit, "achieved", None] == figure.achieved
            assert totals[indicator.code, figure.unit, "declined", None] == (figure.declined or 0)
            for reason, count in figure.exempt.items():
                assert totals[indicator.code, figure.unit, "exempt", reason] == count


def test_every_source_says_what_it_achieved_on_every_day_but_those_of_a_pause(rows: list[Row]) -> None:
    days: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        days[row.indicator].add(row.day)
    every_day = {date.fromordinal(number).isoformat() for number in range(738980, 739071)}
    paused = {f"2024-06-{number}" for number in range(24, 31)}
    assert min(every_day) == "2024-04-04"
    assert max(every_day) == "2024-07-03"
    assert days == {
        "cccd": every_day - paused,
        "eid_activation": every_day - paused,
        "smartphone_4g": every_day,
        "sim_esign": every_day,
    }


def test_exempt_and_declined_come_as_weekly_totals_that_never_fall(rows: list[Row]) -> None:
    before: dict[tuple[str, str, str, str | None], int] = {}
    others = [row for row in rows if row.outcome != "achieved"]
    assert {row.mode for row in others} == {"cumulative"}
    assert len({row.day for row in others}) == 13
    for row in others:
        key = (row.indicator, row.unit, row.outcome, row.reason)
        assert row.value > before.get(key, -1)
        before[key] = row.value


def test_reports_came_in_on_their_day_before_the_hour_at_which_they_were_due(
    documents: Documents, batches: list[Batch]
) -> None:
    for batch in batches:
        received = batch.received_at.astimezone(documents.campaign.zone)
        assert {received.date().isoformat()} == {row.day for row in batch.rows}
        assert received < datetime.combine(received.date(), datetime.min.time(), received.tzinfo).replace(hour=17)


def test_what_stands_on_an_imputed_figure_is_labelled_so(documents: Documents, batches: list[Batch]) -> None:
    district_of = {unit.code: unit.parent_code for unit in documents.units}
    by_code = {indicator.code: indicator for indicator in documents.indicators}
    seen = set()
    for batch in batches:
        for row in batch.rows:
            district = by_code[row.indicator].districts[district_of[row.unit] or ""]
            assert batch.labels == (("imputed", "simulated") if district.imputed else ("simulated",))
        seen.add(batch.labels)
    assert seen == {("simulated",), ("imputed", "simulated")}
