"""What an operation may cost, told before it is carried out: one point for each thing that it may bring, at most.

A thing is an item of a list, or a unit, campaign or figure that is asked for by itself; what comes with a thing (its
rate, its coverage) costs nothing more. A page counts with its `first`, a list of figures with the indicators that it
names, a series with its days; other lists count with what a campaign commonly has. So `children(first: 20)` of
`units(first: 10)` are 10 + 10 × 20 points. A fragment is reckoned once.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)

from services.chassis.problems import Refusal

COMMON_SIZES = {"ancestors": 5, "series": 100, "exemptions": 20, "sources": 5, "cohorts": 3, "pauses": 3}
"""Items that a list without a page commonly has, by the field's name; `COMMON_SIZE` where it is not here."""

COMMON_SIZE = 10


class QueryTooCostly(Refusal):
    """The query may bring {cost} things; {limit} are answered at once."""

    code = "query_too_costly"
    title = "The query costs too much"
    remedy = "Ask for smaller pages (`first`), name the indicators wanted, or send several queries."


class Costs:
    """Reckons operations of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    def of(
        self, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None
    ) -> int:
        """Points of a valid operation; a variable that is not what it has to be counts as if it were not given."""
        root = self._schema.get_root_type(operation.operation)
        given = {one.variable.name.value: _literal(one.default_value) for one in operation.variable_definitions or ()}
        reckoning = _Reckoning(self._schema, document, {**given, **(variables or {})})
        return 0 if root is None else reckoning.of(operation.selection_set, root, page=1)


class _Reckoning:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, int], int] = {}

    def of(self, selections: SelectionSetNode, parent: Any, *, page: int) -> int:
        """Points below one thing; `page` is how many items the lists of a connection have."""
        return sum(self._selection(one, parent, page) for one in selections.selections if not self._left_out(one))

    def _selection(self, selection: SelectionNode, parent: Any, page: int) -> int:
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if (name, page) not in self._known:
                fragment = self._fragments[name]
                kind = self._schema.type_map[fragment.type_condition.name.value]
                self._known[name, page] = self.of(fragment.selection_set, kind, page=page)
            return self._known[name, page]
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            kind = parent if condition is None else self._schema.type_map[condition.name.value]
            return self.of(selection.selection_set, kind, page=page)
        assert isinstance(selection, FieldNode)
        return self._field(selection, parent, page) if selection.selection_set else 0

    def _left_out(self, node: SelectionNode) -> bool:
        """Whether `@skip` or `@include` leaves it out."""
        for directive in node.directives or ():
            for one in directive.arguments or ():
                if one.name.value == "if" and self.value(one.value) is (directive.name.value == "skip"):
                    return True
        return False

    def _field(self, node: FieldNode, parent: Any, page: int) -> int:
        name = node.name.value
        field = parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        if field is None or node.selection_set is None:  # `__schema`, `__type`: bounded by the number of fields
            return 0
        kind = get_named_type(field.type)
        if not is_composite_type(kind):
            return 0
        if "first" in field.args:
            return 1 + self.of(node.selection_set, kind, page=self._page(node, field))
        if not _is_list(field):
            alone = bool(field.args) or (_is_thing(kind) and not parent.name.endswith("Edge"))
            return alone + self.of(node.selection_set, kind, page=1)
        size = page if name in ("edges", "nodes") else self._size(node, field)
        return size * (1 + self.of(node.selection_set, kind, page=1))

    def _argument(self, node: FieldNode, name: str) -> Any:
        for one in node.arguments or ():
            if one.name.value == name:
                return self.value(one.value)
        return None

    def value(self, node: ValueNode) -> Any:
        """What the value is, variables put in; None for what no reckoning needs."""
        return self._variables.get(node.name.value) if isinstance(node, VariableNode) else _literal(node, self)

    def _page(self, node: FieldNode, field: GraphQLField) -> int:
        first = self._argument(node, "first")
        if not isinstance(first, int) or isinstance(first, bool):
            first = field.args["first"].default_value
        return max(0, first) if isinstance(first, int) else COMMON_SIZE

    def _size(self, node: FieldNode, field: GraphQLField) -> int:
        if "indicators" in field.args:
            named, units = self._argument(node, "indicators"), self._argument(node, "units")
            return _length(named, otherwise=COMMON_SIZE) * _length(units, otherwise=1)
        if "from" in field.args:
            first, last = _day(self._argument(node, "from")), _day(self._argument(node, "to"))
            if first and last:
                return max(0, (last - first).days + 1)
        return COMMON_SIZES.get(node.name.value, COMMON_SIZE)


def _literal(node: ValueNode | None, within: _Reckoning | None = None) -> Any:
    match node:
        case IntValueNode():
            return int(node.value) if len(node.value) < 20 else None
        case StringValueNode() | BooleanValueNode():
            return node.value
        case ListValueNode():
            return [within.value(one) if within else _literal(one) for one in node.values]
    return None


def _length(value: Any, *, otherwise: int) -> int:
    return len(value) if isinstance(value, list) else otherwise


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _is_list(field: GraphQLField) -> bool:
    kind = field.type.of_type if is_non_null_type(field.type) else field.type
    return is_list_type(kind)


def _is_thing(kind: Any) -> bool:
    return isinstance(kind, GraphQLObjectType) and any(one.name == "Node" for one in kind.interfaces)
