"""What a snapshot holds, its canonical form and hash, and how two of them differ. Pure."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec
import orjson

from services.contracts.definitions import CampaignDefinition
from services.contracts.figures import Figure
from services.contracts.words import Level
from services.reporting.notices.printing import AS_THE_CAMPAIGN, Printing

FROZEN_LEVELS = frozenset({Level.COUNTRY, Level.PROVINCE, Level.DISTRICT, Level.COMMUNE, Level.BODY})
"""Levels whose figures are frozen: an issue speaks of authorities, not of each team."""

_OF_THE_VIEW = frozenset({"as_of", "known_at"})


class PlanInput(msgspec.Struct, frozen=True):
    """An issued plan: quotas follow from these."""

    id: str
    unit: str | None
    number: str
    date: date
    revision: int
    issued_at: datetime


class BatchInputs(msgspec.Struct, frozen=True):
    """Batches that count. `sha256`: of their ids, sorted, each followed by a line feed."""

    count: int
    sha256: str


class FrozenUnit(msgspec.Struct, frozen=True):
    """A unit as it was called."""

    code: str
    level: Level
    name: str


class Content(msgspec.Struct, frozen=True):
    """All that is frozen, and what it was made from: rules, plans and batches as known at the moment.

    `printing`: how the notice's sections print rates; snapshots from before it could be chosen have none.
    """

    campaign: CampaignDefinition
    number: str | None
    date: date | None
    as_of: date
    known_at: datetime
    plans: list[PlanInput]
    batches: BatchInputs
    units: list[FrozenUnit]
    figures: list[Figure]
    printing: Printing = AS_THE_CAMPAIGN
    form: Literal["bonphu-snapshot-1"] = "bonphu-snapshot-1"


def canonical(content: Content) -> bytes:
    """JSON in the form of RFC 8785: keys sorted, no spaces, UTF-8; all numbers are whole, up to 2⁵³ − 1."""
    return orjson.dumps(msgspec.to_builtins(content), option=orjson.OPT_SORT_KEYS)


def hash_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class FigureDifference(msgspec.Struct, frozen=True):
    """`before` and `after`: of a figure that has changed, the fields that differ; else the whole figure."""

    unit: str
    indicator: str
    cohort: str | None
    change: Literal["changed", "added", "removed"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class RuleDifference(msgspec.Struct, frozen=True):
    """A field of the campaign's definition that differs."""

    field: str
    before: Any
    after: Any


def figure_differences(before: Sequence[Figure], after: Sequence[Figure]) -> Iterator[FigureDifference]:
    """What has changed, in the order of `after`, then what is gone; the day and moment of the view do not count."""
    old = {(one.unit, one.indicator, one.cohort): one for one in before}
    for one in after:
        was = old.pop((one.unit, one.indicator, one.cohort), None)
        if was is None:
            yield FigureDifference(one.unit, one.indicator, one.cohort, "added", None, msgspec.to_builtins(one))
            continue
        fields = [
            name
            for name in Figure.__struct_fields__
            if name not in _OF_THE_VIEW and getattr(was, name) != getattr(one, name)
        ]
        if fields:
            told = ({name: msgspec.to_builtins(getattr(figure, name)) for name in fields} for figure in (was, one))
            yield FigureDifference(one.unit, one.indicator, one.cohort, "changed", *told)
    for one in old.values():
        yield FigureDifference(one.unit, one.indicator, one.cohort, "removed", msgspec.to_builtins(one), None)


def rule_differences(before: CampaignDefinition, after: CampaignDefinition) -> list[RuleDifference]:
    """Fields that differ; the revision alone is none."""
    return [
        RuleDifference(name, msgspec.to_builtins(getattr(before, name)), msgspec.to_builtins(getattr(after, name)))
        for name in CampaignDefinition.__struct_fields__
        if name != "revision" and getattr(before, name) != getattr(after, name)
    ]
