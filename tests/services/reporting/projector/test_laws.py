"""Any order, split, repetition, gap and restart of events gives what the rules say, and what a rebuild gives."""

import datetime
import itertools
import uuid
from collections import defaultdict
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.definitions import PlanLine
from services.contracts.events import day_of as date_of
from services.contracts.words import Level
from services.reporting.projector.projection import Message
from tests.services.reporting.projector.feed import (
    FIRST_DAY,
    NOON,
    Feed,
    campaign,
    day_of,
    indicator,
    plan_of,
    report,
    row,
    source,
    unit,
    units,
    void,
)
from tests.services.reporting.projector.naive import Judge

DAYS = 6
# Country › provinces 2, 3 › districts 4, 5, 6 › communes 7, 8, 9, 10 › hamlets 11, 12, 13.
SHAPE = {
    1: (Level.COUNTRY, None),
    2: (Level.PROVINCE, 1),
    3: (Level.PROVINCE, 1),
    4: (Level.DISTRICT, 2),
    5: (Level.DISTRICT, 2),
    6: (Level.DISTRICT, 3),
    7: (Level.COMMUNE, 4),
    8: (Level.COMMUNE, 4),
    9: (Level.COMMUNE, 5),
    10: (Level.COMMUNE, 6),
    11: (Level.RESIDENTIAL_AREA, 7),
    12: (Level.RESIDENTIAL_AREA, 7),
    13: (Level.RESIDENTIAL_AREA, 9),
}
REPORTING = (7, 8, 9, 11, 12, 13)
SOURCES = ("s1", "s2", "s3", "s4")

