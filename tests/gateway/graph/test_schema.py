from collections.abc import Iterator
from enum import Enum, StrEnum

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)

from gateway.graph import words
from gateway.graph.export import COMMITTED, printed_schema
from gateway.graph.schema import core_schema
from services.contracts.words import IndicatorKind, Level, QuotaBasis, RoundingMode, TargetOn


def described() -> Iterator[tuple[str, str | None]]:
    for name, kind in core_schema().type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", one.description) for value, one in kind.values.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument, one in field.args.items():
                    yield f"{name}.{field_name}({argument})", one.description


def test_everything_in_the_schema_is_described() -> None:
    assert [place for place, description in described() if not (description or "").strip()] == []
    assert len(list(described())) > 150


def test_the_committed_schema_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == printed_schema(), "run python -m gateway.graph.export"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (words.UnitLevel, Level),
        (words.IndicatorKindWord, IndicatorKind),
        (words.QuotaBasisWord, QuotaBasis),
        (words.TargetOnWord, TargetOn),
        (words.Rounding, RoundingMode),
    ],
)
def test_the_enums_are_the_words_of_rest_in_capitals(ours: type[Enum], theirs: type[StrEnum]) -> None:
    assert {one.name: one.value for one in ours} == {one.value.upper(): one.value for one in theirs}


def test_every_list_of_things_is_a_connection() -> None:
    """Rows of one figure or rule may be plain lists; whatever has an id comes in pages, but for a unit's ancestors."""
    kinds = core_schema().type_map
    node = kinds["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    plain = [
        f"{name}.{field_name}"
        for name, kind in kinds.items()
        if isinstance(kind, GraphQLObjectType)
        for field_name, field in kind.fields.items()
        if str(field.type).startswith("[")
        and isinstance(inner := get_named_type(field.type), GraphQLObjectType)
        and node in inner.interfaces
    ]
    assert plain == ["CampaignUnit.ancestors", "Unit.successors", "Unit.predecessors"]
