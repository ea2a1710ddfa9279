"""What was last known, shown as such where reporting does not answer."""

from collections.abc import Iterator
from typing import Any

from graphql import DocumentNode, FieldNode

from gateway.execution.operations import GraphAnswer
from services.chassis.problems import DependencyUnavailable

FIELD = "stale"


def is_cut_off(answer: GraphAnswer) -> bool:
    """Whether part of it is missing because reporting did not answer."""
    return any(error.get("extensions", {}).get("code") == DependencyUnavailable.code for error in answer.errors)


def as_stale(answer: GraphAnswer, document: DocumentNode) -> GraphAnswer | None:
    """The answer, its figures marked as stale; None where the document names another field as it names that mark."""
    keys: set[str] = set()
    others: set[str] = set()
    for field in _fields(document):
        (keys if field.name.value == FIELD else others).add((field.alias or field.name).value)
    if answer.data is None or keys & others:
        return None
    data = answer.data
    for key in keys:  # inside a text, quotes are escaped
        data = data.replace(f'"{key}":false'.encode(), f'"{key}":true'.encode())
    return GraphAnswer(answer.errors, data, answer.extensions | {"stale": True}, answer.follows)


def _fields(node: Any) -> Iterator[FieldNode]:
    if isinstance(node, DocumentNode):
        for definition in node.definitions:
            yield from _fields(definition)
        return
    if isinstance(node, FieldNode):
        yield node
    selections = getattr(node, "selection_set", None)
    for one in selections.selections if selections else ():
        yield from _fields(one)