_examples = itertools.count(1)
_groups = st.permutations(SOURCES).flatmap(
    lambda order: st.sampled_from([[order[:1], order[1:3]], [order[:2]], [order[:1], order[1:2], order[2:3]], []])
)
_levels = st.sampled_from([Level.COMMUNE, Level.DISTRICT, Level.RESIDENTIAL_AREA])
_rules = st.tuples(st.tuples(_groups, _levels), st.tuples(_groups, _levels))
_row = st.tuples(
    st.sampled_from(REPORTING),
    st.integers(0, DAYS - 1),
    st.integers(0, 4),
    st.sampled_from([1, 1, 2]),
    st.sampled_from([0, 1]),
    st.sampled_from([1, 1, 1, 3, 4]),
    st.sampled_from([False, False, True]),
)
_batch = st.tuples(
    st.integers(1, 4),
    st.integers(0, 2),
    st.sampled_from([(), ("simulated",), ("imputed", "simulated")]),
    st.lists(_row, min_size=1, max_size=8, unique_by=lambda one: (one[0], one[1], one[3], one[4], one[5])),
)
_line = st.tuples(
    st.integers(2, 13), st.sampled_from([1, 2]), st.sampled_from([0, 0, 1, 2]), st.integers(0, 50), st.integers(0, 9)
)
_plan = st.tuples(
    st.integers(0, DAYS - 1), st.lists(_line, max_size=5, unique_by=lambda one: one[:3]), st.integers(1, 3)
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[int, int, list[Message]]:
    """Campaign id, offset of the unit ids, and everything that happens, in no order."""
    number = next(_examples)
    base = number * 100
    definitions = {
        one: unit(base + one, level, None if parent is None else base + parent)
        for one, (level, parent) in SHAPE.items()
    }
    messages: list[Message] = [units(*list(definitions.values())[:6]), units(*list(definitions.values())[6:])]
    if draw(st.booleans()):
        messages.append(units(unit(base + 11, Level.RESIDENTIAL_AREA, base + 8, revision=2)))
    if draw(st.booleans()):
        messages.append(units(unit(base + 8, Level.COMMUNE, base + 5, revision=2, name="Xã Mới")))
    for revision, rules in enumerate(draw(st.lists(_rules, min_size=1, max_size=2)), start=1):
        indicators = [indicator(place, groups, level=level) for place, (groups, level) in enumerate(rules, start=1)]
        top = base + 1
        messages.append(campaign(*indicators, top=top, campaign_id=number, revision=revision))
    messages += [source(one) for one in range(1, 5)]
    for acknowledgement, (source_id, hours, labels, rows) in enumerate(draw(st.lists(_batch, max_size=7))):
        reported = [
            row(base + at, day, value, indicator=kind, cohort=cohort, outcome=outcome, cumulative=cumulative)
            for at, day, value, kind, cohort, outcome, cumulative in rows
        ]
        moment = NOON + datetime.timedelta(hours=hours)
        more = {"labels": labels, "received_at": moment, "campaign_id": number}
        told = report(source_id, number * 1000 + acknowledgement, *reported, **more)
        messages.append(told)
        if draw(st.integers(0, 3)) == 0:
            messages.append(void(told))
    for family, revisions in enumerate(draw(st.lists(st.lists(_plan, min_size=1, max_size=3), max_size=3))):
        for revision, (day, drawn, parts) in enumerate(revisions, start=1):
            lines = [
                PlanLine(base + at, kind, cohort, amount, baseline, False)
                for at, kind, cohort, amount, baseline in drawn
            ]
            for part in range(parts):
                messages.append(
                    plan_of(
                        *lines[part::parts],
                        family=family,
                        revision=revision,
                        day=day,
                        total=len(lines),
                        campaign_id=number,
                    )
                )
    return number, base, messages


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(world=worlds(), data=st.data())
async def test_any_order_split_repetition_gap_and_restart_gives_what_the_rules_say(
    feed: Feed, world: tuple[int, int, list[Message]], data: st.DataObject
) -> None:
    number, base, messages = world
    events = [(uuid.uuid4(), message) for message in messages]
    again = data.draw(st.lists(st.sampled_from(events), max_size=5))
    # Told once more as something new, as when a log is filled again: no inbox knows it.
    anew = [(uuid.uuid4(), message) for message in data.draw(st.lists(st.sampled_from(messages), max_size=4))]
    order = data.draw(st.permutations(events + again + anew))
    while order:
        size = data.draw(st.integers(1, len(order)))
        match data.draw(st.sampled_from(["", "", "", "restart", "death", "rebuild"])):
            case "restart":
                await feed.restart()
            case "death":
                await feed.die_over(order[:size])
            case "rebuild":  # while events are missing that those which came stand on
                if await feed.knows(number):
                    await feed.rebuild(number)
        await feed.deliver(order[:size])
        order = order[size:]
    told = [one for one, _ in events + anew]
    assert await feed.rows("SELECT kind, needs FROM waiting_event WHERE write_id = ANY ($1)", told) == []
    tables = await feed.tables(number)
    compare(Judge(messages), tables, base)
    await feed.rebuild(number)
    assert await feed.tables(number) == tables


_dense_row = st.tuples(st.sampled_from([7, 11]), st.integers(0, DAYS - 1), st.integers(0, 4), st.booleans())
_dense_batch = st.tuples(
    st.sampled_from([1, 1, 1, 2]),
    st.integers(0, 2),
    st.sampled_from([(), ("simulated",)]),
    st.lists(_dense_row, min_size=1, max_size=3, unique_by=lambda one: one[:2]),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(batches=st.lists(_dense_batch, min_size=4, max_size=12), data=st.data())
async def test_running_totals_and_daily_counts_of_one_series_come_in_any_order(
    feed: Feed, batches: list[tuple[int, int, tuple[str, ...], list[tuple[int, int, int, bool]]]], data: st.DataObject
) -> None:
    """Few series and many rows of each: every day lies between cumulative ones, before them or behind."""
    number = next(_examples)
    base = number * 100
    tree = [
        unit(base + one, level, None if parent is None else base + parent) for one, (level, parent) in SHAPE.items()
    ]
    rules = indicator(1, [["s1"], ["s2"]])
    messages: list[Message] = [
        units(*tree),
        campaign(rules, top=base + 1, campaign_id=number),
        *(source(one) for one in range(1, 3)),
    ]
    reports = [
        report(
            source_id,
            number * 1000 + acknowledgement,
            *(row(base + at, day, value, cumulative=cumulative) for at, day, value, cumulative in rows),
            labels=labels,
            received_at=NOON + datetime.timedelta(hours=hours),
            campaign_id=number,
        )
        for acknowledgement, (source_id, hours, labels, rows) in enumerate(batches)
    ]
    await feed.tell(*messages)
    order = list(data.draw(st.permutations(reports)))
    while order:
        size = data.draw(st.integers(1, 3))
        await feed.tell(*order[:size])
        order = order[size:]
    tables = await feed.tables(number)
    compare(Judge(messages + reports), tables, base)
    await feed.rebuild(number)
    assert await feed.tables(number) == tables


def compare(judge: Judge, tables: dict[str, list[dict[str, Any]]], base: int) -> None:
    """The tables say what the judge says, on every day."""
    first = (FIRST_DAY - datetime.date(1970, 1, 1)).days
    for day in range(first, first + DAYS):
        sums: defaultdict[tuple[int, ...], list[int]] = defaultdict(lambda: [0, 0])
        labels: defaultdict[tuple[int, int, str], int] = defaultdict(int)
        for one in tables["rollup_day"]:
            if one["day"] <= date_of(day):
                sums[_key(one)][0] += one["delta"]
                sums[_key(one)][1] += one["known"]
        for one in tables["rollup_label"]:
            if one["day"] <= date_of(day):
                labels[one["unit_id"], one["indicator_no"], one["label"]] += one["rows"]
        assert {key: tuple(sum_) for key, sum_ in sums.items() if any(sum_)} == judge.figures(day)
        assert {key: count for key, count in labels.items() if count} == judge.labels(day)
        counted = {_key(one): one["rows"] for one in tables["rollup_day"] if one["day"] == date_of(day) and one["rows"]}
        assert counted == judge.rows_of_day(day)
    final = judge.figures(first + DAYS)
    assert {_key(one): (one["value"], one["known"]) for one in tables["rollup_total"]} == final
    assert {
        (one["anchor_id"], one["indicator_no"]): (one["first_day"] - datetime.date(1970, 1, 1)).days
        for one in tables["anchor_reported"]
    } == judge.reported()
    assert {
        (one["unit_id"], one["indicator_no"], (one["day"] - datetime.date(1970, 1, 1)).days): (
            one["first_received_at"],
            one["received_at"],
        )
        for one in tables["rollup_received"]
    } == judge.received()
    for at, kind, cohort, day in itertools.product(SHAPE, (1, 2), (0, 1, 2), range(DAYS)):
        steps = [
            one
            for one in tables["quota_step"]
            if (one["unit_id"], one["indicator_no"], one["cohort_no"]) == (base + at, kind, cohort)
            and one["from_day"] <= day_of(day)
        ]
        last = max(steps, key=lambda one: one["from_day"], default=None)
        standing = None if last is None or last["amount"] is None else (last["amount"], last["baseline"], last["basis"])
        assert standing == judge.quota(base + at, kind, cohort, day_of(day))


def _key(one: dict[str, Any]) -> tuple[int, ...]:
    return one["unit_id"], one["indicator_no"], one["cohort_no"], one["outcome_no"], one["reason_no"]
