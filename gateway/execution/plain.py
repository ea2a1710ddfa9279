"""Objects written as JSON by their attributes and plain methods, read as the interpreter reads them."""

from collections.abc import Callable
from inspect import iscoroutinefunction, signature
from operator import attrgetter
from typing import Any

import orjson
from graphql import GraphQLObjectType, is_leaf_type, is_list_type, is_non_null_type
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.utils.str_converters import to_camel_case

PlainReader = Callable[[Any], Any]


def plain_reader(kind: GraphQLObjectType, name: str) -> PlainReader | None:
    """Reads the field of an object; None where that takes arguments, the request, or time."""
    definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    for field in definition.fields:
        if (field.graphql_name or to_camel_case(field.python_name)) != name:
            continue
        if field.is_basic_field:
            return attrgetter(field.python_name)
        method = field.base_resolver.wrapped_func if field.base_resolver else None
        if method is not None and not iscoroutinefunction(method) and list(signature(method).parameters) == ["self"]:
            return method
    return None


def write_value(kind: Any, value: Any, write_object: Callable[[Any], str] | None) -> str:
    """The value of that type as JSON; `write_object` writes objects.

    Raises: ValueError where a value is missing that the type needs, or whatever a scalar refuses.
    """
    if is_non_null_type(kind):
        text = write_value(kind.of_type, value, write_object)
        if text == "null":
            raise ValueError(kind)
        return text
    if value is None:
        return "null"
    if is_list_type(kind):
        return "[" + ",".join([write_value(kind.of_type, one, write_object) for one in value]) + "]"
    if is_leaf_type(kind):
        return orjson.dumps(kind.serialize(value)).decode()
    if write_object is None:
        raise ValueError(kind)
    return write_object(value)
