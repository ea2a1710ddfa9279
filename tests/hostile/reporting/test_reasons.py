"""Readers without `reporting:sensitive` try to learn of sensitive reasons (rule 14, ADR 0011).

Two attacks, and neither believes what the service says of itself. *Other worlds*: the same events, with other reasons
within what is told of together; every answer to every question must be the same to the byte. *A solver*: all numbers
that were answered, as sums over unknown cells (commune × cohort × reason), and what follows from them.
"""

import itertools
import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.contracts.definitions import CampaignDefinition, IndicatorDefinition
from services.contracts.disclosure import guarded
from services.quota.campaigns.rules import NO_NUMBERS, defined
from services.quota.campaigns.shapes import CampaignInput
from tests.hostile.reporting.worlds import (
    COHORTS,
    COMMUNES,
    DAYS,
    REASONS,
    SENSITIVE,
    SLOTS,
    UNITS,
    Choice,
    Row,
    Telling,
    ask,
    definition,
    play,
    questions,
)
from tests.support.clock import MovableClock
from tests.support.spans import Span
from tests.support.stack import Stack

EXAMPLES = int(os.environ.get("BONPHU_HOSTILE_EXAMPLES", "2"))
PLAIN, FULL = "reporting:read", "reporting:read reporting:sensitive"
WEBHOOKS = ("/v1/webhooks", "/v1/webhooks/{code}/deliveries")
# A snapshot is frozen as whoever has no right to sensitive reasons sees the campaign (services/reporting/snapshots).
ASKED_WITHOUT_REASONS = {"/v1/audit", "/livez", "/readyz", "/metrics", *WEBHOOKS}

_numbers = itertools.count(1)
_leaving = st.none() | st.sets(st.sampled_from(REASONS)).map(lambda found: tuple(sorted(found)))


def told_together(leaving: Any, hard_leaving: Any) -> tuple[tuple[str, ...], ...]:
    """The reasons that are told of as one, of an indicator with these denominators."""
    return guarded(_indicator(Telling(leaving, hard_leaving, [], frozenset())), 5).entries


def _indicator(telling: Telling) -> IndicatorDefinition:
    made = CampaignInput.model_validate(definition("x", telling))
    found: CampaignDefinition = defined(made, campaign_id=1, unit_id=1, numbers=NO_NUMBERS, revision=1)
    return found.indicators[0]


@st.composite
def tellings(draw: st.DrawFn) -> Telling:
    """Three batches over three days, small counts mostly, of which one may be withdrawn again."""
    leaving, hard_leaving = draw(_leaving), draw(_leaving)
    entries = told_together(leaving, hard_leaving)
    row = st.builds(
        Row,
        st.sampled_from(SLOTS),
        st.sampled_from(DAYS),
        st.sampled_from(["achieved", "declined", *entries, *entries]),
        st.sampled_from([0, 1, 1, 2, 3, 4, 9]),
        st.booleans(),
    )
    batch = st.lists(row, min_size=4, max_size=14, unique_by=lambda one: (one.slot, one.day, one.outcome))
    batches = draw(st.lists(batch, min_size=3, max_size=3))
    return Telling(leaving, hard_leaving, batches, frozenset(draw(st.sets(st.integers(0, 2), max_size=1))))


# Each example plays a campaign: a smaller one that fails too is not looked for.
attacked = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
async def attacking(start: Any) -> Any:
    async with start("quota", "progress", "reporting") as stack:
        yield stack


@attacked
@given(telling=tellings())
async def test_worlds_that_differ_in_sensitive_reasons_alone_answer_alike(
    attacking: Stack, clock: MovableClock, telling: Telling
) -> None:
    number = next(_numbers)
    worlds = {f"w{number:04}{name}": Choice(name, number) for name in ("drawn", "none", "all")}
    moments = await play(attacking, clock, telling, worlds)
    differing = set()
    for path, asked in questions(moments):
        said = [await ask(attacking, code, path, asked, scope=PLAIN) for code in worlds]
        assert said[0] == said[1] == said[2], (path, asked)
        if path == "exemptions" and asked["unit"] == "70":
            full = {await ask(attacking, code, path, asked, scope=FULL) for code in worlds}
            differing.add(len(full) > 1)
    has_groups = any(isinstance(row.outcome, tuple) and len(row.outcome) > 1 for one in telling.batches for row in one)
    assert True in differing or not has_groups or telling.voided, "who may know them sees the difference"


