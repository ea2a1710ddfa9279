"""One GraphQL request, carried out."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, TypeGuard, cast

import msgspec
from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, OperationType, execute
from graphql.utilities import get_operation_ast
from strawberry.execution import optimized_is_awaitable

from gateway.cost import Costs, QueryTooCostly
from gateway.execution.asking import Asking
from gateway.execution.documents import Documents
from gateway.execution.errors import field_error, refusal_of_all, request_error

HUGE = 10**12
IS_AWAITABLE = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)


class GraphRequest(msgspec.Struct, frozen=True):
    """What a caller sends. `by_hash`: it has named a trusted document, whose text `query` is."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    by_hash: bool = False


class GraphAnswer(msgspec.Struct, frozen=True):
    """The document to answer with. `carried_out`: whether the operation was begun; then `data` is in it."""

    document: dict[str, Any]
    carried_out: bool


class Prepared(msgspec.Struct, frozen=True):
    """An operation that may be carried out: its valid document, its type, its cost in points (`gateway.cost`)."""

    request: GraphRequest
    document: DocumentNode
    type: OperationType
    cost: int


class Operations:
    """Carries out operations of one schema."""

    def __init__(self, schema: GraphQLSchema, documents: Documents, *, max_cost: int) -> None:
        self._schema = schema
        self._documents = documents
        self._costs = Costs(schema)
        self._max_cost = max_cost

    def prepare(self, request: GraphRequest) -> Prepared | GraphAnswer:
        """The operation that is asked for, or the answer that says why it is not carried out."""
        document = self._documents.checked(request.query)
        if document.node is None:
            return GraphAnswer({"errors": document.errors}, carried_out=False)
        operation = get_operation_ast(document.node, request.operation_name)
        if operation is None:
            error = GraphQLError(_no_operation(request.operation_name))
            return GraphAnswer({"errors": [request_error(error, "operation_unknown")]}, carried_out=False)
        cost = self._costs.of(document.node, operation, request.variables)
        if cost > self._max_cost:
            refusal = QueryTooCostly(cost=cost if cost < HUGE else "a million million and more", limit=self._max_cost)
            error = request_error(GraphQLError("", original_error=refusal), refusal.code)
            return GraphAnswer({"errors": [error]}, carried_out=False)
        return Prepared(request, document.node, operation.operation, cost)

    async def carry_out(self, prepared: Prepared, asking: Asking) -> GraphAnswer:
        """The answer, errors included.

        Raises: a Refusal that concerns the whole request (`errors.OF_THE_WHOLE_REQUEST`).
        """
        result = await self._execute(prepared.document, prepared.request, asking)
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
