"""Compiled plans: kept while they are in use, and carried out with one question to reporting."""

from collections import OrderedDict
from typing import Any, NamedTuple

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues, get_variable_values

from gateway.clients.reporting import Refused, Walked
from gateway.execution.asking import Asking
from gateway.execution.compiling import Plan, compile_operation, directive_variables
from gateway.execution.forms import Args, Goes, NotCompiled
from gateway.execution.writing import Writer
from gateway.versions import Follows
from services.chassis.problems import DependencyUnavailable
from services.contracts.walks import Step, ToCampaign, ToCampaigns, Walk


class Written(NamedTuple):
    """`data` as JSON, what is wrong with parts of it, and what it follows from, where all of that is told."""

    data: bytes
    errors: list[GraphQLError]
    follows: Follows | None


class Plans:
    """The plans of one schema, the most recently used ones."""

    def __init__(self, schema: GraphQLSchema, *, most: int) -> None:
        self._schema = schema
        self._most = most
        self._kept: OrderedDict[tuple[Any, ...], Plan | None] = OrderedDict()
        self.compiled = 0
        self.interpreted = 0

    async def carry_out(
        self, source: str, document: DocumentNode, operation: OperationDefinitionNode, inputs: Any, asking: Asking
    ) -> Written | None:
        """The answer; None where the interpreter has to answer.

        Raises: a Refusal that concerns the whole request (`errors.OF_THE_WHOLE_REQUEST`).
        """
        try:
            variables = get_variable_values(self._schema, operation.variable_definitions or (), inputs or {}, 1, True)
            if isinstance(variables, list):
                raise NotCompiled
            plan = self._plan(source, document, operation, variables)
            found = await _carried_out(plan, variables, asking)
        except (NotCompiled, GraphQLError):
            self.interpreted += 1
            return None
        self.compiled += 1
        return found

    def _plan(
        self, source: str, document: DocumentNode, operation: OperationDefinitionNode, variables: VariableValues
    ) -> Plan:
        decide = directive_variables(document) if "@" in source else frozenset()
        coerced = variables.coerced
        named = operation.name.value if operation.name else None
        key = (source, named, *((name, coerced.get(name)) for name in sorted(decide)))
        if key in self._kept:
            self._kept.move_to_end(key)
            plan = self._kept[key]
        else:
            try:
                plan = compile_operation(self._schema, document, operation, variables)
            except (NotCompiled, GraphQLError):
                plan = None
            self._kept[key] = plan
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        if plan is None:
            raise NotCompiled
        return plan


async def _carried_out(plan: Plan, variables: VariableValues, asking: Asking) -> Written:
    arguments: list[Args] = []
    steps: list[Step] = []
    places: list[int | None] = []
    for one in plan.steps:
        args = one.field.arguments_by(variables)
        arguments.append(args)
        begins = -1 if one.of < 0 else places[one.of]
        step = None
        if begins is not None and isinstance(one.field.form, Goes):
            step = one.field.form.step(args, begins, tuple(one.columns))
        if step is not None and any(
            isinstance(value, str) and "\x00" in value
            for given in args.values()
            for value in (given if isinstance(given, list) else [given])
        ):
            raise NotCompiled
        places.append(None if step is None else len(steps))
        if step is not None:
            steps.append(step)
    walked, failure = None, None
    if steps:
        try:
            walked = await asking.reporting.walk(Walk(steps))
        except Refused as refusal:  # too wide for one question, for instance
            raise NotCompiled from refusal
        except DependencyUnavailable as fault:
            failure = fault
    if walked is not None and walked.answer.wide:
        raise NotCompiled
    writer = Writer(plan, walked, arguments, places, variables=variables, failure=failure)
    data, errors = writer.written()
    return Written(data.encode(), errors, None if walked is None else _follows(steps, walked))


def _follows(steps: list[Step], walked: Walked) -> Follows | None:
    """None where a campaign was not found: nothing tells when one comes into sight."""
    answer = walked.answer
    found = zip(steps, answer.steps, strict=True)
    if any(isinstance(step, ToCampaign) and not one.campaigns for step, one in found):
        return None
    whole = any(isinstance(step, ToCampaigns) for step in steps)
    return Follows(answer.versions, answer.good_until, whole)
