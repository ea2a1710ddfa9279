"""How two snapshots differ in what their figures follow from, in words. Pure."""

import uuid
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from services.reporting.snapshots.content import (
    ClosureInput,
    Content,
    Digest,
    Form,
    FrozenUnit,
    PlanInput,
    SuccessionInput,
)

Kind = Literal["plan", "batch", "succession", "closure", "unit"]
Change = Literal["changed", "added", "removed"]
Counts = Mapping[Change, int]
Named = TypeVar("Named", PlanInput, SuccessionInput, ClosureInput, FrozenUnit)

_MANY: dict[Kind, str] = {
    "plan": "plans",
    "batch": "batches",
    "succession": "successions",
    "closure": "closures",
    "unit": "units",
}
_NO_DIFFERENCE: Counts = {"added": 0, "removed": 0, "changed": 0}


class InputDifference(msgspec.Struct, frozen=True):
    """One input that differs, and its name in words. `before`, `after`: all that is known of it; None: it has none."""

    input: Kind
    change: Change
    name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class BatchInput(msgspec.Struct, frozen=True):
    """A batch that counts in one snapshot only. `voided_at`: it was withdrawn, maybe later than both."""

    id: uuid.UUID
    source: str
    received_at: datetime
    voided_at: datetime | None


class InputComparison(msgspec.Struct, frozen=True):
    """How the inputs of one kind differ.

    `before`, `after`: how many there are; `added`, `removed`, `changed`: how many of them differ. None: a snapshot of
    the first form does not tell. `told`: the same in words.
    """

    input: Kind
    before: int | None
    after: int | None
    added: int | None
    removed: int | None
    changed: int | None
    told: str


class Inputs(NamedTuple):
    """What a snapshot's figures follow from. `batches`: the ids of those that count; None: it does not tell which."""

    content: Content
    batches: frozenset[uuid.UUID] | None


def input_differences(before: Inputs, after: Inputs) -> Iterator[InputDifference]:
    """The plans, successions, closures and frozen units that differ, then the batches, by id."""
    old, new = before.content, after.content
    yield from _named("plan", *_alike_plans(old, new), key=lambda one: one.id, name=_plan)
    if old.successions is not None and new.successions is not None:
        yield from _named("succession", old.successions, new.successions, key=_edge, name=_succession)
    if old.closures is not None and new.closures is not None:
        yield from _named("closure", old.closures, new.closures, key=lambda one: one.revision, name=_closure)
    if old.hierarchy is not None and new.hierarchy is not None:
        yield from _named("unit", old.units, new.units, key=lambda one: one.code, name=_unit)
    if before.batches is not None and after.batches is not None:
        for one in sorted(after.batches - before.batches):
            yield InputDifference("batch", "added", f"batch {one}", None, {"id": str(one)})
        for one in sorted(before.batches - after.batches):
            yield InputDifference("batch", "removed", f"batch {one}", {"id": str(one)}, None)


def batches_among(differences: Sequence[InputDifference]) -> list[uuid.UUID]:
    """The ids of the batches among these."""
    return [uuid.UUID((one.after or one.before or {})["id"]) for one in differences if one.input == "batch"]


def with_batch(one: InputDifference, known: Mapping[uuid.UUID, BatchInput]) -> InputDifference:
    """A difference that is a batch with all that is known of it; any other, and one that is not known, as it is."""
    batch = known.get(batches_among([one])[0]) if one.input == "batch" else None
    if batch is None:
        return one
    withdrawn = "" if batch.voided_at is None else f", withdrawn {batch.voided_at:%Y-%m-%d %H:%M} UTC"
    name = f"batch {batch.id} of {batch.source}, received {batch.received_at:%Y-%m-%d %H:%M} UTC{withdrawn}"
    told = msgspec.to_builtins(batch)
    return InputDifference("batch", one.change, name, one.before and told, one.after and told)


def input_comparisons(before: Inputs, after: Inputs) -> list[InputComparison]:
    """Each kind of input, the same or not."""
    tally = Counter((one.input, one.change) for one in input_differences(before, after))
    counts = {kind: {change: tally[kind, change] for change in _NO_DIFFERENCE} for kind in _MANY}
    old, new = before.content, after.content
    return [
        _compared("plan", len(old.plans), len(new.plans), counts["plan"]),
        _batches(before, after, counts["batch"]),
        _listed("succession", old, _size(old.successions), new, _size(new.successions), counts["succession"]),
        _listed("closure", old, _size(old.closures), new, _size(new.closures), counts["closure"]),
        _units(old, new, counts["unit"]),
    ]


