"""One GraphQL request, carried out."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, TypeGuard, cast

import msgspec
from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, OperationType, execute
from graphql.utilities import get_operation_ast
from strawberry.execution import optimized_is_awaitable

from gateway.execution.asking import Asking
from gateway.execution.documents import Documents
from gateway.execution.errors import field_error, refusal_of_all, request_error

IS_AWAITABLE = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)


class GraphRequest(msgspec.Struct, frozen=True):
    """What a caller sends."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None


class GraphAnswer(msgspec.Struct, frozen=True):
    """The document to answer with. `carried_out`: whether the operation was begun; then `data` is in it."""

    document: dict[str, Any]
    carried_out: bool


class Operations:
    """Carries out operations of one schema."""

    def __init__(self, schema: GraphQLSchema, documents: Documents) -> None:
        self._schema = schema
        self._documents = documents

    def operation_type(self, request: GraphRequest) -> OperationType | None:
        """What the request would carry out, None where that cannot be told."""
        document = self._documents.checked(request.query)
        if document.node is None:
            return None
        found = get_operation_ast(document.node, request.operation_name)
        return found.operation if found else None

    async def carry_out(self, request: GraphRequest, asking: Asking) -> GraphAnswer:
        """The answer, errors included.

        Raises: a Refusal that concerns the whole request (`errors.OF_THE_WHOLE_REQUEST`).
        """
        document = self._documents.checked(request.query)
        if document.node is None:
            return GraphAnswer({"errors": document.errors}, carried_out=False)
        if get_operation_ast(document.node, request.operation_name) is None:
            error = GraphQLError(_no_operation(request.operation_name))
            return GraphAnswer({"errors": [request_error(error, "operation_unknown")]}, carried_out=False)
        result = await self._execute(document.node, request, asking)
        errors = result.errors or []
        whole = refusal_of_all(errors)
        if whole is not None:
            raise whole
        begun = result.data is not None or any(error.path is not None for error in errors)
        answer: dict[str, Any] = {}
        if errors:
            answer["errors"] = [field_error(error) for error in errors]
        if begun:
            answer["data"] = result.data
            if asking.reporting.as_of_token:
                answer["extensions"] = {"asOfToken": asking.reporting.as_of_token}
        return GraphAnswer(answer, carried_out=begun)

    async def _execute(self, node: DocumentNode, request: GraphRequest, asking: Asking) -> ExecutionResult:
        pending = execute(
            self._schema,
            node,
            context_value=asking,
            variable_values=request.variables,
            operation_name=request.operation_name,
            is_awaitable=IS_AWAITABLE,
            hide_suggestions=True,
            max_coercion_errors=20,
        )
        return await pending if isawaitable(pending) else pending


def _no_operation(name: str | None) -> str:
    if name is None:
        return "The document holds no operation, or several: name one with `operationName`."
    return "The document holds no operation of that name."
