"""The moment, passed in, so that tests move it instead of sleeping."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Whoever tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)
