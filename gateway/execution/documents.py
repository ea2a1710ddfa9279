"""Documents: parsed, held against the limits and validated once, and kept while they are in use."""

from collections import OrderedDict
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)

from gateway.execution.errors import request_error
from gateway.limits import check_document
from gateway.settings import GatewaySettings
from services.chassis.problems import Refusal

MAX_ERRORS = 20
LONGEST_KEPT = 8_000
"""Characters; a longer document is checked anew each time, so that what is kept stays small."""


class QueryTooLong(Refusal):
    """The query has {length} characters; {limit} are taken at most."""

    code = "query_too_long"
    title = "The query is too long"
    remedy = "Move lists of codes into variables, or send several queries."


class Document(NamedTuple):
    """A document that may be carried out, or what is wrong with it."""

    node: DocumentNode | None
    errors: list[dict[str, Any]]


class Documents:
    """The checked documents of this process, the most recently used ones."""

    def __init__(self, schema: GraphQLSchema, settings: GatewaySettings) -> None:
        self._schema = schema
        self._settings = settings
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def checked(self, source: str) -> Document:
        """The document of this text."""
        known = self._kept.get(source)
        if known is not None:
            self._kept.move_to_end(source)
            return known
        document = self._check(source)
        if len(source) <= LONGEST_KEPT:
            self._kept[source] = document
            while len(self._kept) > self._settings.graph_documents_kept:
                self._kept.popitem(last=False)
        return document

    def _check(self, source: str) -> Document:
        limits = self._settings
        try:
            if len(source) > limits.graph_max_query_length:
                raise QueryTooLong(length=len(source), limit=limits.graph_max_query_length)
            node = parse(source, max_lexical_tokens=limits.graph_max_tokens, max_comments=limits.graph_max_tokens)
            check_document(
                node,
                max_depth=limits.graph_max_depth,
                max_fields=limits.graph_max_fields,
                max_aliases=limits.graph_max_aliases,
                max_directives=limits.graph_max_directives,
            )
        except GraphQLError as error:
            return Document(None, [request_error(error, "syntax_error")])
        except Refusal as refusal:
            return Document(None, [request_error(GraphQLError("", original_error=refusal), refusal.code)])
        rules = specified_rules if limits.graph_introspection else [*specified_rules, NoSchemaIntrospectionCustomRule]
        errors = validate(self._schema, node, rules, max_errors=MAX_ERRORS, hide_suggestions=True)
        if errors:
            return Document(None, [request_error(error, "validation_failed") for error in errors])
        return Document(node, [])
