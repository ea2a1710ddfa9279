"""How two snapshots differ, in figures and rules. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from services.contracts.definitions import CampaignDefinition
from services.contracts.figures import Figure

_OF_THE_VIEW = frozenset({"as_of", "known_at"})


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
