"""Figures as they change: asked for anew whenever reporting's versions, or the day, have changed.

What is sent is where things stand, never a difference of numbers: whoever was away is told all of it again, and nothing
is lost. Changes that follow each other within `PAUSE_SECONDS` come together.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Hashable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.clients.reporting import ReportingReader
from gateway.execution.asking import Asking
from gateway.execution.loading import Loading
from gateway.versions import KnownVersions, State
from services.chassis.clock import Clock
from services.chassis.consistency_tokens import NotYetConsistent
from services.chassis.identity import Caller
from services.chassis.problems import DependencyUnavailable
from services.chassis.service_client import ServiceClient
from services.contracts.figures import Figure
from services.contracts.graph import FiguresAnswer, FiguresQuestion

PAUSE_SECONDS = 0.2
"""How long a subscription rests after it has sent something."""

PATIENCE_SECONDS = 0.5
"""How long until reporting is asked again, where it did not answer."""

LONGEST_WAIT_SECONDS = 60.0
ANSWERS_KEPT = 256


class SharedFigures:
    """Answers shared by all who may see the same and ask the same of the same state: reporting is asked once."""

    def __init__(self, *, kept: int = ANSWERS_KEPT) -> None:
        self._kept = kept
        self._answers: OrderedDict[Hashable, asyncio.Task[FiguresAnswer]] = OrderedDict()

    async def ask(
        self, caller: Caller, reporting: ReportingReader, question: FiguresQuestion, state: State
    ) -> FiguresAnswer:
        """The answer, of this state or of a newer one. Raises: what asking reporting raises."""
        indicators = None if question.indicators is None else tuple(question.indicators)
        access = (caller.scopes, caller.units, caller.source)
        key = (access, question.campaign, tuple(question.units), indicators, question.as_of, state)
        found = self._answers.get(key)
        if found is None or (found.done() and found.exception() is not None):
            # A task of its own: whoever asked first may leave, and the others still get it.
            found = self._answers[key] = asyncio.create_task(reporting.figures(question))
            found.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._answers.move_to_end(key)
        while len(self._answers) > self._kept:
            self._answers.popitem(last=False)
        return await asyncio.shield(found)


class Live:
    """What all subscriptions of a process share."""

    def __init__(self, reporting: ServiceClient, versions: KnownVersions, clock: Clock) -> None:
        self.reporting = reporting
        self.versions = versions
        self.clock = clock
        self.shared = SharedFigures()


class Watching(Asking):
    """One subscription. `resume`: the version that its caller has seen; `version`: that of what was sent last."""

    def __init__(self, live: Live, caller: Caller, *, consistency: str | None, resume: str | None) -> None:
        super().__init__(live.reporting, token=caller.token, consistency=consistency)
        self.live = live
        self.caller = caller
        self.resume = resume
        self.version: str | None = None

    def forget(self) -> None:
        """What has been loaded is loaded anew from here on."""
        self.loading = Loading(self.reporting)


async def watch_figures(
    watching: Watching, question: FiguresQuestion, zone: ZoneInfo, *, tick: Callable[[], float] = time.monotonic
) -> AsyncGenerator[list[Figure]]:
    """All figures asked for, then each time those that have changed.

    Raises: what asking reporting raises, the first time; later it is asked again until it answers.
    """
    live, reporting = watching.live, watching.reporting
    state = await live.versions.of(question.campaign, reporting)
    seen: dict[tuple[str, str], Figure] = {}
    is_first = True
    while True:
        day = _day_at(live.clock.now(), zone)
        try:
            answer = await live.shared.ask(watching.caller, reporting, question, state)
        except (DependencyUnavailable, NotYetConsistent):
            if is_first:
                raise
            await asyncio.sleep(PATIENCE_SECONDS)
            continue
        changed = [one for one in answer.items if seen.get((one.unit, one.indicator)) != one]
        seen = {(one.unit, one.indicator): one for one in answer.items}
        version = f"{state.text}.{day:%Y%m%d}"
        asked_at = tick()
        if (changed or is_first) and not (is_first and version == watching.resume):
            watching.forget()
            watching.version = version
            watching.reporting.as_of_token = answer.as_of_token
            yield changed
        is_first = False
        await asyncio.sleep(max(0.0, PAUSE_SECONDS - (tick() - asked_at)))
        state = await _next_state(watching, question.campaign, state, day, zone)


async def _next_state(watching: Watching, campaign: str, state: State, day: date, zone: ZoneInfo) -> State:
    """The next state that differs, or the same one on the next day."""
    live = watching.live
    while True:
        within = min(LONGEST_WAIT_SECONDS, _seconds_left(live.clock.now(), zone))
        try:
            found = await live.versions.another(state, campaign, watching.reporting, within=within)
        except (DependencyUnavailable, NotYetConsistent):
            await asyncio.sleep(PATIENCE_SECONDS)
            continue
        if found != state or _day_at(live.clock.now(), zone) != day:
            return found


def _day_at(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()


def _seconds_left(now: datetime, zone: ZoneInfo) -> float:
    """Until the next day begins, and a little longer."""
    here = now.astimezone(zone)
    midnight = datetime.combine(here.date() + timedelta(days=1), datetime.min.time(), zone)
    return (midnight - here).total_seconds() + 0.01
