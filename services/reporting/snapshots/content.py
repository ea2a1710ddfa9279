"""What a snapshot holds, in both of its forms, its canonical bytes and their hash. Pure."""

import hashlib
from datetime import date, datetime
from typing import Literal

import msgspec
import orjson

from services.contracts.definitions import CampaignDefinition
from services.contracts.figures import Figure
from services.contracts.words import Level
from services.reporting.notices.printing import AS_THE_CAMPAIGN, Printing

FROZEN_LEVELS = frozenset({Level.COUNTRY, Level.PROVINCE, Level.DISTRICT, Level.COMMUNE, Level.BODY})
"""Levels whose figures are frozen: an issue speaks of authorities, not of each team."""

Form = Literal["bonphu-snapshot-1", "bonphu-snapshot-2"]


class Digest(msgspec.Struct, frozen=True):
    """How many, and the SHA-256 of a text that has a line for each, sorted, every line ended by a line feed."""

    count: int
    sha256: str


class PlanInput(msgspec.Struct, frozen=True):
    """An issued plan: quotas follow from these.

    `lines`: each is unit, indicator, cohort (empty without one), amount, baseline and whether it is held (`true`,
    `false`), parted by tabs. None: the first form names none.
    """

    id: str
    unit: str | None
    number: str
    date: date
    revision: int
    issued_at: datetime
    lines: Digest | None = None


class SuccessionInput(msgspec.Struct, frozen=True):
    """What became of a unit on a day: the figures by the units of another day follow from these (rule 15).

    `weight` of `weights_total` shares went to the successor; None: none was stated. `successor` None: it has none.
    """

    day: date
    relation: str
    predecessor: str | None
    successor: str | None
    weight: int | None
    weights_total: int | None
    is_main: bool


class ClosureInput(msgspec.Struct, frozen=True):
    """A decision that days up to `through` are closed, None: none any more. The highest revision counts (rule 7)."""

    revision: int
    through: date | None
    number: str
    date: date
    closed_at: datetime


class FrozenUnit(msgspec.Struct, frozen=True):
    """A unit as it was called. `parent`: the code of the unit above; the first form names none."""

    code: str
    level: Level
    name: str
    parent: str | None = None


class Content(msgspec.Struct, frozen=True):
    """All that is frozen, and what it was made from, as known at the moment.

    Figures follow from `campaign` (the rules), `hierarchy` (all of its units; a line is code, level, code of the parent
    and name, parted by tabs), `plans`, `batches` (those that count; a line is an id), `successions` (that join its
    units to those of other days) and `closures`. What the first form does not name is None.

    `printing`: how the notice's sections print rates; snapshots from before it could be chosen have none.
    """

    campaign: CampaignDefinition
    number: str | None
    date: date | None
    as_of: date
    known_at: datetime
    plans: list[PlanInput]
    batches: Digest
    units: list[FrozenUnit]
    figures: list[Figure]
    printing: Printing = AS_THE_CAMPAIGN
    hierarchy: Digest | None = None
    successions: list[SuccessionInput] | None = None
    closures: list[ClosureInput] | None = None
    form: Form = "bonphu-snapshot-2"


def canonical(content: Content) -> bytes:
    """JSON in the form of RFC 8785: keys sorted, no spaces, UTF-8; all numbers are whole, up to 2⁵³ − 1."""
    return orjson.dumps(msgspec.to_builtins(content), option=orjson.OPT_SORT_KEYS)


def read_content(content: bytes) -> Content:
    """What canonical bytes of either form hold."""
    return msgspec.json.decode(content, type=Content)


def hash_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
