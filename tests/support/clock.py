"""A clock that tests move."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Stands still until it is moved."""

    def __init__(self, moment: datetime | None = None) -> None:
        self.moment = moment or datetime.now(UTC)

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)

    def set(self, moment: datetime) -> None:
        self.moment = moment


class RunningClock(MovableClock):
    """Runs with the machine's clock, and can be moved ahead all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, **by: float) -> None:
        self.ahead += timedelta(**by)

    def set(self, moment: datetime) -> None:
        self.ahead = moment - datetime.now(UTC)