def _named(
    kind: Kind,
    before: Sequence[Named],
    after: Sequence[Named],
    *,
    key: Callable[[Named], Hashable],
    name: Callable[[Named], str],
) -> Iterator[InputDifference]:
    """What has changed or was added, in the order of `after`, then what is gone."""
    old = {key(one): one for one in before}
    for one in after:
        was = old.pop(key(one), None)
        if was is None:
            yield InputDifference(kind, "added", name(one), None, msgspec.to_builtins(one))
        elif was != one:
            yield InputDifference(kind, "changed", name(one), msgspec.to_builtins(was), msgspec.to_builtins(one))
    for one in old.values():
        yield InputDifference(kind, "removed", name(one), msgspec.to_builtins(one), None)


def _alike_plans(old: Content, new: Content) -> tuple[list[PlanInput], list[PlanInput]]:
    """The plans of both, told as far as both of their forms do."""
    if _is_first(old.form) == _is_first(new.form):
        return old.plans, new.plans
    without = [[msgspec.structs.replace(one, lines=None) for one in content.plans] for content in (old, new)]
    return without[0], without[1]


def _is_first(form: Form) -> bool:
    return form == "bonphu-snapshot-1"


def _edge(one: SuccessionInput) -> Hashable:
    return one.day, one.relation, one.predecessor, one.successor


def _plan(one: PlanInput) -> str:
    whose = "for the top unit" if one.unit is None else f"of unit {one.unit}"
    return f"plan {one.number} of {one.date} {whose}, revision {one.revision}"


def _succession(one: SuccessionInput) -> str:
    to = "abolished" if one.successor is None else f"{one.relation} into {one.successor}"
    return f"unit {one.predecessor or 'not known yet'} on {one.day}: {to}"


def _closure(one: ClosureInput) -> str:
    what = "opens all days again" if one.through is None else f"closes the days up to {one.through}"
    return f"decision {one.number} of {one.date}, which {what}"


def _unit(one: FrozenUnit) -> str:
    return f"unit {one.code}, {one.name}"


def _listed(
    kind: Kind, old: Content, before: int | None, new: Content, after: int | None, counts: Counts
) -> InputComparison:
    if before is not None and after is not None:
        return _compared(kind, before, after, counts)
    told = f"Not compared: a snapshot of the form {_first(old, new)} names no {_MANY[kind]}."
    return InputComparison(kind, before, after, None, None, None, told)


def _batches(before: Inputs, after: Inputs, counts: Counts) -> InputComparison:
    old, new = before.content.batches, after.content.batches
    if before.batches is not None and after.batches is not None:
        return _compared("batch", old.count, new.count, counts)
    return _digested("batch", old, new, f"a snapshot of the form {_first(before.content, after.content)} names none")


def _units(old: Content, new: Content, counts: Counts) -> InputComparison:
    before, after = old.hierarchy, new.hierarchy
    if before is not None and after is not None and before != after and not any(counts.values()):
        return _digested("unit", before, after, "they stand below those whose figures are frozen")
    return _listed("unit", old, _size(before), new, _size(after), counts)


def _size(named: Sequence[object] | Digest | None) -> int | None:
    if named is None:
        return None
    return named.count if isinstance(named, Digest) else len(named)


def _digested(kind: Kind, old: Digest, new: Digest, unnamed: str) -> InputComparison:
    """Where only the digest tells whether they are the same, and not which ones differ."""
    if old == new:
        return _compared(kind, old.count, new.count, _NO_DIFFERENCE)
    counts = f"{old.count} in `before`, {new.count} in `after`"
    told = f"Other {_MANY[kind]}: {counts}; which ones cannot be told, since {unnamed}."
    return InputComparison(kind, old.count, new.count, None, None, None, told)


def _first(old: Content, new: Content) -> Form:
    return old.form if _is_first(old.form) else new.form


def _compared(kind: Kind, before: int, after: int, counts: Counts) -> InputComparison:
    added, removed, changed = counts["added"], counts["removed"], counts["changed"]
    if not (added or removed or changed):
        told = f"The same {_some(kind, after)}." if after else f"Neither has {_MANY[kind]}."
    else:
        parts = [
            f"{_some(kind, added)} in `after` only" if added else "",
            f"{_some(kind, removed)} in `before` only" if removed else "",
            f"{_some(kind, changed)} told otherwise" if changed else "",
        ]
        told = "; ".join(filter(None, parts)) + "."
    return InputComparison(kind, before, after, added, removed, changed, told)


def _some(kind: Kind, count: int) -> str:
    return f"1 {kind}" if count == 1 else f"{count} {_MANY[kind]}"
