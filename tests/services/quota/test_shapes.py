"""What is read by structs is what the models of the API read, bounds of lists included."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.contracts.fields import Input
from services.quota.hierarchy.shapes import MOST_UNITS, UnitInput, UnitsInput
from services.quota.plans.shapes import MOST_LINES, LineInput, PlanInput, ReviseInput
from services.quota.successions.shapes import MOST_ACTS, SuccessionInput, SuccessionsInput

UNIT = {"code": "A", "level": "commune", "kind": "xa", "name": "Xã"}
LINE = {"unit": "A", "indicator": "cccd", "amount": 1}
DECISION = {"number": "1/NQ", "date": "2025-06-12"}
ACT = {"day": "2025-07-01", "decision": DECISION, "relation": "abolish", "predecessors": ["A"]}
WORTHLESS: list[Any] = [
    None,
    "",
    " ",
    "Xã\n",
    "A\n",
    "a" * 65,
    "a" * 401,
    "x\x00",
    "Xa\u0303",
    "2024-02-30",
    "2024-5-1",
]
WORTHLESS += [0, 1, -1, 1.0, True, 2**53, 2**60, [], {}, ["A", "A\n"], {"A": "0.5"}, {"A": 1}, "commune", "2024-05-01"]


@pytest.mark.parametrize(
    ("many", "field", "row", "most"),
    [
        (UnitsInput, "units", UNIT, MOST_UNITS),
        (SuccessionsInput, "successions", ACT, MOST_ACTS),
        (ReviseInput, "lines", LINE, MOST_LINES),
    ],
)
def test_a_list_that_is_too_long_is_refused(many: type[Input], field: str, row: dict[str, Any], most: int) -> None:
    assert len(getattr(many.model_validate({field: [row] * 3}), field)) == 3
    with pytest.raises(ValidationError, match="at most"):
        many.model_validate({field: [row] * (most + 1)})


def test_no_act_at_all_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        SuccessionsInput.model_validate({"successions": []})


@given(st.data())
def test_one_wrong_field_is_refused_and_a_right_one_taken_as_the_model_does(data: st.DataObject) -> None:
    many, field, row, model = data.draw(
        st.sampled_from(
            [
                (UnitsInput, "units", UNIT, UnitInput),
                (SuccessionsInput, "successions", ACT, SuccessionInput),
                (PlanInput, "lines", LINE, LineInput),
            ]
        )
    )
    name = data.draw(st.sampled_from([*model.model_fields, "colour"]))
    changed = {**row, name: data.draw(st.sampled_from(WORTHLESS))}
    rest: dict[str, Any] = {"document": DECISION} if many is PlanInput else {}
    try:
        expected = [TypeAdapter(model).validate_python(changed)]
    except ValidationError as fault:
        with pytest.raises(ValidationError) as refused:
            many.model_validate({field: [changed], **rest})
        said = {(field, 0, *one["loc"], one["type"]) for one in fault.errors()}
        assert {(*one["loc"], one["type"]) for one in refused.value.errors()} == said
    else:
        (found,) = getattr(many.model_validate({field: [changed], **rest}), field)
        for one in model.model_fields:
            ours, theirs = getattr(found, one), getattr(expected[0], one)
            if one == "decision":
                ours, theirs = (ours.number, ours.date), (theirs.number, theirs.date)
            assert ours == theirs
