"""Answers kept as long as what they follow from has not changed.

What an answer follows from came with it, of one snapshot: versions of the campaigns read and of all units, and when a
default day ends. An answer is served again to whoever has the same access, while the newest versions heard (asked for,
where the bus has been silent for a second) are those. Under a stream of writes it may also be served for a moment
after (`lag_seconds`), while one request renews it for all.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import orjson

from gateway.clients.reporting import ReportingReader
from gateway.execution.operations import GraphAnswer, GraphRequest
from gateway.execution.staleness import is_cut_off
from gateway.versions import Follows, KnownVersions
from services.chassis.clock import Clock
from services.chassis.identity import EVERYTHING, Caller
from services.chassis.problems import DependencyUnavailable
from services.contracts.versions import Versions, VersionsQuestion

ENTRY_BYTES = 1_500
"""What an entry takes beside its texts."""

LARGEST_SHARE = 8
"""An answer above this part of the room is not kept."""

Key = tuple[Any, ...]
Renew = Callable[[], Awaitable[GraphAnswer]]


class _Entry(NamedTuple):
    answer: GraphAnswer
    asked_at: float
    size: int


class Kept:
    """The answers of this process, as many as fit into `most_bytes`, the most recently used ones."""

    def __init__(
        self,
        versions: KnownVersions,
        clock: Clock,
        *,
        most_bytes: int,
        lag_seconds: float,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._versions = versions
        self._clock = clock
        self._most_bytes = most_bytes
        self._lag_seconds = lag_seconds
        self._tick = tick
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._renewing: dict[Key, asyncio.Task[GraphAnswer]] = {}
        self.bytes = 0

    async def answer(
        self, request: GraphRequest, caller: Caller, reporting: ReportingReader, renew: Renew
    ) -> GraphAnswer:
        """The answer that is kept and holds, or what `renew` answers, once for all who ask the same meanwhile.

        Raises: what `renew` raises.
        """
        key = _key(request, caller)
        entry = self._entries.get(key)
        if entry is not None and await self._holds_as_far_as_known(entry, reporting):
            if key in self._entries:
                self._entries.move_to_end(key)
            return entry.answer
        task = self._renewing.get(key)
        if task is None:
            task = self._renewing[key] = asyncio.create_task(self._renewed(key, renew), name="renew-answer")
            task.add_done_callback(_look_at_it)
        if entry is not None and self._is_recent(entry):
            return entry.answer
        return await asyncio.shield(task)

    def last_known(self, request: GraphRequest, caller: Caller) -> GraphAnswer | None:
        """What was answered last, whether or not it holds."""
        entry = self._entries.get(_key(request, caller))
        return None if entry is None else entry.answer

    async def renewed(self, request: GraphRequest, caller: Caller, renew: Renew) -> GraphAnswer:
        """What `renew` answers, whatever is kept: for whoever waits for a write of their own."""
        return await self._renewed(_key(request, caller), renew)

    async def _renewed(self, key: Key, renew: Renew) -> GraphAnswer:
        asked_at = self._tick()
        try:
            found = await renew()
        finally:
            if self._renewing.get(key) is asyncio.current_task():
                del self._renewing[key]
        self._keep(key, found, asked_at)
        return found

    def _keep(self, key: Key, answer: GraphAnswer, asked_at: float) -> None:
        if is_cut_off(answer):  # what was known before is still the last that is known
            return
        before = self._entries.pop(key, None)
        if before is not None:
            self.bytes -= before.size
        follows = answer.follows
        if follows is None or answer.data is None or answer.errors or (follows.whole and EVERYTHING not in key[-2]):
            return
        size = len(answer.data) + sum(len(part) for part in key if isinstance(part, str | bytes)) + ENTRY_BYTES
        if size > self._most_bytes // LARGEST_SHARE:
            return
        self._entries[key] = _Entry(answer, asked_at, size)
        self.bytes += size
        while self.bytes > self._most_bytes:
            self.bytes -= self._entries.popitem(last=False)[1].size

    def _is_recent(self, entry: _Entry) -> bool:
        return self._tick() - entry.asked_at <= self._lag_seconds and self._is_of_today(entry)

    def _is_of_today(self, entry: _Entry) -> bool:
        follows = entry.answer.follows
        return follows is not None and (follows.good_until is None or self._clock.now() < follows.good_until)

    async def _holds_as_far_as_known(self, entry: _Entry, reporting: ReportingReader) -> bool:
        try:
            return await self._holds(entry, reporting)
        except DependencyUnavailable:
            return False

    async def _holds(self, entry: _Entry, reporting: ReportingReader) -> bool:
        follows = entry.answer.follows
        if follows is None or not self._is_of_today(entry):
            return False
        if self._versions.is_fresh:
            return _is_as_new(follows, self._versions.newest)
        if follows.whole:  # who asks for some versions does not learn of a new campaign
            return False
        return _is_as_new(follows, await reporting.versions(VersionsQuestion(list(follows.versions.campaigns))))


def _is_as_new(follows: Follows, known: Versions) -> bool:
    """Whether nothing that was read has changed since; what is heard may be older than what was read."""
    ours = follows.versions
    if ours.epoch != known.epoch or ours.units < known.units:
        return False
    if follows.whole and known.campaigns.keys() != ours.campaigns.keys():
        return False
    return all(known.campaigns.get(code, version + 1) <= version for code, version in ours.campaigns.items())


def _key(request: GraphRequest, caller: Caller) -> Key:
    variables = orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS) if request.variables else b""
    access = (tuple(sorted(caller.scopes)), tuple(sorted(caller.units)), caller.source)
    return (request.query, request.operation_name, variables, *access)


def _look_at_it(task: asyncio.Task[GraphAnswer]) -> None:
    """Whoever waited has been told; where nobody did, a failure is nobody's."""
    if not task.cancelled():
        task.exception()