async def test_every_question_is_asked(attacking: Stack) -> None:
    paths = attacking.apps["reporting"].openapi()["paths"]
    known = {f"/v1/campaigns/{{code}}/{path}" for path, _ in questions([])} | ASKED_WITHOUT_REASONS
    asked = {path for path, methods in paths.items() if "get" in methods and not path.startswith("/v1/snapshots/")}
    missing = asked - known
    assert not missing, f"{', '.join(sorted(missing))}: not in tests/hostile/reporting/worlds.py; ask it there."


Cell = tuple[str, str | None, str, str]
"""Commune, cohort, reason, view (day and moment): an unknown number of cases."""


def _under(unit: str) -> list[str]:
    return [one for one in COMMUNES if unit in {one, UNITS[one][1], "70"}]


def _cells(unit: str, cohorts: Any, reasons: Any, view: str) -> dict[Cell, int]:
    return {(one, cohort, reason, view): 1 for one in _under(unit) for cohort in cohorts for reason in reasons}


class Solver:
    """What was answered about exempt cases, as sums over cells."""

    def __init__(self, telling: Telling) -> None:
        self.telling = telling
        self.sums: list[tuple[dict[Cell, int], int]] = []

    def hear(self, path: str, asked: dict[str, Any], body: Any) -> None:
        """What an answer says becomes sums."""
        view = f"{asked.get('as_of')} {asked.get('known_at')}"
        if path == "exemptions":
            for one in body:
                if one["count"] is not None:
                    reasons = one["reason"].split("+")
                    self._sum(_cells(asked["unit"], COHORTS, reasons, view), one["count"])
        elif path == "figures":
            for one in body["items"]:
                cohorts = COHORTS if one["cohort"] is None else [one["cohort"]]
                if one["exempt"] is not None:
                    self._sum(_cells(one["unit"], cohorts, REASONS, view), one["exempt"])
                if one["adjusted_rate"] is not None:
                    left = one["quota"] - one["adjusted_rate"]["denominator"]
                    self._sum(_cells(one["unit"], cohorts, self._leaving(one["cohort"]), view), left)
        elif path == "series" and asked.get("cumulative") != "false":
            cohorts = [asked["cohort"]] if "cohort" in asked else COHORTS
            for item in body["items"]:
                if item["exempt"] is not None:
                    day = f"{item['day']} {asked.get('known_at')}"
                    self._sum(_cells(asked["unit"], cohorts, REASONS, day), item["exempt"])

    def _leaving(self, cohort: str | None) -> tuple[str, ...]:
        named = self.telling.leaving
        if cohort is not None and self.telling.hard_leaving is not None:
            named = self.telling.hard_leaving
        return REASONS if named is None else named

    def _sum(self, cells: dict[Cell, int], value: int) -> None:
        self.sums.append((cells, value))

    def knows(self, wanted: dict[Cell, int]) -> bool:
        """Whether the sum follows from what was answered."""
        return self._span.gives_away(wanted)

    def think(self) -> None:
        """All that follows, by elimination."""
        self._span = Span(cells for cells, _ in self.sums)

    def at_most(self, cell: Cell) -> int | None:
        """The least sum that the cell is part of: numbers of cases are not negative."""
        return min((value for cells, value in self.sums if cell in cells), default=None)


@attacked
@given(telling=tellings())
async def test_a_solver_finds_no_sum_of_sensitive_reasons_and_no_bound_but_that_of_what_is_told_together(
    attacking: Stack, clock: MovableClock, telling: Telling
) -> None:
    code = f"s{next(_numbers):04}"
    moments = await play(attacking, clock, telling, {code: Choice("drawn", 1)})
    stranger = Solver(telling)
    for path, asked in questions(moments):
        if path in ("figures", "exemptions", "series"):
            text = await ask(attacking, code, path, asked, scope=PLAIN)
            stranger.hear(path, asked, json.loads(_whole(text)))
    stranger.think()
    entries = told_together(telling.leaving, telling.hard_leaving)
    views = [f"{day} {moment}" for day in DAYS for moment in [None, *moments]]
    for view, unit, cohorts in itertools.product(views, UNITS, [COHORTS, ["hard"]]):
        for hidden in [["illness"], ["detention"], sorted(SENSITIVE)]:
            wanted = _cells(unit, cohorts, hidden, view)
            assert not stranger.knows(wanted), (view, unit, cohorts, hidden)
    # As far as sums go the cases of a group may be of any of its reasons: moving them all changes no sum.
    for cells, _ in stranger.sums:
        reasons = {reason for _, _, reason, _ in cells}
        for entry in entries:
            assert len(reasons & set(entry)) in {0, len(entry)}, "an answer took apart what is told of together"


def _whole(text: str) -> str:
    return text.split(" ", 1)[1].replace(",}", "}").replace("{,", "{").replace(",,", ",")
