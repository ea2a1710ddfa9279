"""What the gateway knows of reporting's versions: heard over the bus, or asked for where the bus is silent."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import datetime

import msgspec
import structlog

from gateway.clients.reporting import ReportingReader
from services.contracts.versions import Versions, VersionsQuestion

FRESH_SECONDS = 1.0
"""How long what was heard last is believed. Reporting's heartbeat comes twice as often."""

ASK_SECONDS = 0.5
"""How often whoever waits for a change asks, where the bus is silent."""

log = structlog.get_logger("versions")
_VERSIONS: msgspec.json.Decoder[Versions] = msgspec.json.Decoder(Versions)


class State(msgspec.Struct, frozen=True):
    """What the answers about one campaign follow from; another state is another answer, perhaps."""

    epoch: str
    units: int
    campaign: int | None

    @property
    def text(self) -> str:
        """As an opaque text, to compare with."""
        return f"{self.epoch[:8]}.{self.units}.{'-' if self.campaign is None else self.campaign}"


class Follows(msgspec.Struct, frozen=True):
    """What an answer follows from: `versions` of what was read, and until when days are called as they were.

    `whole`: of all campaigns that there are, so that one more is another answer.
    """

    versions: Versions
    good_until: datetime | None = None
    whole: bool = False


class KnownVersions:
    """The newest versions heard. Replicas may tell in any order: within an epoch the higher number counts."""

    def __init__(self, *, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._known = Versions(epoch="", units=0, campaigns={})
        self._heard_at: float | None = None
        self._news = asyncio.Event()

    def hear(self, payload: bytes) -> None:
        """What reporting announces."""
        try:
            told = _VERSIONS.decode(payload)
        except msgspec.MsgspecError as fault:
            log.warning("announcement_malformed", reason=str(fault))
            return
        before, now = self._known, self._tick()
        self._heard_at = now
        if told.epoch == before.epoch:
            campaigns = {
                code: max(version, before.campaigns.get(code, version)) for code, version in told.campaigns.items()
            }
            told = Versions(told.epoch, max(told.units, before.units), before.campaigns | campaigns)
        self._known = told
        if told != before:
            self._news.set()
            self._news = asyncio.Event()

    @property
    def newest(self) -> Versions:
        """What was heard last."""
        return self._known

    @property
    def is_fresh(self) -> bool:
        """Whether reporting was heard within the last second."""
        return self._heard_at is not None and self._tick() - self._heard_at <= FRESH_SECONDS

    async def of(self, campaign: str, reporting: ReportingReader) -> State:
        """The state of a campaign, not older than a second.

        Raises: what asking reporting raises, where the bus is silent.
        """
        known = self._known
        if not self.is_fresh:
            known = await reporting.versions(VersionsQuestion([campaign]))
        return State(known.epoch, known.units, known.campaigns.get(campaign))

    async def another(self, than: State, campaign: str, reporting: ReportingReader, *, within: float) -> State:
        """A state that differs, or the same one after so many seconds.

        Raises: what asking reporting raises, where the bus is silent.
        """
        until = self._tick() + within
        while True:
            news = self._news
            found = await self.of(campaign, reporting)
            left = until - self._tick()
            if found != than or left <= 0:
                return found
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, FRESH_SECONDS if self.is_fresh else ASK_SECONDS)):
                    await news.wait()
