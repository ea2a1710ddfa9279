"""How many may listen at once: in this process, and of one caller."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from services.chassis.problems import Refusal


class TooManySubscribers(Refusal):
    """{whose} {limit} connections for subscriptions are all in use."""

    status = 503
    code = "too_many_subscribers"
    title = "Too many subscribers"
    remedy = "Share one connection among several subscriptions, and come again after `Retry-After` seconds."


class Places:
    """Places of a process."""

    def __init__(self, *, most: int, most_of_caller: int) -> None:
        self._most = most
        self._most_of_caller = most_of_caller
        self._taken: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        """How many are taken."""
        return self._taken.total()

    @contextmanager
    def taken_by(self, caller: str) -> Generator[None]:
        """A place is held inside the block.

        Raises: TooManySubscribers.
        """
        later = {"Retry-After": "5"}
        if self.taken >= self._most:
            raise TooManySubscribers(whose="This process's", limit=self._most, headers=later)
        if self._taken[caller] >= self._most_of_caller:
            raise TooManySubscribers(whose="This token's", limit=self._most_of_caller, headers=later)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
