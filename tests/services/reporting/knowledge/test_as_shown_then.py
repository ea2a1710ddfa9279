"""What is answered as known at a moment is, byte for byte, what was answered then: any history, any day, any unit."""

import datetime
import itertools
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.definitions import CampaignDefinition, CohortDefinition, PauseDefinition, PlanLine
from services.contracts.words import Level, TargetOn
from services.reporting.figures.assembly import figures_of
from services.reporting.figures.subjects import subjects_of
from services.reporting.projector.projection import Message
from services.reporting.rankings.league import league_of
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.sight import Sight
from services.reporting.visibility.units import COLUMNS, TreeRow, tree_row
from tests.services.reporting.projector.feed import (
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

# Province 1 › districts 2, 3 › communes 4, 5, 6 › hamlets 7, 8, 9; a body, 10, under the province.
SHAPE = {
    1: (Level.PROVINCE, None),
    2: (Level.DISTRICT, 1),
    3: (Level.DISTRICT, 1),
    4: (Level.COMMUNE, 2),
    5: (Level.COMMUNE, 2),
    6: (Level.COMMUNE, 3),
    7: (Level.RESIDENTIAL_AREA, 4),
    8: (Level.RESIDENTIAL_AREA, 4),
    9: (Level.RESIDENTIAL_AREA, 6),
    10: (Level.BODY, 1),
}
REPORTING = (4, 5, 6, 7, 8, 9, 10)
DAYS = 6

_examples = itertools.count(1)
_row = st.tuples(
    st.sampled_from(REPORTING),
    st.integers(0, DAYS - 1),
    st.integers(0, 4),
    st.sampled_from([1, 1, 2]),
    st.sampled_from([0, 1]),
    st.sampled_from([(1, 0), (1, 0), (1, 0), (2, 1), (2, 2), (3, 0), (4, 0)]),
    st.sampled_from([False, False, True]),
)
_batch = st.tuples(
    st.integers(1, 4),
    st.integers(0, 40),
    st.sampled_from([(), ("simulated",), ("imputed", "simulated")]),
    st.lists(_row, min_size=1, max_size=7, unique_by=lambda one: (one[0], one[1], one[3], one[4], one[5])),
)
_line = st.tuples(
    st.integers(1, 10), st.sampled_from([1, 2]), st.sampled_from([0, 0, 1]), st.integers(0, 30), st.integers(0, 9)
)
_plan = st.tuples(
    st.integers(1, 2), st.integers(0, DAYS - 1), st.lists(_line, max_size=5, unique_by=lambda one: one[:3])
)
_step = st.one_of(
    st.tuples(st.just("rows"), _batch),
    st.tuples(st.just("rows"), _batch),
    st.tuples(st.just("void"), st.integers(0, 20)),
    st.tuples(st.just("plan"), _plan),
)
_levels = st.sampled_from([Level.COMMUNE, Level.DISTRICT, Level.RESIDENTIAL_AREA])
_groups = st.sampled_from([[["s1"], ["s2", "s3"]], [["s2"], ["s1"], ["s4"]], [["s1", "s2"]]])


def moment(step: int) -> datetime.datetime:
    return NOON + datetime.timedelta(minutes=step)


def definition_of(draw: st.DrawFn, number: int, top: int) -> CampaignDefinition:
    cohort = CohortDefinition("k", {"vi": "k"}, "0.8", TargetOn.ADJUSTED)
    plain = [indicator(place, draw(_groups), level=draw(_levels)) for place in (1, 2)]
    chosen = [msgspec.structs.replace(one, cohorts=(cohort,), counts_baseline=draw(st.booleans())) for one in plain]
    definition = campaign(*chosen, top=top, campaign_id=number).campaign
    return msgspec.structs.replace(
        definition,
        numbers=msgspec.structs.replace(definition.numbers, cohorts={"k": 1}),
        pauses=(PauseDefinition(day_of(2), day_of(3), ("i2",)),),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[CampaignDefinition, list[Message], list[list[Message]]]:
    """A campaign, what it stands on, and what happened minute by minute."""
    number = next(_examples)
    base = number * 100
    definition = definition_of(draw, number, base + 1)
    ground: list[Message] = [
        units(*(unit(base + one, level, parent and base + parent) for one, (level, parent) in SHAPE.items())),
        campaign_changed(definition),
        *(source(one) for one in range(1, 5)),
    ]
    reports: list[Any] = []
    revisions = {1: 0, 2: 0}
    steps: list[list[Message]] = []
    events: list[tuple[str, Any]] = draw(st.lists(_step, min_size=1, max_size=8))
    for minute, (kind, drawn) in enumerate(events, start=1):
        match kind, drawn:
            case "rows", (source_id, delay, labels, rows):
                # A slow commit: it was received some time before it is applied, but after what came before.
                received_at = moment(minute) - datetime.timedelta(seconds=delay)
                told = report(
                    source_id,
                    number * 1000 + minute,
                    *(
                        row(
                            base + at, day, value, indicator=of, cohort=cohort, outcome=outcome, reason=reason,
                            cumulative=cumulative,
                        )
                        for at, day, value, of, cohort, (outcome, reason), cumulative in rows
                    ),
                    labels=labels,
                    received_at=received_at,
                    campaign_id=number,
                )  # fmt: skip
                reports.append(told)
                steps.append([told])
            case "void", place if reports:
                withdrawn = reports.pop(place % len(reports))
                steps.append([void(withdrawn, hours=minute / 60)])
            case "plan", (family, day, lines):
                revisions[family] += 1
                issued = plan_of(
                    *(
                        PlanLine(base + at, of, cohort, amount, before, False)
                        for at, of, cohort, amount, before in lines
                    ),
                    family=family,
                    revision=revisions[family],
                    day=day,
                    campaign_id=number,
                )
                steps.append([msgspec.structs.replace(
                    issued, plan=msgspec.structs.replace(issued.plan, issued_at=moment(minute))
                )])  # fmt: skip
            case _:
                steps.append([])
    return definition, ground, steps


def campaign_changed(definition: CampaignDefinition) -> Message:
    return msgspec.structs.replace(campaign(campaign_id=definition.id), campaign=definition)


async def shown(feed: Feed, definition: CampaignDefinition, view: View) -> bytes:
    """All figures of all units with ranks of districts, as they are answered; `known_at` itself is left out."""
    seen = CampaignInSight(definition, Sight(everything=True))
    subjects = subjects_of(seen, definition.indicators, "*")
    async with feed.database.reading() as connection:
        rows = await connection.fetch(
            f"SELECT {COLUMNS} FROM campaign_unit AS unit WHERE campaign_id = $1 ORDER BY depth, code", definition.id
        )
        tree: list[TreeRow] = [tree_row(one) for one in rows]
        found = await figures_of(connection, seen, tree, subjects, view)
        some = await figures_of(connection, seen, tree[3:4] + tree[-3:], subjects[:1], view)
        league = await league_of(
            connection, seen, within=tree[0], level=Level.DISTRICT, subject=subjects[0], order="best", view=view
        )
    figures = [msgspec.structs.replace(one, known_at=None) for one in (*found, *some)]
    return msgspec.json.encode([figures, league.places, league.ranked_of])


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(history=histories())
async def test_as_known_then_is_what_was_shown_then(feed: Feed, history: Any) -> None:
    definition, ground, steps = history
    days = [day_of(0), day_of(3), day_of(DAYS), day_of(40)]
    await feed.tell(*ground)
    then: dict[tuple[datetime.datetime, datetime.date], bytes] = {}
    for minute, messages in enumerate(steps, start=1):
        if messages:
            await feed.tell(*messages)
        for day in days:
            then[moment(minute), day] = await shown(feed, definition, View(day, None, moment(100_000)))
    for (at, day), answer in then.items():
        known = await shown(feed, definition, View(day, at, moment(100_000)))
        assert known == answer, (at, day)
