"""What a document may ask for, whoever asks: depth, fields, aliases, directives, the size of a page.

Each fragment is measured once, so that the work grows with the length of the document and not
with what its fragments expand to (20 fragments that name each other twice expand to a million fields).
"""

from collections.abc import Iterable
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from services.chassis.problems import Refusal

MAX_PAGE_SIZE = 1000


class QueryTooDeep(Refusal):
    """The query nests its fields more than {limit} deep."""

    code = "query_too_deep"
    title = "The query is nested too deeply"
    remedy = "Ask for less at once; `CampaignUnit.ancestors` gives all levels above without nesting."


class TooManyFields(Refusal):
    """The query selects more than {limit} fields once its fragments are written out."""

    code = "too_many_fields"
    title = "The query selects too many fields"
    remedy = "Send it as several queries."


class TooManyAliases(Refusal):
    """The query uses more than {limit} aliases once its fragments are written out."""

    code = "too_many_aliases"
    title = "The query uses too many aliases"
    remedy = "Ask for lists (`figures`, `units`) instead of aliasing one unit after the other."


class TooManyDirectives(Refusal):
    """The query uses more than {limit} directives once its fragments are written out."""

    code = "too_many_directives"
    title = "The query uses too many directives"
    remedy = "Leave out what is always skipped, or send several queries."


class PageSizeOutOfRange(Refusal):
    """`first` is {first}; a page holds between 0 and {limit} items."""

    code = "page_size_out_of_range"
    title = "The page size is out of range"
    remedy = "Ask for 0 (the `totalCount` alone) to 1,000 items and follow `pageInfo.endCursor` with `after`."


class Measure(NamedTuple):
    """Of a selection, fragments written out: its depth, its fields, its aliases, its directives."""

    depth: int
    fields: int
    aliases: int
    directives: int


NOTHING = Measure(0, 0, 0, 0)


def check_document(
    document: DocumentNode, *, max_depth: int, max_fields: int, max_aliases: int, max_directives: int
) -> None:
    """Every operation of the document is within the limits.

    Raises: QueryTooDeep, TooManyFields, TooManyAliases, TooManyDirectives.
    """
    measures = _Measures(document)
    try:
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
                found = measures.of(definition.selection_set)
                if found.depth > max_depth:
                    raise QueryTooDeep(limit=max_depth)
                if found.fields > max_fields:
                    raise TooManyFields(limit=max_fields)
                if found.aliases > max_aliases:
                    raise TooManyAliases(limit=max_aliases)
                if found.directives + len(definition.directives or ()) > max_directives:
                    raise TooManyDirectives(limit=max_directives)
    except RecursionError as fault:  # some hundred fragments, each inside the next
        raise QueryTooDeep(limit=max_depth) from fault


class _Measures:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, Measure] = {}

    def of(self, selections: SelectionSetNode) -> Measure:
        return _sum(self._selection(one) for one in selections.selections)

    def _selection(self, selection: SelectionNode) -> Measure:
        directives = len(selection.directives or ())
        if isinstance(selection, FragmentSpreadNode):
            below = self._fragment(selection.name.value)
            return below._replace(directives=below.directives + directives)
        inner: SelectionSetNode | None = getattr(selection, "selection_set", None)
        below = self.of(inner) if inner else NOTHING
        directives += below.directives
        if not isinstance(selection, FieldNode):
            return below._replace(directives=directives)
        return Measure(below.depth + 1, below.fields + 1, below.aliases + (selection.alias is not None), directives)

    def _fragment(self, name: str) -> Measure:
        if name not in self._known:
            # A fragment inside itself, or an unknown one, counts as nothing: validation refuses it by its name.
            self._known[name] = NOTHING
            if name in self._fragments:
                self._known[name] = self.of(self._fragments[name].selection_set)
        return self._known[name]


def _sum(measures: Iterable[Measure]) -> Measure:
    depth = fields = aliases = directives = 0
    for one in measures:
        depth, fields = max(depth, one.depth), fields + one.fields
        aliases, directives = aliases + one.aliases, directives + one.directives
    return Measure(depth, fields, aliases, directives)


def page_size(first: int | None, *, default: int) -> int:
    """The size of a page that was asked for.

    Raises: PageSizeOutOfRange.
    """
    if first is None:
        return default
    if not 0 <= first <= MAX_PAGE_SIZE:
        raise PageSizeOutOfRange(first=first, limit=MAX_PAGE_SIZE)
    return first
