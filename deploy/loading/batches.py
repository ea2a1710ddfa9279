"""Reports before they are sent."""

from dataclasses import dataclass
from datetime import datetime

import msgspec


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of a report, as the progress service takes it."""

    unit: str
    indicator: str
    day: str
    value: int
    outcome: str = "achieved"
    reason: str | None = None
    mode: str = "daily"


@dataclass(frozen=True, slots=True)
class Batch:
    """One report: one source's rows of one day that bear the same labels. (source, received_at) tells it apart."""

    source: str
    received_at: datetime
    labels: tuple[str, ...]
    rows: tuple[Row, ...]
