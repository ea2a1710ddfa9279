"""Random valid queries of a schema: aliases, fragments, variables, directives, merged fields, bad arguments."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

MOST_DEEP = 9


@dataclass
class RandomQuery:
    """A query, its variables, and who asks."""

    text: str
    variables: dict[str, Any]
    units: list[str]


@dataclass
class Values:
    """What arguments are given: by name (or `Type.field name`), usual values and ones that are refused."""

    good: Mapping[str, list[Any]]
    bad: Mapping[str, list[Any]]
    callers: list[list[str]]


class Enum(str):
    """A word that is written without quotes."""


@dataclass
class Writer:
    """Writes one query."""

    schema: GraphQLSchema
    values: Values
    chance: random.Random
    roots: tuple[str, ...]
    rare: frozenset[tuple[str, str]] = frozenset()
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    left: int = 60
    refusals: int = 1

    def query(self) -> RandomQuery:
        root = self.schema.query_type
        assert root is not None
        fields = self.chance.choices(self.roots, k=self.chance.choice([1, 1, 1, 2]))
        body = " ".join(self._field(root, name, 0, place) for place, name in enumerate(fields))
        if self.chance.random() < 0.1:
            body += " __typename"
        head = f"query Q({', '.join(self.declared)})" if self.declared else self.chance.choice(["", "query Q"])
        text = f"{head} {{ {body} }} {' '.join(self.fragments)}"
        return RandomQuery(text, self.variables, self.chance.choice(self.values.callers))

    def _selection(self, kind: GraphQLObjectType, depth: int) -> str:
        chosen = [
            name
            for name, one in kind.fields.items()
            if (depth < MOST_DEEP or not _is_deep(one))
            and ((kind.name, name) not in self.rare or self.chance.random() < 0.05)
        ]
        k = min(len(chosen), self.chance.choice([1, 2, 3, 3, 4, 6, 12]))
        parts = []
        for place, name in enumerate(self.chance.sample(chosen, k=k)):
            if self.left <= 0 and _is_deep(kind.fields[name]):
                continue
            self.left -= 1
            one = self._field(kind, name, depth + 1, place)
            parts.append(one)
            if self.chance.random() < 0.05 and not _is_deep(kind.fields[name]):
                parts.append(one)  # merged
        if self.chance.random() < 0.1 or not parts:
            parts.append(self.chance.choice(["__typename", "type: __typename"]))
        if self.chance.random() < 0.2:
            at = self.chance.randrange(len(parts))
            parts[at:] = [self._in_fragment(kind, " ".join(parts[at:]))]
        return "{ " + " ".join(parts) + " }"

    def _in_fragment(self, kind: GraphQLObjectType, body: str) -> str:
        way = self.chance.random()
        if way < 0.3:
            return f"...{self._directive()} {{ {body} }}"
        if way < 0.6:
            return f"... on {kind.name}{self._directive()} {{ {body} }}"
        if way < 0.75 and kind.interfaces:
            inner: GraphQLInterfaceType = kind.interfaces[0]
            return f"... on {inner.name} {{ id ... on {kind.name} {{ {body} }} }}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {kind.name} {{ {body} }}")
        return f"...{name}{self._directive()}"

    def _directive(self) -> str:
        if self.chance.random() < 0.8:
            return ""
        word, wanted = self.chance.choice(["skip", "include"]), self.chance.random() < 0.5
        if self.chance.random() < 0.5:
            return f" @{word}(if: {str(wanted).lower()})"
        return f" @{word}(if: ${self._variable('Boolean!', wanted)})"

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self.declared)}"
        self.declared.append(f"${name}: {kind}")
        self.variables[name] = value
        return name

    def _field(self, kind: GraphQLObjectType, name: str, depth: int, place: int) -> str:
        definition = kind.fields[name]
        where = f"{kind.name}.{name}"
        given = [one for one in (self._argument(where, *two) for two in definition.args.items()) if one]
        text = name + (f"({', '.join(given)})" if given else "")
        if self.chance.random() < 0.2 or definition.args or depth == 0:
            text = f"a{depth}_{place}: {text}"
        text += self._directive()
        inner = get_named_type(definition.type)
        if is_object_type(inner):
            text += " " + self._selection(inner, depth)
        elif is_composite_type(inner):
            text += " { __typename id }"
        return text

    def _argument(self, where: str, name: str, definition: GraphQLArgument) -> str | None:
        needed = is_non_null_type(definition.type) and not definition.default_value
        if not needed and self.chance.random() < 0.5:
            return None
        value = self._value(where, name, definition)
        if self.chance.random() < 0.3:
            default, kind = "", str(definition.type)
            if not kind.endswith("!") and self.chance.random() < 0.2:
                default = f" = {_literal(value)}"
            variable = self._variable(kind + default, value)
            if default or (not kind.endswith("!") and self.chance.random() < 0.2):
                del self.variables[variable]
            return f"{name}: ${variable}"
        return f"{name}: {_literal(value)}"

    def _value(self, where: str, name: str, definition: GraphQLArgument) -> Any:
        good = self.values.good.get(f"{where} {name}") or self.values.good.get(name, [])
        inner = get_named_type(definition.type)
        bad = self.values.bad.get(name)
        if bad and self.refusals and self.chance.random() < 0.15:
            self.refusals -= 1
            value = self.chance.choice(bad)
        elif not is_non_null_type(definition.type) and self.chance.random() < 0.1:
            return None
        elif is_enum_type(inner):
            value = Enum(self.chance.choice(list(inner.values)))
        else:
            value = self.chance.choice(good)
        if is_list_type(definition.type) or is_list_type(getattr(definition.type, "of_type", None)):
            return [value, *self.chance.choices(good, k=self.chance.choice([0, 0, 1, 2]))]
        return value


def _is_deep(one: GraphQLField) -> bool:
    return is_composite_type(get_named_type(one.type))


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
