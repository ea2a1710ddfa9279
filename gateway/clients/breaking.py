"""A client that rests where the other side does not answer, so that whoever asks is not kept waiting each time."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from services.chassis.problems import DependencyUnavailable
from services.chassis.service_client import ServiceAnswer, ServiceClient

FAILURES = 3
"""So many calls in a row that nobody answered, and it rests."""

REST_SECONDS = 1.0
"""How long; then one call tries whether somebody is there again."""


class Breaker:
    """Counts calls that nobody answered."""

    def __init__(self, *, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._failed = 0
        self._rests_until = 0.0

    def check(self, name: str) -> None:
        """Raises: DependencyUnavailable while it rests."""
        if self._failed < FAILURES:
            return
        now = self._tick()
        if now < self._rests_until:
            raise DependencyUnavailable(dependency=f"The {name} service", headers={"Retry-After": "2"})
        self._rests_until = now + REST_SECONDS  # this one tries, the others go on resting

    def failed(self) -> None:
        """Nobody answered."""
        self._failed += 1
        self._rests_until = self._tick() + REST_SECONDS

    def answered(self) -> None:
        """Somebody did."""
        self._failed = 0


class BreakingClient(ServiceClient):
    """One other service, which is left alone for a moment where it does not answer."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._breaker = Breaker()

    async def _call(
        self,
        method: str,
        path: str,
        *,
        token: str,
        params: Mapping[str, str] | None,
        consistency: str | None,
        body: bytes | None,
    ) -> ServiceAnswer:
        self._breaker.check(self.name)
        try:
            found = await super()._call(method, path, token=token, params=params, consistency=consistency, body=body)
        except DependencyUnavailable as fault:
            if fault.facts.get("problem") is None:  # a problem document is an answer
                self._breaker.failed()
            raise
        self._breaker.answered()
        return found
