"""What two issues follow from, compared in words."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import pytest

from services.contracts.words import Level
from services.reporting.snapshots.content import Digest, FrozenUnit, read_content
from services.reporting.snapshots.inputs import (
    BatchInput,
    Inputs,
    input_comparisons,
    input_differences,
    with_batch,
)
from tests.services.reporting.snapshots.made import CLOSURE, CONTENT, MERGER, MOMENT, PLAN, first_form

A, B, C = (uuid.UUID(int=one) for one in (1, 2, 3))
BEFORE = Inputs(CONTENT, frozenset({A, B}))
SAME = {
    "plan": "The same 1 plan.",
    "batch": "The same 2 batches.",
    "succession": "The same 1 succession.",
    "closure": "The same 1 closure.",
    "unit": "The same 1 unit.",
}


@dataclass(frozen=True)
class Case:
    """What `after` has otherwise, and what is said of it."""

    changes: dict[str, Any]
    input: str
    change: str
    name: str
    told: str


CASES = [
    Case(
        {"plans": [PLAN, msgspec.structs.replace(PLAN, id="0191", revision=2)]},
        "plan",
        "added",
        "plan 128/KH-UBND of 2024-04-04 of unit 70, revision 2",
        "1 plan in `after` only.",
    ),
    Case(
        {"plans": [msgspec.structs.replace(PLAN, lines=Digest(1, "c" * 64))]},
        "plan",
        "changed",
        "plan 128/KH-UBND of 2024-04-04 of unit 70, revision 1",
        "1 plan told otherwise.",
    ),
    Case(
        {"plans": []},
        "plan",
        "removed",
        "plan 128/KH-UBND of 2024-04-04 of unit 70, revision 1",
        "1 plan in `before` only.",
    ),
    Case(
        {
            "successions": [
                MERGER,
                msgspec.structs.replace(MERGER, predecessor="688", relation="abolish", successor=None),
            ]
        },
        "succession",
        "added",
        "unit 688 on 2025-07-01: abolished",
        "1 succession in `after` only.",
    ),
    Case(
        {"successions": []},
        "succession",
        "removed",
        "unit 70 on 2025-07-01: merge into 75",
        "1 succession in `before` only.",
    ),
    Case(
        {"closures": [CLOSURE, msgspec.structs.replace(CLOSURE, revision=2, through=None)]},
        "closure",
        "added",
        "decision 15/TB-UBND of 2024-05-09, which opens all days again",
        "1 closure in `after` only.",
    ),
    Case(
        {"closures": [msgspec.structs.replace(CLOSURE, through=date(2024, 5, 4))]},
        "closure",
        "changed",
        "decision 15/TB-UBND of 2024-05-09, which closes the days up to 2024-05-04",
        "1 closure told otherwise.",
    ),
    Case(
        {"hierarchy": Digest(1, "d" * 64), "units": [FrozenUnit("70", Level.PROVINCE, "Tỉnh Đồng Nai")]},
        "unit",
        "changed",
        "unit 70, Tỉnh Đồng Nai",
        "1 unit told otherwise.",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{one.input} {one.change}" for one in CASES])
def test_each_input_that_differs_is_named(case: Case) -> None:
    after = BEFORE._replace(content=msgspec.structs.replace(CONTENT, **case.changes))
    (found,) = input_differences(BEFORE, after)
    assert (found.input, found.change, found.name) == (case.input, case.change, case.name)
    assert ((found.before is None), (found.after is None)) == (case.change == "added", case.change == "removed")
    assert {one.input: one.told for one in input_comparisons(BEFORE, after)} == {**SAME, case.input: case.told}


def test_batches_are_told_by_id_and_named_where_they_are_known() -> None:
    after = BEFORE._replace(batches=frozenset({B, C}))
    came, gone = input_differences(BEFORE, after)
    assert [(one.change, one.name) for one in (came, gone)] == [("added", f"batch {C}"), ("removed", f"batch {A}")]
    known = {
        C: BatchInput(C, "viettel", MOMENT, None),
        A: BatchInput(A, "vnpt", MOMENT, MOMENT),
    }
    assert with_batch(came, known).name == f"batch {C} of viettel, received 2024-07-05 02:00 UTC"
    named = with_batch(gone, known)
    assert named.name == f"batch {A} of vnpt, received 2024-07-05 02:00 UTC, withdrawn 2024-07-05 02:00 UTC"
    assert (named.before or {})["source"] == "vnpt"
    assert named.after is None
    assert with_batch(came, {}) == came
    (told,) = (one for one in input_comparisons(BEFORE, after) if one.input == "batch")
    assert (told.added, told.removed) == (1, 1)
    assert told.told == "1 batch in `after` only; 1 batch in `before` only."


def test_units_below_those_that_are_frozen_are_told_to_differ() -> None:
    after = BEFORE._replace(content=msgspec.structs.replace(CONTENT, hierarchy=Digest(2, "e" * 64)))
    assert list(input_differences(BEFORE, after)) == []
    (told,) = (one for one in input_comparisons(BEFORE, after) if one.input == "unit")
    assert (told.before, told.after, told.added) == (1, 2, None)
    assert told.told == (
        "Other units: 1 in `before`, 2 in `after`; which ones cannot be told, since they stand below those whose"
        " figures are frozen."
    )


def test_what_the_first_form_does_not_name_is_not_compared() -> None:
    old = Inputs(read_content(first_form(batches={"count": 3, "sha256": "0" * 64})), None)
    assert list(input_differences(old, BEFORE)) == []
    told = {one.input: one for one in input_comparisons(old, BEFORE)}
    assert told["plan"].told == "The same 1 plan.", "a plan that is issued never changes"
    assert told["batch"].told == (
        "Other batches: 3 in `before`, 2 in `after`; which ones cannot be told, since a snapshot of the form"
        " bonphu-snapshot-1 names none."
    )
    assert (told["closure"].before, told["closure"].after, told["closure"].added) == (None, 1, None)
    for kind, many in (("succession", "successions"), ("closure", "closures"), ("unit", "units")):
        assert told[kind].told == f"Not compared: a snapshot of the form bonphu-snapshot-1 names no {many}."
    same = Inputs(read_content(first_form()), None)
    assert {one.input: one.told for one in input_comparisons(same, same)}["batch"] == "The same 2 batches."
