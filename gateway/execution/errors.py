"""GraphQL errors as callers see them: a sentence, a place, a stable code; never the text of an exception."""

from collections.abc import Iterable
from typing import Any

import structlog
from graphql import GraphQLError

from gateway.clients.reporting import Refused
from services.chassis.consistency_tokens import NotYetConsistent, TokenMalformed
from services.chassis.problems import InternalError, Refusal, ScopeMissing, Unauthenticated

log = structlog.get_logger("graph")

MAX_MESSAGE = 500
OF_THE_WHOLE_REQUEST = (NotYetConsistent, TokenMalformed, Unauthenticated, ScopeMissing)
"""Refusals that concern no field in particular: the answer is a problem document with their status."""


def refusal_of_all(errors: Iterable[GraphQLError]) -> Refusal | None:
    """The refusal that decides about the whole request, if there is one among the errors."""
    for error in errors:
        cause = _cause(error)
        if isinstance(cause, OF_THE_WHOLE_REQUEST):
            return cause
    return None


def request_error(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error of the request itself (it is not GraphQL, not valid, over a limit), before any field was asked."""
    cause = _cause(error)
    if isinstance(cause, Refusal):
        return shown(error, cause.detail, cause.code)
    return shown(error, error.message.partition(" Did you mean")[0], code)


def field_error(error: GraphQLError) -> dict[str, Any]:
    """An error of one field. Whatever nobody expected is logged and shown as `internal_error`."""
    cause = _cause(error)
    if isinstance(cause, Refusal | Refused):
        return shown(error, cause.detail, cause.code)
    if cause is None and error.path is None:
        return shown(error, error.message, "variables_invalid")
    if cause is None:
        return shown(error, error.message, "argument_invalid")
    log.error("field_fails", path=error.path, exc_info=cause)
    return shown(error, InternalError().detail, InternalError.code)


def document_order(error: GraphQLError) -> tuple[Any, ...]:
    """Where the error's field stands in the document, then in the answer."""
    places = [(one.line, one.column) for one in error.locations or ()][:1]
    return (places, [(isinstance(one, str), one) for one in error.path or ()])


def shown(error: GraphQLError, message: str, code: str) -> dict[str, Any]:
    """The error in the form of the specification."""
    found: dict[str, Any] = {"message": message[:MAX_MESSAGE]}
    if error.locations:
        found["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        found["path"] = error.path
    found["extensions"] = {"code": code}
    return found


def _cause(error: GraphQLError) -> BaseException | None:
    """What lies behind the error; None for an error of GraphQL itself."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause
