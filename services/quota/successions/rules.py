"""Whether an act of succession may stand, and the exact shares that it states."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.chassis.problems import FieldError
from services.contracts.definitions import UnitDefinition
from services.contracts.words import MAX_COUNT
from services.quota.successions.shapes import Relation, SuccessionInput

ONE_TO_ONE = (Relation.RENAME, Relation.MOVE)
DIVIDING = (Relation.SPLIT, Relation.PART)


class Edge(msgspec.Struct, frozen=True):
    """One predecessor and one successor of an act; `weight` of `weights_total` shares, None where not stated."""

    predecessor_id: int
    successor_id: int | None
    weight: int | None
    weights_total: int | None
    is_main: bool


class Act(msgspec.Struct, frozen=True):
    """An act by ids."""

    day: date
    relation: str
    decision_number: str
    decision_date: date
    edges: frozenset[Edge]


def form_faults(act: SuccessionInput) -> Iterator[FieldError]:
    """What is wrong with an act before its units are looked at."""
    before, after = len(act.predecessors), len(act.successors)
    relation = act.relation
    for field, codes in (("predecessors", act.predecessors), ("successors", act.successors)):
        if len(set(codes)) != len(codes):
            yield FieldError(f"/{field}", "unit_twice", "a unit stands here twice; name it once")
    if relation is Relation.ABOLISH and after:
        yield FieldError("/successors", "successors_forbidden", "what is abolished has none; say merge or split")
    if relation in (*DIVIDING, *ONE_TO_ONE) and before != 1:
        yield FieldError("/predecessors", "one_predecessor", f"a {relation} has one predecessor; send one act for each")
    if relation in (*ONE_TO_ONE, Relation.MERGE) and after != 1:
        yield FieldError("/successors", "one_successor", f"a {relation} has one successor")
    if relation is Relation.SPLIT and after < 2:
        yield FieldError("/successors", "several_successors", "a split has two successors at least; a part has one")
    if relation is Relation.PART and not after:
        yield FieldError("/successors", "successors_missing", "say who the part goes to")
    if act.main is not None and act.main not in act.successors:
        yield FieldError("/main", "main_not_successor", "the main successor is one of the successors")
    if act.weights and relation not in DIVIDING:
        yield FieldError("/weights", "weights_forbidden", f"a {relation} hands everything on; leave the weights out")
    elif act.weights:
        yield from _weight_faults(act)


def _weight_faults(act: SuccessionInput) -> Iterator[FieldError]:
    missing = [code for code in act.successors if code not in act.weights]
    strange = act.weights.keys() - {*act.successors, *act.predecessors}
    if missing:
        detail = f"say the weight of every successor or of none: {', '.join(missing[:10])} have none"
        yield FieldError("/weights", "weights_incomplete", detail)
    if strange:
        detail = f"{', '.join(sorted(strange)[:10])} are no units of this act"
        yield FieldError("/weights", "weight_of_stranger", detail)
    total = sum(whole_weights(act.weights).values())
    if not total:
        yield FieldError("/weights", "weights_zero", "one weight at least is above 0")
    if total > MAX_COUNT:
        yield FieldError("/weights", "sum_too_large", f"the weights add up to more than 2^53 − 1 ({MAX_COUNT})")


def whole_weights(weights: Mapping[str, int | str]) -> dict[str, int]:
    """The weights in whole numbers, in the same proportion."""
    exact = {code: Decimal(weight) for code, weight in weights.items()}
    places = max((-int(one.as_tuple().exponent) for one in exact.values()), default=0)
    return {code: int(one.scaleb(max(places, 0))) for code, one in exact.items()}


def validity_faults(
    act: SuccessionInput, before: Sequence[UnitDefinition], after: Sequence[UnitDefinition]
) -> Iterator[FieldError]:
    """Whether whoever ends has ended, and nobody succeeds itself."""
    ids = {unit.id for unit in after}
    for place, unit in enumerate(before):
        if unit.id in ids:
            detail = (
                f"{unit.code} goes on as it was on {act.day}; end its validity on the eve and begin another row, or"
                " leave it out"
            )
            yield FieldError(f"/predecessors/{place}", "succeeds_itself", detail)
        elif act.relation is not Relation.PART and unit.is_valid_on(act.day):
            detail = f"{unit.code} ({unit.name}) is still valid on {act.day}; end its validity on the eve first"
            yield FieldError(f"/predecessors/{place}", "predecessor_goes_on", detail)
        elif act.weights and act.relation is Relation.PART:
            stays = unit.is_valid_on(act.day)
            if stays != (unit.code in act.weights and unit.code not in act.successors):
                detail = (
                    f"{unit.code} goes on: say under its code what stays with it"
                    if stays
                    else f"{unit.code} has ended, so that nothing stays with it; leave its weight out"
                )
                yield FieldError("/weights", "weight_of_what_stays", detail)


def edges(act: SuccessionInput, before: Mapping[str, int], after: Mapping[str, int]) -> frozenset[Edge]:
    """The act by ids; `before` and `after`: the ids of the predecessors and successors."""
    if not act.successors:
        return frozenset(Edge(unit_id, None, None, None, False) for unit_id in before.values())
    weights = whole_weights(act.weights)
    total = sum(weights.values()) or None
    whole = act.relation not in DIVIDING
    only = len(act.successors) == 1 and act.main is None and whole
    return frozenset(
        Edge(
            predecessor_id,
            successor_id,
            1 if whole else weights.get(code),
            1 if whole else total,
            only or code == act.main,
        )
        for predecessor_id in before.values()
        for code, successor_id in after.items()
    )
