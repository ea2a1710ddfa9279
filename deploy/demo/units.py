"""A unit as the documents of the demonstration name it."""

from dataclasses import dataclass
from datetime import date

from services.contracts.words import Level


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit in one period of validity."""

    code: str
    level: Level
    kind: str
    parent_code: str | None
    name: str
    valid_from: date | None
    valid_to: date | None

    def is_valid_on(self, day: date) -> bool:
        """Whether the unit exists on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)
