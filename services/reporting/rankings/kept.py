"""League tables that have been made, kept for as long as nothing of their campaign changes."""

from datetime import date
from typing import NamedTuple

from services.reporting.versions.queries import State

MOST_LINES = 50_000
"""Lines that a process keeps, at most: some 50 MB."""


class Asked(NamedTuple):
    """What a table follows from, where the whole of it is seen."""

    state: State
    campaign_id: int
    indicator: str
    level: str
    within_id: int
    order: str
    as_of: date
    tells_sensitive: bool
