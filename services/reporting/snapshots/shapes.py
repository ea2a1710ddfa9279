"""Snapshots as the public API takes and shows them."""

import uuid
from datetime import date, datetime
from typing import Annotated

import msgspec
from pydantic import Field

from services.contracts.fields import Day, Input, Name
from services.reporting.notices.document import Format
from services.reporting.notices.printing import PrintingInput
from services.reporting.snapshots.inputs import InputComparison, InputDifference
from services.reporting.snapshots.queries import Kept
from services.reporting.snapshots.rules import FigureDifference, RuleDifference


class SnapshotInput(Input):
    """What is frozen: the figures as of a day, as they are known now."""

    as_of: Day
    number: Annotated[Name, Field(max_length=100, description="Of the document: 215/TB-UBND.")] | None = None
    date: Annotated[Day, Field(description="Of the document.")] | None = None
    printing: Annotated[
        PrintingInput, Field(description="How sections of the notice print rates; else as the campaign does.")
    ] = Field(default_factory=PrintingInput)


class SnapshotDocument(msgspec.Struct, frozen=True):
    """A rendered notice; `GET …/notice?snapshot=` answers its bytes."""

    format: Format
    sha256: str
    bytes: int


class SnapshotShown(msgspec.Struct, frozen=True):
    """`hash`: SHA-256 of the bytes of `GET /v1/snapshots/{id}/content`. `figures`: how many it holds."""

    id: uuid.UUID
    campaign: str
    number: str | None
    date: date | None
    as_of: date
    known_at: datetime
    hash: str
    figures: int
    created_by: str
    created_at: datetime
    documents: list[SnapshotDocument]


class SnapshotPage(msgspec.Struct, frozen=True):
    """Newest first."""

    items: list[SnapshotShown]
    next_cursor: str | None


class DifferencesPage(msgspec.Struct, frozen=True):
    """What `after` has otherwise than `before`, `rules` and `inputs` in whole on each page.

    Which inputs differ, one by one: `GET /v1/snapshots/{id}/differences/inputs`.
    """

    before: SnapshotShown
    after: SnapshotShown
    rules: list[RuleDifference]
    inputs: list[InputComparison]
    items: list[FigureDifference]
    next_cursor: str | None


class InputDifferencesPage(msgspec.Struct, frozen=True):
    """Plans, successions, closures, units, then batches."""

    before: SnapshotShown
    after: SnapshotShown
    items: list[InputDifference]
    next_cursor: str | None


def shown(kept: Kept) -> SnapshotShown:
    """The snapshot as it is shown."""
    return SnapshotShown(
        id=kept.id,
        campaign=kept.campaign,
        number=kept.number,
        date=kept.dated,
        as_of=kept.as_of,
        known_at=kept.known_at,
        hash=kept.hash,
        figures=kept.figures,
        created_by=kept.created_by,
        created_at=kept.created_at,
        documents=[msgspec.convert(one, SnapshotDocument) for one in kept.documents],
    )
