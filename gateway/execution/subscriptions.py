"""Subscriptions carried out: an answer for each thing that happens."""

from collections.abc import AsyncGenerator, AsyncIterator
from inspect import isawaitable

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, subscribe

from gateway.clients.reporting import Refused
from gateway.execution.errors import field_error, refusal_of_all
from gateway.execution.operations import GraphAnswer, Prepared
from gateway.live.watching import Watching
from services.chassis.problems import Refusal


async def carry_out_subscription(
    schema: GraphQLSchema, prepared: Prepared, watching: Watching
) -> AsyncGenerator[GraphAnswer]:
    """Answers as they come; where the subscription cannot begin, one that says why and that is not carried out.

    Raises: a Refusal that concerns the whole request (`errors.OF_THE_WHOLE_REQUEST`).
    """
    pending = subscribe(
        schema,
        prepared.document,
        context_value=watching,
        variable_values=prepared.request.variables,
        operation_name=prepared.request.operation_name,
    )
    begun: ExecutionResult | AsyncIterator[ExecutionResult] = await pending if isawaitable(pending) else pending
    if isinstance(begun, ExecutionResult):
        yield _answer(begun, watching, carried_out=False)
        return
    try:
        async for result in begun:
            yield _answer(result, watching, carried_out=True)
    except (Refusal, Refused) as fault:  # of what is watched itself, not of a field of it
        yield _answer(ExecutionResult(None, [GraphQLError("", original_error=fault)]), watching, carried_out=False)
    finally:
        close = getattr(begun, "aclose", None)
        if close is not None:
            await close()


def _answer(result: ExecutionResult, watching: Watching, *, carried_out: bool) -> GraphAnswer:
    errors = result.errors or []
    whole = refusal_of_all(errors)
    if whole is not None:
        raise whole
    told = [field_error(one) for one in errors]
    if not carried_out:
        return GraphAnswer(told)
    extensions = {"version": watching.version, "asOfToken": watching.reporting.as_of_token}
    return GraphAnswer(told, orjson.dumps(result.data), extensions)
