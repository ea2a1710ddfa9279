"""Where a figure comes from, as REST answers it. At each step the parts add up to the figure exactly."""

import uuid
from datetime import date, datetime

import msgspec

from services.contracts.words import Explained, Level, NotCounted, PartKind, QuotaBasis, SourceKind


class ExplainedPart(msgspec.Struct, frozen=True):
    """A part of the figure: a child's figure, what was told of the unit itself, or its baseline; None is unknown."""

    kind: PartKind
    unit: str
    level: Level
    name: str
    value: int | None


class ExplainedSource(msgspec.Struct, frozen=True):
    """What one source tells of the unit: `value` in all, `counted` of it in the figure.

    What is not counted has a reason: an earlier authority group speaks there, or the source stands in no group.
    `since`: the first day of which that group has a row.
    """

    source: str
    name: str
    kind: SourceKind
    group: int | None
    value: int
    counted: int
    not_counted: NotCounted | None
    since: date | None


class ExplainedBatch(msgspec.Struct, frozen=True):
    """What one batch brings into the figure: so many rows that count, of that value together."""

    batch: uuid.UUID
    source: str
    received_at: datetime
    labels: list[str]
    amends: bool
    rows: int
    value: int


class ExplainedLine(msgspec.Struct, frozen=True):
    """A line of a plan in force that names the unit, with its document. `from_unit` None: handed to the top unit."""

    plan: uuid.UUID
    number: str
    date: date
    revision: int
    issued_at: datetime
    from_unit: str | None
    cohort: str | None
    amount: int
    baseline: int


class Explanation(msgspec.Struct, frozen=True):
    """One figure and what it comes from.

    `parts` add up to `value` where it is known. Of counts, so do `counted` of `sources` and the baseline part, and the
    `value` of all pages of `batches` and the baseline part. Of a quota that was received, the amounts of `lines` do; of
    one that is derived, the children's. `sources` and `batches` are None for whoever sees the unit by a publication.
    `withheld`: the figure would tell this reader of sensitive reasons (rule 14); nothing of it is shown.
    """

    unit: str
    level: Level
    indicator: str
    cohort: str | None
    outcome: Explained
    value: int | None
    withheld: bool
    basis: QuotaBasis | None
    parts: list[ExplainedPart]
    sources: list[ExplainedSource] | None
    batches: list[ExplainedBatch] | None
    batches_total: int | None
    lines: list[ExplainedLine]
    next_cursor: str | None
    as_of: date
    known_at: datetime | None
    as_of_token: str
