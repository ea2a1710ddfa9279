"""One GraphQL request, carried out."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from inspect import isawaitable
from typing import Any, TypeGuard, cast

import msgspec
import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
)
from graphql.utilities import get_operation_ast
from strawberry.execution import optimized_is_awaitable

from gateway.cost import Costs, QueryTooCostly
from gateway.execution.asking import Asking
from gateway.execution.documents import Documents
from gateway.execution.errors import document_order, field_error, refusal_of_all, request_error
from gateway.execution.plans import Plans
from gateway.versions import Follows

HUGE = 10**12
IS_AWAITABLE = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)


class GraphRequest(msgspec.Struct, frozen=True):
    """What a caller sends. `by_hash`: it has named a trusted document, whose text `query` is."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    by_hash: bool = False


class GraphAnswer(msgspec.Struct, frozen=True, dict=True):
    """What to answer. `carried_out`: whether the operation was begun; then `data`, as JSON, is in it.

    `follows`: what it follows from, where that is known, so that it may be kept. `core`: the same without what each
    request is told of itself.
    """

    errors: list[dict[str, Any]] = []
    data: bytes | None = None
    extensions: dict[str, Any] = {}
    follows: Follows | None = None
    core: "GraphAnswer | None" = None

    @property
    def carried_out(self) -> bool:
        """Whether the operation was begun."""
        return self.data is not None

    def extended(self, **extensions: Any) -> "GraphAnswer":
        """The same with more extensions; it keeps its tag."""
        return GraphAnswer(self.errors, self.data, self.extensions | extensions, self.follows, self.core or self)

    @cached_property
    def tag(self) -> str:
        """What tells two answers apart, whatever their requests have cost."""
        if self.core is not None:
            return self.core.tag
        text = orjson.dumps([self.errors, self.extensions.get("asOfToken")])
        return hashlib.blake2b(text + (self.data or b""), digest_size=16).hexdigest()

    def body(self) -> bytes:
        """The document as JSON."""
        parts = []
        if self.errors:
            parts.append(b'"errors":' + orjson.dumps(self.errors))
        if self.data is not None:
            parts.append(b'"data":' + self.data)
        if self.extensions:
            parts.append(b'"extensions":' + orjson.dumps(self.extensions))
        return b"{" + b",".join(parts) + b"}"


class Prepared(msgspec.Struct, frozen=True):
    """An operation that may be carried out: its valid document, the operation, its cost in points (`gateway.cost`)."""

    request: GraphRequest
    document: DocumentNode
    operation: OperationDefinitionNode
    cost: int

    @property
    def type(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation


class Operations:
    """Carries out operations of one schema: by a compiled plan, or by the interpreter where there is none."""

    def __init__(self, schema: GraphQLSchema, documents: Documents, plans: Plans | None, *, max_cost: int) -> None:
        self._schema = schema
        self._documents = documents
        self._plans = plans
        self._costs = Costs(schema)
        self._max_cost = max_cost

    def prepare(self, request: GraphRequest) -> Prepared | GraphAnswer:
        """The operation that is asked for, or the answer that says why it is not carried out."""
        document = self._documents.checked(request.query)
        if document.node is None:
            return GraphAnswer(document.errors)
        operation = get_operation_ast(document.node, request.operation_name)
        if operation is None:
            error = GraphQLError(_no_operation(request.operation_name))
            return GraphAnswer([request_error(error, "operation_unknown")])
        cost = self._costs.of(document.node, operation, request.variables)
        if cost > self._max_cost:
            refusal = QueryTooCostly(cost=cost if cost < HUGE else "a million million and more", limit=self._max_cost)
            return GraphAnswer([request_error(GraphQLError("", original_error=refusal), refusal.code)])
        return Prepared(request, document.node, operation, cost)

    async def carry_out(self, prepared: Prepared, asking: Asking) -> GraphAnswer:
        """The answer, errors included.

        Raises: a Refusal that concerns the whole request (`errors.OF_THE_WHOLE_REQUEST`).
        """
        request = prepared.request
        if self._plans is not None:
            written = await self._plans.carry_out(
                request.query, prepared.document, prepared.operation, request.variables, asking
            )
            if written is not None:
                return _answer(written.data, written.errors, asking, written.follows)
        return await self.interpret(prepared, asking)

    async def interpret(self, prepared: Prepared, asking: Asking) -> GraphAnswer:
        """The same, whether or not there is a plan."""
        result = await self._execute(prepared.document, prepared.request, asking)
        errors = result.errors or []
        whole = refusal_of_all(errors)
        if whole is not None:
            raise whole
        begun = result.data is not None or any(error.path is not None for error in errors)
        data = orjson.dumps(result.data) if begun else None
        return _answer(data, sorted(errors, key=document_order), asking)

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


def _answer(
    data: bytes | None, errors: Sequence[GraphQLError], asking: Asking, follows: Follows | None = None
) -> GraphAnswer:
    token = asking.reporting.as_of_token if data is not None else None
    return GraphAnswer([field_error(one) for one in errors], data, {"asOfToken": token} if token else {}, follows)


def _no_operation(name: str | None) -> str:
    if name is None:
        return "The document holds no operation, or several: name one with `operationName`."
    return "The document holds no operation of that name."
