"""From where a reader looks at a campaign: as of which day, as known at which moment."""

from datetime import date, datetime
from typing import NamedTuple


class View(NamedTuple):
    """`as_of`: the campaign day that is looked at. `known_at`: only what was known at that moment; None: all that is.

    `now`: the present moment, which decides what is today.
    """

    as_of: date
    known_at: datetime | None
    now: datetime
