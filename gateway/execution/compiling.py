"""Selections compiled: fragments written out, directives decided, fields merged, each with its compiled form.

What comes out depends on the schema and its forms (`gateway.execution.forms`) alone, never on known documents.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.values import get_argument_values, get_directive_values

from gateway.execution.forms import (
    FORMS,
    INTERPRETED,
    PLAIN,
    Form,
    Goes,
    Interpreted,
    Items,
    NotCompiled,
    Objects,
    Part,
    Same,
    Written,
)
from gateway.execution.plain import PlainReader, plain_reader

TYPENAME = "__typename"


@dataclass(slots=True, eq=False)
class Field:
    """A field of a selection; `nodes`: where the document selects it. `step`: which of the plan's steps finds it."""

    key: str
    name: str
    nodes: list[FieldNode]
    definition: GraphQLField | None
    form: Form
    may_be_null: bool
    selection: "Selection | None"
    read: PlainReader | None = None
    step: int = -1
    arguments: Mapping[str, Any] | None = None
    """Where they do not depend on variables."""

    def arguments_by(self, variables: Any) -> Mapping[str, Any]:
        """The arguments with these variables."""
        if self.arguments is not None:
            return self.arguments
        assert self.definition is not None
        return get_argument_values(self.definition, self.nodes[0], variables)


@dataclass(slots=True, eq=False)
class Selection:
    """Fields of one object type, in the order of the answer. `template`: their object, a `%s` for each value."""

    type: GraphQLObjectType
    fields: list[Field]
    template: str


@dataclass(slots=True)
class PlannedStep:
    """A step of the walk: whose form makes it, where it begins (-1: nowhere), which columns it has to bring."""

    field: Field
    of: int
    columns: list[str] = field(default_factory=list)

    def needs(self, name: str) -> None:
        """The column is brought."""
        if name not in self.columns:
            self.columns.append(name)


class Plan(NamedTuple):
    """An operation compiled."""

    root: Selection
    steps: list[PlannedStep]


def compile_operation(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Any
) -> Plan:
    """The plan of a valid query; `variables` decide directives only.

    Raises: NotCompiled.
    """
    if operation.operation is not OperationType.QUERY or schema.query_type is None:
        raise NotCompiled
    root = _Compiler(schema, document, variables).selection(schema.query_type, [operation.selection_set])
    steps: list[PlannedStep] = []
    _plan_steps(root, -1, "", steps)
    return Plan(root, steps)


def directive_variables(document: DocumentNode) -> frozenset[str]:
    """The variables that directives depend on."""

    def of(node: Any) -> Iterator[str]:
        for directive in getattr(node, "directives", None) or ():
            for argument in directive.arguments:
                name = getattr(argument.value, "name", None)
                if name is not None:
                    yield name.value
        selections = getattr(node, "selection_set", None)
        for one in selections.selections if selections else ():
            yield from of(one)

    return frozenset(name for definition in document.definitions for name in of(definition))


class _Compiler:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Any) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }

    def selection(self, kind: GraphQLObjectType, sets: list[SelectionSetNode]) -> Selection:
        """What these sets select of the type, together."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for one in sets:
            self._collect(kind, one, found, seen)
        fields = [self._field(kind, key, nodes) for key, nodes in found.items()]
        return Selection(kind, fields, "{" + ",".join(f'"{one.key}":%s' for one in fields) + "}")

    def _collect(
        self, kind: GraphQLObjectType, selections: SelectionSetNode, found: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for one in selections.selections:
            if not self._is_included(one):
                continue
            if isinstance(one, FieldNode):
                found.setdefault((one.alias or one.name).value, []).append(one)
                continue
            inner: InlineFragmentNode | FragmentDefinitionNode
            if isinstance(one, FragmentSpreadNode):
                if one.name.value in seen:
                    continue
                seen.add(one.name.value)
                inner = self._fragments[one.name.value]
            else:
                assert isinstance(one, InlineFragmentNode)
                inner = one
            if self._applies(inner, kind):
                self._collect(kind, inner.selection_set, found, seen)

    def _is_included(self, node: Any) -> bool:
        if not node.directives:
            return True
        if any(one.name.value not in ("skip", "include") for one in node.directives):
            raise NotCompiled
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (include and not include["if"])

    def _applies(self, fragment: InlineFragmentNode | FragmentDefinitionNode, kind: GraphQLObjectType) -> bool:
        if fragment.type_condition is None:
            return True
        named = self._schema.get_type(fragment.type_condition.name.value)
        return named is kind or (is_abstract_type(named) and self._schema.is_sub_type(named, kind))

    def _field(self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Field:
        name = nodes[0].name.value
        if name == TYPENAME:
            text = f'"{kind.name}"'
            return Field(
                key, name, nodes, None, Written((), lambda level, _: [text] * level.size), False, None, None, -1, {}
            )
        definition = kind.fields.get(name)
        form = FORMS.get((kind.name, name), INTERPRETED)
        if definition is None or isinstance(form, Interpreted):
            raise NotCompiled
        inner = get_named_type(definition.type)
        selection = None
        sets = [node.selection_set for node in nodes if node.selection_set]
        if sets:
            if not is_object_type(inner):
                raise NotCompiled
            selection = self.selection(inner, sets)
        read = plain_reader(kind, name) if form is PLAIN else None
        if form is PLAIN and read is None:
            raise NotCompiled
        found = Field(key, name, nodes, definition, form, not is_non_null_type(definition.type), selection, read)
        if not any(_has_variable(argument.value) for argument in nodes[0].arguments or ()):
            found.arguments = get_argument_values(definition, nodes[0], self._variables)
        return found


def _has_variable(value: Any) -> bool:
    if value.kind == "variable":
        return True
    if value.kind == "object_value":
        return any(_has_variable(one.value) for one in value.fields)
    return value.kind == "list_value" and any(map(_has_variable, value.values))


def _plan_steps(selection: Selection, at: int, before: str, steps: list[PlannedStep]) -> None:
    """Every step that the selection needs stands in `steps`, with the columns that are read of it."""

    def need(*names: str) -> None:
        if at >= 0:
            for name in names:
                steps[at].needs(before + name)

    for one in selection.fields:
        match one.form:
            case Written(names=names) | Objects(names=names):
                need(*names)
            case Part(name=name, key=key):
                if key is not None:
                    need(f"{name}.{key}")
                assert one.selection is not None
                _plan_steps(one.selection, at, f"{before}{name}.", steps)
            case Same() | Items():
                assert one.selection is not None
                _plan_steps(one.selection, at, before, steps)
            case Goes(names=names):
                need(*names)
                one.step = len(steps)
                steps.append(PlannedStep(one, at))
                assert one.selection is not None
                _plan_steps(one.selection, one.step, "", steps)
