"""What may still be said of a unit before its outcomes can exceed its quota, as this process remembers it."""

from datetime import datetime, timedelta

import msgspec

from services.progress.copies.plans import Received

GOOD_FOR = timedelta(seconds=60)
"""What other processes took is seen after so long at the latest."""
REMEMBERED = 200_000
SHARE = 4
"""A process takes a quarter of what is left before it asks again: others are at it too."""
ENDLESS = 1 << 62
NUMBER_BITS = 16


class Headroom(msgspec.Struct):
    """What may still be said of a unit that holds a quota, and of those below it, before its sum is looked at again.

    `left`: negative where it was above. `rows`: how many live rows say how much it is. `received`: none where nobody
    holds a quota.
    """

    received: tuple[Received, ...]
    left: int
    rows: int = 0

    def note(self, left: int, *, rows: int) -> None:
        """So much is left in all, or negative: so much is too much."""
        self.left = left // SHARE if left >= 0 else -1
        self.rows = rows


NOBODY = Headroom((), ENDLESS)
Known = dict[int, Headroom]
"""By unit and indicator, see `key_of`."""


def key_of(unit_id: int, indicator_no: int) -> int:
    """Both as one number."""
    return (unit_id << NUMBER_BITS) + indicator_no


class _Memory(msgspec.Struct):
    version: int
    until: datetime
    known: Known = msgspec.field(default_factory=dict)


class Headrooms:
    """What this process remembers, by campaign and source: to sum up each time would cost several batches."""

    def __init__(self) -> None:
        self._memories: dict[tuple[int, int], _Memory] = {}

    def of(self, campaign_id: int, source_id: int, *, version: int, now: datetime) -> Known:
        """What is remembered; nothing that plans, voids (both move `version`) or time have made doubtful."""
        key = (campaign_id, source_id)
        found = self._memories.get(key)
        if found is None or found.version != version or now >= found.until or len(found.known) > REMEMBERED:
            found = self._memories[key] = _Memory(version, now + GOOD_FOR)
        return found.known
